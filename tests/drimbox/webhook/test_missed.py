"""functions.drimbox.webhook.missed: the list as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.drimbox.webhook.missed import Missed, describe

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_as_json_a_missed_state_names_its_message_and_no_patient() -> None:
    assert describe([Missed("m1", AT), Missed("m2", AT, refused=True)]) == [
        {"message_id": "m1", "at": AT.isoformat(), "refused": False},
        {"message_id": "m2", "at": AT.isoformat(), "refused": True},
    ]
