"""The log: lines of JSON, with fields from the list and no others."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from agent.status.journal import Journal
from tests.fakes.memory import VirtualClock


def test_an_event_is_one_line() -> None:
    stream = StringIO()
    Journal(stream, VirtualClock()).event("listening", listener="ris", port=2575)
    assert json.loads(stream.getvalue()) == {
        "time": "2026-11-24T09:00:00.000+00:00",
        "event": "listening",
        "listener": "ris",
        "port": 2575,
    }
    assert stream.getvalue().count("\n") == 1


def test_a_field_outside_the_list_is_refused() -> None:
    stream = StringIO()
    with pytest.raises(ValueError, match="patient"):
        Journal(stream, VirtualClock()).event("listening", patient="DUPONT")
    assert stream.getvalue() == ""
