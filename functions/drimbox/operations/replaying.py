"""Another try, for what is held or has lost its execution."""

from __future__ import annotations

from functions.drimbox.errors import Absent
from functions.drimbox.identity.tenant import Permission
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.ports import Site
from functions.drimbox.publication.receive import Queue


def replay(site: Site, queue: Queue, caller: Caller, *, message_id: str) -> int:
    """Give every held or stalled study of the message another try; the replay's number.

    Forbidden without the permission ``replay``. Absent when the message is unknown or has none:
    what is published, unchanged, superseded or in progress is not started again.
    """
    operator = demand(site.audit, caller, Permission.REPLAY)
    entry = site.messages.get(message_id)
    at = site.clock.now()
    if entry is None or not any(s.is_replayable(at) for s in entry.studies.values()):
        raise Absent("publication")
    number = site.messages.next_replay(message_id)
    site.audit.record(
        "publication.replayed",
        key=f"{message_id}/{number}",
        result="queued",
        who=operator.subject,
        facts={"message_id": message_id},
    )
    queue.send(message_id, replay=number, received_at=at)
    return number
