"""The study's record: the manifest in force, and at most one pending change.

Messages are ordered by their content (:mod:`message_order`), never by their arrival: an older one
changes nothing once a newer one has been seen, and a withdrawal leaves its edition behind, so
that an older publication that arrives after it stays out.

This is the structure that crosses every boundary of the system. It is changed only through the
functions of this module and stored only by conditional writes (``StudyRecords.put``).

::

    received ──► intent ──► sending ──► (settled: pending is gone, current has moved)
                   ▲           │
                   │           ├──► rejected          the first send is refused: nothing is there
                   │           └──► unknown ──► reconciling ──► sending | settled
                   └── the DMP took nothing of the first send

    A send whose outcome is not known is never forgotten (``in_doubt``): the answer to a later
    send says nothing about the earlier one, which may still be committed.
    any of them ──► held (a human decides) ──► received | unknown, by a replay
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import StudyBusy
from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.message_order import Edition


class State(StrEnum):
    """The state of the pending change."""

    RECEIVED = "received"
    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    RECONCILING = "reconciling"
    REJECTED = "rejected"
    HELD = "held"


# The states that may follow each state, holds aside: an execution that finds another one has been
# overtaken. A killed one leaves ``sending`` and ``rejected``: the next one queries, or sends the
# same again.
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


@frozen
class Withdrawal:
    """The trace of a withdrawn study: no older message publishes it again.

    ``manifest_uid`` is the manifest that was withdrawn, None when there was none yet.
    """

    edition: Edition
    version: int
    intent_id: str
    message_id: str
    manifest_uid: Uid | None
    withdrawn_at: datetime


@frozen
class Current:
    """The manifest in force of this study, as the DMP's last Success left it.

    ``version`` counts our publications of the study; ``intent_id`` names the folder of the archive,
    ``cda_sha256`` (hex) the report's exact bytes, ``confidentiality`` the codes beside N;
    ``entry_uuid`` is "" until the registry was asked.
    """

    manifest_uid: Uid
    version: int
    entry_uuid: str
    intent_id: str
    message_id: str
    cda_sha256: str
    confidentiality: tuple[str, ...]
    published_at: datetime
    edition: Edition


@frozen
class Contest:
    """The report's ``traits`` (their names) contradicted those known, which were at ``revision``.

    An operator confirms an identity against that revision alone.
    """

    revision: int
    traits: tuple[str, ...] = ()


@frozen
class Pending:
    """The one change in progress. ``attempt`` counts intents: a new one means new identifiers.

    ``held_from`` is the state that a hold interrupted; ``replay`` the last replay seen;
    ``changed_at`` when ``state`` was entered; ``supersedes`` the held message that it took over
    from, or "". ``in_doubt``: the DMP may hold the document, or still commit it: only a query, then
    the same bytes under the same identifiers, may follow. ``missing_since``: when the PACS first
    answered that it does not know the study. ``contested``: the report's traits contradicted those
    known for its INS.
    """

    message_id: str
    state: State
    since: datetime
    changed_at: datetime
    replay: int
    attempt: int
    edition: Edition
    reason: str = ""
    detail: str = ""
    held_from: State | None = None
    supersedes: str = ""
    in_doubt: bool = False
    missing_since: datetime | None = None
    contested: Contest | None = None


@frozen
class StudyRecord:
    """``revision`` is the number of writes so far: 0 for a study never seen.

    At most one of ``current`` and ``withdrawn`` is there. ``rejections`` names the rejection notes
    that were sent to us, as the archive keeps them: from then on, rejected images are neither
    served nor published. ``moved`` names the messages that name this study, and that an operator
    has taken to another one: their overrides say to which (decision 0105).
    """

    study_instance_uid: Uid
    revision: int = 0
    current: Current | None = None
    pending: Pending | None = None
    withdrawn: Withdrawal | None = None
    rejections: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def is_of(self, message_id: str) -> bool:
        """True when that message made the manifest in force, or the withdrawal."""
        settled = self.current or self.withdrawn
        return settled is not None and settled.message_id == message_id

    @property
    def version(self) -> int:
        """How many publications the study has had."""
        last = self.current or self.withdrawn
        return last.version if last else 0


# The reason to hold a study whose manifest the DMP lacks.
NOT_IN_DMP: Final = "manifest_not_in_dmp"
SETTLED: Final = "settled"
WITHDRAWN: Final = "withdrawn"


def state_of(record: StudyRecord) -> str:
    """The state of the pending change; without one, ``settled`` or ``withdrawn``, "" for a study of
    which nothing stands."""
    if record.pending is not None:
        return record.pending.state
    if record.current is not None:
        return SETTLED
    return WITHDRAWN if record.withdrawn is not None else ""


def changed_at(record: StudyRecord) -> datetime | None:
    """When its state was entered, None for a study of which nothing stands."""
    if record.pending is not None:
        return record.pending.changed_at
    if record.withdrawn is not None:
        return record.withdrawn.withdrawn_at
    return record.current.published_at if record.current is not None else None


class Admission(StrEnum):
    """The decision about a message when its turn comes."""

    CONTINUE = "continue"
    UNCHANGED = "unchanged"
    ALREADY_PUBLISHED = "already_published"
    CHANGE_PENDING = "change_pending"
    SUPERSEDED = "superseded"
    HELD = "held"


@frozen
class Request:
    """One message's wish for one study."""

    message_id: str
    replay: int
    edition: Edition
    cda_sha256: str
    confidentiality: tuple[str, ...]


def admit(record: StudyRecord, request: Request, at: datetime) -> tuple[Admission, StudyRecord]:
    """Decide whether ``request`` may take the study; the record to store with it.

    Raises StudyBusy while another message's change is in progress.
    """
    pending = record.pending
    if pending is not None and pending.message_id == request.message_id:
        return _resume(record, pending, request.replay, at)
    settled = record.current or record.withdrawn
    if settled is not None and settled.message_id == request.message_id:
        return Admission.CONTINUE, record  # done: the remaining steps do no harm twice
    if any(request.edition.is_older_than(known.edition) for known in (pending, settled) if known):
        return Admission.SUPERSEDED, record
    if pending is not None and pending.state is not State.HELD:
        raise StudyBusy
    known = _compare(record.current, request) if record.current else None
    if known is not None:
        return known, record
    if pending is not None and _may_be_there(pending, at):
        return Admission.CHANGE_PENDING, record
    fresh = Pending(
        message_id=request.message_id,
        state=State.RECEIVED,
        since=at,
        changed_at=at,
        replay=request.replay,
        attempt=pending.attempt + 1 if pending else 1,
        edition=request.edition,
        supersedes=pending.message_id if pending else "",
    )
    return Admission.CONTINUE, replace(record, pending=fresh)


def admit_image_change(
    record: StudyRecord, message_id: str, replay: int, at: datetime
) -> tuple[Admission, StudyRecord]:
    """Decide whether a change of the images may take the study; the record to store with it.

    It says nothing that an edition could tell: it asks to look at the PACS again, which whatever
    is pending or comes later does as well. Raises StudyBusy as :func:`admit`.
    """
    pending, settled = record.pending, record.current or record.withdrawn
    if pending is not None and pending.message_id == message_id:
        admission, resumed = _resume(record, pending, replay, at)
        return admission, _look_again(resumed)
    if settled is not None and settled.message_id == message_id:
        return Admission.CONTINUE, record
    if pending is not None and pending.state is not State.HELD:
        raise StudyBusy
    if pending is not None and _may_be_there(pending, at):
        return Admission.CHANGE_PENDING, record
    if pending is not None or record.current is None:
        return Admission.UNCHANGED, record
    edition = replace(record.current.edition, action=Action.REPLACE)
    fresh = Pending(message_id, State.RECEIVED, at, at, replay, 1, edition)
    return Admission.CONTINUE, replace(record, pending=fresh)


def admit_withdrawal(
    record: StudyRecord, message_id: str, replay: int, at: datetime
) -> tuple[Admission, StudyRecord]:
    """Decide whether an operator's order to withdraw may take the study; the record to store.

    It is later than every known edition of the study: a held change gives way to it, and no earlier
    report comes back. Raises StudyBusy as :func:`admit`.
    """
    pending, settled = record.pending, record.current or record.withdrawn
    if pending is not None and pending.message_id == message_id:
        return _resume(record, pending, replay, at)
    if settled is not None and settled.message_id == message_id:
        return Admission.CONTINUE, record
    if pending is not None and pending.state is not State.HELD:
        raise StudyBusy
    if pending is not None and _may_be_there(pending, at):
        return Admission.CHANGE_PENDING, record
    if record.current is None:
        return Admission.UNCHANGED, record
    edition = record.current.edition
    if pending is not None and edition.is_older_than(pending.edition):
        edition = pending.edition
    fresh = Pending(
        message_id=message_id,
        state=State.RECEIVED,
        since=at,
        changed_at=at,
        replay=replay,
        attempt=pending.attempt + 1 if pending else 1,
        edition=replace(edition, action=Action.WITHDRAW),
        supersedes=pending.message_id if pending else "",
    )
    return Admission.CONTINUE, replace(record, pending=fresh)


def _look_again(record: StudyRecord) -> StudyRecord:
    """Ask the PACS again, as long as nothing was built on its former answer."""
    pending = pending_in(record)
    if pending.state is not State.RECEIVED or pending.edition.action is Action.REPLACE:
        return record
    edition = replace(pending.edition, action=Action.REPLACE)
    return replace(record, pending=replace(pending, edition=edition))


def nothing_left(record: StudyRecord) -> StudyRecord:
    """The images of a published study are gone: the pending change becomes its withdrawal."""
    pending = pending_in(record)
    edition = replace(pending.edition, action=Action.WITHDRAW)
    return replace(record, pending=replace(pending, edition=edition))


def reject(record: StudyRecord, note_id: str) -> StudyRecord:
    """The record with one more rejection note; the same when it has it already."""
    if note_id in record.rejections:
        return record
    return replace(record, rejections=(*record.rejections, note_id))


def move(record: StudyRecord, message_id: str) -> StudyRecord:
    """The record of a study that an operator's override has taken that message from; the same when
    it says so already."""
    if message_id in record.moved:
        return record
    return replace(record, moved=(*record.moved, message_id))


def release(record: StudyRecord) -> StudyRecord:
    """The record without its pending change, of which nothing was sent: nothing has changed."""
    return replace(record, pending=None)


def _compare(current: Current, request: Request) -> Admission | None:
    """The decision that needs no change of a published study; None when the change must be made."""
    if request.edition.action is Action.WITHDRAW:
        return None
    same = (current.cda_sha256, current.confidentiality) == (
        request.cda_sha256,
        request.confidentiality,
    )
    if same:
        return Admission.UNCHANGED
    return None if request.edition.action is Action.REPLACE else Admission.ALREADY_PUBLISHED


def _resume(
    record: StudyRecord, pending: Pending, replay: int, at: datetime
) -> tuple[Admission, StudyRecord]:
    if pending.state is not State.HELD:
        return Admission.CONTINUE, record
    if replay <= pending.replay:
        return Admission.HELD, record
    uncertain = _may_be_there(pending, at)
    resumed = replace(
        pending,
        state=State.UNKNOWN if uncertain else State.RECEIVED,
        since=at,
        changed_at=at,
        replay=replay,
        # A document that the DMP may already hold keeps its identifiers; any other starts afresh.
        attempt=pending.attempt if uncertain else pending.attempt + 1,
        reason="",
        detail="",
        held_from=None,
        in_doubt=uncertain,
        missing_since=None,
    )
    return Admission.CONTINUE, replace(record, pending=resumed)


def _may_be_there(pending: Pending, at: datetime) -> bool:
    """Whether the DMP may hold, or still commit, the documents that this held change has sent."""
    proven = pending.reason == "dmp_refused" and at - pending.changed_at > LATEST_COMMIT
    return pending.in_doubt and not proven


def enter(record: StudyRecord, state: State, at: datetime) -> StudyRecord:
    """The record with its pending change in ``state``; before a send, its outcome is in doubt.

    Raises StudyBusy when ``state`` does not follow the present one (``NEXT``): another execution of
    the same change has moved it. ValueError when nothing is pending.
    """
    pending = pending_in(record)
    if state not in NEXT[pending.state]:
        raise StudyBusy
    in_doubt = pending.in_doubt or state is State.SENDING
    return replace(record, pending=replace(pending, state=state, changed_at=at, in_doubt=in_doubt))


def missing(record: StudyRecord, at: datetime) -> StudyRecord:
    """The PACS answers and does not know the study; the first time is kept."""
    pending = pending_in(record)
    if pending.missing_since is not None:
        return record
    return replace(record, pending=replace(pending, missing_since=at))


def not_missing(record: StudyRecord) -> StudyRecord:
    """The PACS says something else than that it does not know the study: its absence is no more."""
    pending = pending_in(record)
    if pending.missing_since is None:
        return record
    return replace(record, pending=replace(pending, missing_since=None))


def contest(record: StudyRecord, revision: int, traits: tuple[str, ...]) -> StudyRecord:
    """The report contradicts these traits, known at ``revision``: an operator must look first."""
    return replace(record, pending=replace(pending_in(record), contested=Contest(revision, traits)))


def not_taken(record: StudyRecord, at: datetime, *, in_doubt: bool) -> StudyRecord:
    """The DMP took nothing of this send; ``in_doubt`` is the doubt before it."""
    entered = enter(record, State.UNKNOWN if in_doubt else State.INTENT, at)
    return replace(entered, pending=replace(pending_in(entered), in_doubt=in_doubt))


def refused(record: StudyRecord, at: datetime, detail: str, *, in_doubt: bool) -> StudyRecord:
    """The DMP refused this send (``detail``: its codes); ``in_doubt`` as in ``not_taken``."""
    entered = enter(record, State.UNKNOWN if in_doubt else State.REJECTED, at)
    return replace(entered, pending=replace(pending_in(entered), in_doubt=in_doubt, detail=detail))


def hold(record: StudyRecord, reason: str, at: datetime) -> StudyRecord:
    """The record with its pending change held for ``reason``; a held one keeps its first reason."""
    pending = pending_in(record)
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


def doubt(record: StudyRecord, at: datetime) -> StudyRecord:
    """Mark the published manifest as possibly missing from the DMP. The study is held; a replay
    queries the DMP and re-sends the same bytes, under the same identifiers, if it is absent.

    ValueError when no manifest is in force or a change is pending.
    """
    current = record.current
    if current is None or record.pending is not None:
        raise ValueError("nothing to doubt")
    again = Pending(
        message_id=current.message_id,
        state=State.HELD,
        since=at,
        changed_at=at,
        replay=0,
        attempt=int(current.intent_id.rpartition("-")[2]),
        edition=current.edition,
        reason=NOT_IN_DMP,
        held_from=State.UNKNOWN,
        in_doubt=True,
    )
    return replace(record, pending=again)


def settle(record: StudyRecord, current: Current) -> StudyRecord:
    """The record after the DMP's Success: ``current`` has moved, nothing is pending."""
    return replace(record, current=current, withdrawn=None, pending=None)


def withdraw(record: StudyRecord, withdrawal: Withdrawal) -> StudyRecord:
    """The record once the DMP holds no manifest of the study: no image is served either."""
    return replace(record, current=None, withdrawn=withdrawal, pending=None)


def pending_of(record: StudyRecord, change: Change) -> Pending | None:
    """The record's pending change if it is this message's, None otherwise."""
    pending = record.pending
    return pending if pending is not None and pending.message_id == change.message_id else None


def pending_in(record: StudyRecord) -> Pending:
    """The pending change; ValueError when there is none."""
    if record.pending is None:
        raise ValueError("the record has no pending change")
    return record.pending


def settled_in(record: StudyRecord) -> Current | Withdrawal:
    """The manifest in force, or the withdrawal; ValueError when the study has neither."""
    settled = record.current or record.withdrawn
    if settled is None:
        raise ValueError("nothing of the study is settled")
    return settled
