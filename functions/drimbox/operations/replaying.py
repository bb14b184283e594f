"""Replays: another try for held studies and for lost executions, of one publication or a whole
cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import Query, find
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.replayable import replayable_studies
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.values import frozen
from functions.drimbox.wording.held import CONFIRMED_IN_BULK, CONFIRMED_ONE_BY_ONE, HELD_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site

# The most publications of a cause in one click: well within a function's time limit.
MOST_AT_ONCE: Final = 100


def replay(site: Site, queue: Queue, caller: Caller, *, message_id: str) -> int:
    """Give every held, waiting or stalled study of the message another try, or the message that is
    held as a whole; the replay's number.

    Forbidden without the permission ``replay``. Absent when the message is unknown or has none: a
    study that is published, unchanged, superseded or in progress is not started again.
    """
    operator = demand(site.audit, caller, Permission.REPLAY)
    entry = site.messages.get(message_id)
    if entry is None or not _is_replayable(site, entry):
        raise Absent("publication")
    return again(site, queue, operator, entry)


def _is_replayable(site: Site, entry: MessageEntry) -> bool:
    # A message that was left aside gets another try once its reason is removed.
    overridden = bool(entry.ignored and entry.override)
    whole = overridden or bool(entry.held)
    return whole or bool(replayable_studies(site, entry, site.clock.now()))


def again(site: Site, queue: Queue, operator: Operator, entry: MessageEntry) -> int:
    """Queue the message once more, for an operator whose permission was checked; the replay's
    number."""
    number = site.messages.next_replay(entry.message_id)
    site.audit.record(
        "publication.replayed",
        key=f"{entry.message_id}/{number}",
        result="queued",
        who=operator.subject,
        facts={"message_id": entry.message_id},
    )
    queue.send(entry.message_id, replay=number, received_at=site.clock.now())
    return number


@frozen
class Bulk:
    """The publications that one request has replayed, and those that it left out because the
    patient of one of their studies is in question and nobody has checked it. ``next`` is the cursor
    of the rest, None at the end.
    """

    replayed: tuple[str, ...]
    left_out: tuple[str, ...]
    next: str | None


def replay_cause(
    site: Site,
    queue: Queue,
    caller: Caller,
    *,
    reason: str,
    after: str | None,
    seen: datetime | None = None,
) -> Bulk:
    """Give all studies held for ``reason`` another try, one page of the queue at once.

    Those that change meanwhile are neither lost nor replayed twice by going on with ``after``: a
    replayed publication is not held any more. ``seen`` (aware) is the time until which the operator
    has checked the studies held for ``reason``, None where nobody has. A replay starts every study
    of a publication: one is left out where a study is held for a reason about the patient that was
    not checked.

    Forbidden without the permission ``bulk``; BadRequest for a text that is no reason, or no
    position of a former answer, and with the code ``not_confirmed`` where a reason about the
    patient demands ``seen``.
    """
    operator = demand(site.audit, caller, Permission.BULK)
    if reason not in HELD_REASONS:
        raise BadRequest("reason")
    if reason in CONFIRMED_ONE_BY_ONE:
        raise BadRequest("reason", code="one_by_one")
    if reason in CONFIRMED_IN_BULK and seen is None:
        raise BadRequest("confirm", code="not_confirmed")
    page = find(site, Query(state="held", reason=reason, after=after))
    replayable = [entry for entry in page.entries if _is_replayable(site, entry)]
    left_out = [entry for entry in replayable if _is_unchecked(entry, reason, seen)]
    replayed = [entry for entry in replayable if entry not in left_out]
    for entry in replayed:
        again(site, queue, operator, entry)
    site.audit.record(
        "cause.replayed",
        key=caller.request_id,
        result=reason,
        who=operator.subject,
        facts={"count": str(len(replayed)), "left_out": str(len(left_out))},
    )
    return Bulk(_ids(replayed), _ids(left_out), page.next)


def _is_unchecked(entry: MessageEntry, reason: str, seen: datetime | None) -> bool:
    """Whether a study is held for a reason about its patient, and the operator's word for the
    studies of ``reason`` is not about it, or was given before it was held."""
    return any(
        one.outcome is Outcome.HELD
        and one.reason in CONFIRMED_IN_BULK
        and (one.reason != reason or seen is None or one.changed_at > seen)
        for one in entry.studies.values()
    )


def _ids(entries: Iterable[MessageEntry]) -> tuple[str, ...]:
    return tuple(entry.message_id for entry in entries)


def replay_pages(
    site: Site, queue: Queue, caller: Caller, *, reason: str, seen: datetime | None = None
) -> Bulk:
    """Replay a cause page after page, up to MOST_AT_ONCE publications.

    Raises as :func:`replay_cause` does.
    """
    whole = Bulk((), (), None)
    while True:
        bulk = replay_cause(site, queue, caller, reason=reason, after=whole.next, seen=seen)
        whole = Bulk(whole.replayed + bulk.replayed, whole.left_out + bulk.left_out, bulk.next)
        if whole.next is None or len(whole.replayed) >= MOST_AT_ONCE:
            return whole
