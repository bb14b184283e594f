"""The study's record: what the DMP holds, and at most one pending change.

This is the structure that crosses every boundary of the system. It is changed only through the
functions of this module and stored only by conditional writes (``StudyRecords.put``).

::

    received ──► intent ──► sending ──► (settled: pending is gone, current has moved)
                   ▲           │
                   │           ├──► rejected          the first send is refused: nothing is there
                   │           └──► unknown ──► reconciling ──► sending | settled
                   └── the DMP took nothing of the first send

    A send whose outcome is not known is never forgotten (``in_doubt``): what a later send is
    answered says nothing about the earlier one, which may still be committed.
    any of them ──► held (a human decides) ──► received | unknown, by a replay
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from functions.drimbox.errors import StudyBusy
from functions.drimbox.identity.oid import Uid


class State(StrEnum):
    """Where the pending change stands."""

    RECEIVED = "received"
    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    RECONCILING = "reconciling"
    REJECTED = "rejected"
    HELD = "held"


# What may follow each state, holds aside: an execution that finds anything else has been overtaken.
# A killed one leaves ``sending`` and ``rejected``: the next one queries, or sends the same again.
NEXT: Final[dict[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.INTENT}),
    State.INTENT: frozenset({State.SENDING}),
    State.SENDING: frozenset({State.INTENT, State.UNKNOWN, State.RECONCILING, State.REJECTED}),
    State.UNKNOWN: frozenset({State.RECONCILING}),
    State.RECONCILING: frozenset({State.SENDING}),
    State.REJECTED: frozenset({State.SENDING}),
    State.HELD: frozenset(),
}

# A request that the DMP has not committed after this long is lost: two queries that found nothing,
# and a refusal of the same bytes since, then prove that nothing is there.
LATEST_COMMIT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Current:
    """What the DMP holds for this study, as its last Success left it.

    ``intent_id`` names the folder of the archive, ``cda_sha256`` (hex) the report's exact bytes,
    ``confidentiality`` the codes beside N, ``entry_uuid`` is "" until the registry was asked.
    """

    manifest_uid: Uid
    version: int
    entry_uuid: str
    intent_id: str
    message_id: str
    cda_sha256: str
    confidentiality: tuple[str, ...]
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """The one change in progress. ``attempt`` counts intents: a new one means new identifiers.

    ``held_from`` is the state that a hold interrupted; ``replay`` the last replay seen;
    ``changed_at`` when ``state`` was entered; ``supersedes`` the held message that it took over
    from, or "". ``in_doubt``: the DMP may hold the document, or still commit it: only a query, then
    the same bytes under the same identifiers, may follow. ``missing_since``: when the PACS first
    answered that it does not know the study.
    """

    message_id: str
    state: State
    since: datetime
    changed_at: datetime
    replay: int
    attempt: int
    reason: str = ""
    detail: str = ""
    held_from: State | None = None
    supersedes: str = ""
    in_doubt: bool = False
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """``revision`` is the number of writes so far: 0 for a study never seen."""

    study_instance_uid: Uid
    revision: int = 0
    current: Current | None = None
    pending: Pending | None = None


class Admission(StrEnum):
    """What becomes of a message when its turn comes."""

    CONTINUE = "continue"
    UNCHANGED = "unchanged"
    ALREADY_PUBLISHED = "already_published"
    CHANGE_PENDING = "change_pending"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Request:
    """One message's wish for one study."""

    message_id: str
    replay: int
    cda_sha256: str
    confidentiality: tuple[str, ...]


def admit(record: StudyRecord, request: Request, at: datetime) -> tuple[Admission, StudyRecord]:
    """Decide whether ``request`` (a publication) may take the study; the record to store with it.

    Raises StudyBusy while another message's change is in progress.
    """
    pending = record.pending
    if pending is not None and pending.message_id == request.message_id:
        return _resume(record, pending, request, at)
    if record.current is not None:
        return _compare(record.current, request), record
    if pending is not None and pending.state is not State.HELD:
        raise StudyBusy
    if pending is not None and _may_be_there(pending, at):
        return Admission.CHANGE_PENDING, record
    fresh = Pending(
        message_id=request.message_id,
        state=State.RECEIVED,
        since=at,
        changed_at=at,
        replay=request.replay,
        attempt=pending.attempt + 1 if pending else 1,
        supersedes=pending.message_id if pending else "",
    )
    return Admission.CONTINUE, replace(record, pending=fresh)


def _compare(current: Current, request: Request) -> Admission:
    if current.message_id == request.message_id:
        return Admission.CONTINUE
    same = (current.cda_sha256, current.confidentiality) == (
        request.cda_sha256,
        request.confidentiality,
    )
    return Admission.UNCHANGED if same else Admission.ALREADY_PUBLISHED


def _resume(
    record: StudyRecord, pending: Pending, request: Request, at: datetime
) -> tuple[Admission, StudyRecord]:
    if pending.state is not State.HELD:
        return Admission.CONTINUE, record
    if request.replay <= pending.replay:
        return Admission.HELD, record
    uncertain = _may_be_there(pending, at)
    resumed = replace(
        pending,
        state=State.UNKNOWN if uncertain else State.RECEIVED,
        since=at,
        changed_at=at,
        replay=request.replay,
        # What the DMP may already hold keeps its identifiers; anything else starts afresh.
        attempt=pending.attempt if uncertain else pending.attempt + 1,
        reason="",
        detail="",
        held_from=None,
        in_doubt=uncertain,
        missing_since=None,
    )
    return Admission.CONTINUE, replace(record, pending=resumed)


def _may_be_there(pending: Pending, at: datetime) -> bool:
    """Whether the DMP may hold what this held change has sent, or commit it still."""
    proven = pending.reason == "dmp_refused" and at - pending.changed_at > LATEST_COMMIT
    return pending.in_doubt and not proven


def enter(record: StudyRecord, state: State, at: datetime) -> StudyRecord:
    """The record with its pending change in ``state``; before a send, its outcome is in doubt.

    Raises StudyBusy when ``state`` does not follow the present one (``NEXT``): another execution of
    the same change has moved it. ValueError when nothing is pending.
    """
    pending = _pending(record)
    if state not in NEXT[pending.state]:
        raise StudyBusy
    in_doubt = pending.in_doubt or state is State.SENDING
    return replace(record, pending=replace(pending, state=state, changed_at=at, in_doubt=in_doubt))


def missing(record: StudyRecord, at: datetime) -> StudyRecord:
    """The PACS answers and does not know the study; the first time is kept."""
    pending = _pending(record)
    if pending.missing_since is not None:
        return record
    return replace(record, pending=replace(pending, missing_since=at))


def not_taken(record: StudyRecord, at: datetime, *, in_doubt: bool) -> StudyRecord:
    """The DMP took nothing of this send; ``in_doubt`` is what was known before it."""
    entered = enter(record, State.UNKNOWN if in_doubt else State.INTENT, at)
    return replace(entered, pending=replace(_pending(entered), in_doubt=in_doubt))


def refused(record: StudyRecord, at: datetime, detail: str, *, in_doubt: bool) -> StudyRecord:
    """The DMP refused this send (``detail``: its codes); ``in_doubt`` as in ``not_taken``."""
    entered = enter(record, State.UNKNOWN if in_doubt else State.REJECTED, at)
    return replace(entered, pending=replace(_pending(entered), in_doubt=in_doubt, detail=detail))


def hold(record: StudyRecord, reason: str, at: datetime) -> StudyRecord:
    """The record with its pending change held for ``reason``; a held one keeps its first reason."""
    pending = _pending(record)
    if pending.state is State.HELD:
        return record
    return replace(
        record,
        pending=replace(
            pending,
            state=State.HELD,
            changed_at=at,
            reason=reason,
            held_from=pending.state,
        ),
    )


def settle(record: StudyRecord, current: Current) -> StudyRecord:
    """The record after the DMP's Success: ``current`` has moved, nothing is pending."""
    return replace(record, current=current, pending=None)


def waited(pending: Pending, at: datetime) -> timedelta:
    """How long this change has been waiting since it was received or last replayed."""
    return at - pending.since


def _pending(record: StudyRecord) -> Pending:
    if record.pending is None:
        raise ValueError("the record has no pending change")
    return record.pending
