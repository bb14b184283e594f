"""What an operator does: see what is held and why, and replay it."""

from __future__ import annotations

from typing import Any

from functions.drimbox.errors import HELD_REASONS, Absent
from functions.drimbox.ports import Audit, Clock
from functions.drimbox.publication.ports import (
    MessageEntry,
    MessageLog,
    MessagePage,
)
from functions.drimbox.publication.receive import Queue


def describe(page: MessagePage) -> dict[str, Any]:
    """A page of publications as the operations API shows it: no patient data, reasons in words."""
    return {"publications": [_entry(entry) for entry in page.entries], "next": page.next}


def _entry(entry: MessageEntry) -> dict[str, Any]:
    return {
        "id": entry.message_id,
        "state": entry.state,
        "received_at": entry.received_at.isoformat(),
        "replays": entry.replays,
        "ignored": entry.ignored,
        "studies": [
            {
                "study_instance_uid": str(uid),
                "outcome": str(study.outcome),
                "changed_at": study.changed_at.isoformat(),
                **_reason(study.reason),
            }
            for uid, study in entry.studies.items()
        ],
    }


def _reason(code: str) -> dict[str, Any]:
    if not code:
        return {}
    wording = HELD_REASONS[code]
    return {
        "reason": code,
        "words": {"fr": wording.fr, "en": wording.en},
        "todo": {"fr": wording.todo_fr, "en": wording.todo_en},
    }


def replay(
    messages: MessageLog, queue: Queue, audit: Audit, clock: Clock, *, message_id: str, who: str
) -> int:
    """Give every held or stalled study of the message another try; the replay's number.

    Absent when the message is unknown or has none: what is published, unchanged, superseded or in
    progress is not started again.
    """
    entry = messages.get(message_id)
    if entry is None or not any(s.is_replayable(clock.now()) for s in entry.studies.values()):
        raise Absent("publication")
    number = messages.next_replay(message_id)
    audit.record(
        "publication.replayed",
        key=f"{message_id}/{number}",
        result="queued",
        who=who,
        facts={"message_id": message_id},
    )
    queue.send(message_id, replay=number, received_at=clock.now())
    return number
