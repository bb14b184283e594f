"""The messages that were refused, as operators see them: no content, and so no patient."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.refused import KEPT
from functions.drimbox.tenants.model import Permission
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNKNOWN, remedy

if TYPE_CHECKING:
    from functions.drimbox.ports import Audit, Clock
    from functions.drimbox.publication.refused import RefusedMessage, RefusedMessages

PAGE: Final = 50
# A tab counts the refusals of so long: an older one has been seen.
NEW: Final = timedelta(days=1)
# A search reads so many rows at once, so many times: a thousand of the latest.
READ: Final = 250
READS: Final = 4


def list_refused(
    refused: RefusedMessages, audit: Audit, clock: Clock, caller: Caller, after: str | None
) -> dict[str, Any]:
    """One page of the refused messages of the last thirty days, latest hour first.

    Forbidden without the permission ``view``; BadRequest for a position that no former page gave.
    """
    operator = demand(audit, caller, Permission.VIEW)
    page = refused.find(clock.now() - KEPT, limit=PAGE, after=after)
    audit.record(
        "refused.listed",
        key=caller.request_id,
        result="shown",
        who=operator.subject,
        facts={"count": str(len(page.messages))},
    )
    return {"refused": [describe_refused(one) for one in page.messages], "next": page.next}


def count_new(refused: RefusedMessages, clock: Clock, most: int) -> int:
    """How many messages were refused within a day, at most ``most``."""
    return len(refused.find(clock.now() - NEW, limit=most, after=None).messages)


def find_named(refused: RefusedMessages, clock: Clock, control_id: str) -> list[dict[str, Any]]:
    """The refusals of the messages with this MSH-10, as :func:`list_refused` tells them, among the
    latest READ x READS rows.
    """
    found: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(READS):
        page = refused.find(clock.now() - KEPT, limit=READ, after=after)
        found += [describe_refused(one) for one in page.messages if one.control_id == control_id]
        after = page.next
        if after is None:
            break
    return found


def describe_refused(one: RefusedMessage) -> dict[str, Any]:
    """One refusal, with its fault and its remedy in words."""
    fault = MESSAGE_FAULTS.get(one.code, UNKNOWN)
    return {
        "at": one.at.isoformat(),
        "times": one.times,
        "sender": one.sender,
        "control_id": one.control_id,
        "code": one.code,
        "location": one.location,
        "words": fault.by_language(),
        "todo": remedy(one.code).by_language(),
        "clause": fault.clause,
    }
