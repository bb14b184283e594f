"""The ports of one tenant that the publication steps need, gathered in a ``Site``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from functions.drimbox.breaker import Breaker
from functions.drimbox.oid import Uid
from functions.drimbox.ports import Audit, Blobs, Clock
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.tenants.model import Tenant

# The outcomes by which the state machine decides whether to go on.
CONTINUE: Final = "continue"
DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class Change:
    """The input of one workflow execution: one message, one study. It holds pointers only.

    ``override`` is the number of the operator's override that is in force, 0 without any.
    """

    tenant: str
    message_id: str
    study_instance_uid: Uid
    replay: int
    override: int = 0

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Change:
        """From a workflow's state."""
        return cls(
            tenant=str(event["tenant"]),
            message_id=str(event["message_id"]),
            study_instance_uid=Uid(event["study_instance_uid"]),
            replay=int(event["replay"]),
            override=int(event["override"]),
        )

    def state(self, **more: Any) -> dict[str, Any]:
        """The workflow's state after a step; the message's id is also the correlation id."""
        return {
            "tenant": self.tenant,
            "message_id": self.message_id,
            "study_instance_uid": str(self.study_instance_uid),
            "replay": self.replay,
            "override": self.override,
            "correlation_id": self.message_id,
            **more,
        }


class MessageKind(StrEnum):
    """The kind of a message (:mod:`messages`)."""

    REPORT = "report"
    ORDER_CHANGE = "order_change"
    REPAIR = "repair"
    REJECTION_NOTE = "rejection_note"
    WITHDRAWAL = "withdrawal"


class Outcome(StrEnum):
    """The state of one study of one message, as an operator sees it."""

    IN_PROGRESS = "in_progress"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class StudyOutcome:
    """``reason`` is a code of the catalogue for a held study, "" otherwise."""

    outcome: Outcome
    reason: str
    changed_at: datetime

    def is_replayable(self, at: datetime) -> bool:
        """Held, or stalled: its execution ended without a word (an alarm told so), or waits; two
        executions on one record do no harm.
        """
        stalled = self.outcome is Outcome.IN_PROGRESS and at - self.changed_at > STALLED
        return stalled or self.outcome is Outcome.HELD


# A study in progress for longer than this has lost its execution, or waits for a service.
STALLED: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the state of a study of a message, as its history keeps it."""

    study: Uid
    outcome: StudyOutcome
    replay: int


# A message's history keeps its latest events only: an operator may replay for ever.
HISTORY: Final = 60


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One accepted message. ``ignored`` is the reason why nothing is sent, "" when it is.

    ``sender`` is MSH-3 and MSH-4, as ``APPLICATION|FACILITY``, "" for an operator's withdrawal.
    ``validated_at`` is the time of the report's validation, None where it is not known.
    ``override`` is the number of the override in force, 0 for none. ``history`` holds at most the
    last HISTORY events, oldest first.
    """

    message_id: str
    received_at: datetime
    replays: int
    ignored: str
    studies: Mapping[Uid, StudyOutcome] = field(default_factory=dict)
    kind: MessageKind = MessageKind.REPORT
    sender: str = ""
    validated_at: datetime | None = None
    override: int = 0
    history: tuple[Event, ...] = ()

    @property
    def state(self) -> str:
        """``ignored``, or the outcome that most needs attention among its studies."""
        if self.ignored:
            return "ignored"
        present = {study.outcome for study in self.studies.values()}
        return next((str(o) for o in _BY_NEED if o in present), str(Outcome.IN_PROGRESS))

    def with_outcome(self, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        """The entry with one study's outcome changed, and its history with it."""
        event = Event(study, outcome, self.replays)
        return replace(
            self,
            studies={**self.studies, study: outcome},
            history=(*self.history, event)[-HISTORY:],
        )

    def restored(self, studies: Iterable[Uid], at: datetime) -> MessageEntry:
        """The entry of an ignored message that takes its turn after all."""
        opened = {study: StudyOutcome(Outcome.IN_PROGRESS, "", at) for study in studies}
        return replace(self, ignored="", studies={**opened, **self.studies})

    @property
    def changed_at(self) -> datetime:
        """When something last changed."""
        return max((s.changed_at for s in self.studies.values()), default=self.received_at)

    def was_held(self, study: Uid) -> bool:
        """True when that study has been held since it came."""
        return any(e.study == study and e.outcome.reason for e in self.history)


_BY_NEED: Final = (
    Outcome.HELD,
    Outcome.IN_PROGRESS,
    Outcome.PUBLISHED,
    Outcome.WITHDRAWN,
    Outcome.UNCHANGED,
    Outcome.SUPERSEDED,
)


class StudyRecords(Protocol):
    """The studies' records of one tenant."""

    def get(self, study_instance_uid: Uid) -> StudyRecord:
        """The record, read consistently; one of revision 0 when the study was never seen."""
        ...

    def put(self, record: StudyRecord) -> StudyRecord:
        """Store ``record`` if the stored revision is still its own; returns it with the next
        revision. Raises StudyBusy when another writer was faster: read again, decide again.
        """
        ...

    def find(
        self, state: str, *, limit: int, after: str | None, oldest_first: bool = False
    ) -> RecordPage:
        """Records in ``state`` (that of the pending change, else ``settled`` or ``withdrawn``), the
        latest change first or last, at most ``limit``. A record that has just changed may be
        missing, or be in another state by now.
        """
        ...


class MessageLog(Protocol):
    """The messages of one tenant, with their outcomes."""

    def open(self, entry: MessageEntry) -> MessageEntry:
        """Store ``entry`` unless the message is known; the stored one."""
        ...

    def get(self, message_id: str) -> MessageEntry | None:
        """The entry, None when unknown."""
        ...

    def set_outcome(self, message_id: str, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        """Record where one study of the message stands; the entry, with its history."""
        ...

    def restore(self, message_id: str, studies: Iterable[Uid], at: datetime) -> None:
        """An ignored message is not ignored any more; a second call changes nothing."""
        ...

    def set_override(self, message_id: str, number: int) -> None:
        """That override is in force, unless a later one is."""
        ...

    def next_replay(self, message_id: str) -> int:
        """Count one more replay; its number."""
        ...

    def find(
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> MessagePage:
        """Entries in ``state`` whose last change is between ``since`` and ``until``, latest change
        first, at most ``limit``; ``after`` is the last page's ``next``.
        """
        ...


class Cache(Protocol):
    """The tenant's image cache."""

    def delete_under(self, prefix: str) -> int:
        """Delete every object whose key starts with ``prefix``. Raises StorageUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class MessagePage:
    """``next`` continues the listing, None at its end."""

    entries: tuple[MessageEntry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """The traits that reports gave for one INS, as keyed hashes (``identity.traits``).

    ``key`` is the INS's, ``traits`` names each strict trait and its hash, ``revision`` counts the
    writes: 0 for an INS that was never seen.
    """

    key: str
    revision: int = 0
    traits: Mapping[str, str] = field(default_factory=dict)


class KnownPatients(Protocol):
    """The patients of one tenant."""

    def get(self, key: str) -> KnownPatient:
        """The patient, read consistently; one of revision 0 when never seen."""
        ...

    def put(self, patient: KnownPatient) -> bool:
        """Store ``patient`` if the stored revision is still its own; False when another writer was
        faster: read again, decide again.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecordPage:
    """``next`` continues the listing, None at its end."""

    records: tuple[StudyRecord, ...]
    next: str | None


class Causes(Protocol):
    """The causes of held publications; the staff is notified when one opens and when it closes."""

    def follow(self, message_id: str, study: Uid, reason: str) -> None:
        """From now on that study of that message is held for ``reason``, "" for none any more.

        A second call changes nothing. Raises StorageUnavailable when it is to be tried again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """Everything of one tenant that every step needs."""

    tenant: Tenant
    inbox: Blobs
    archive: Blobs
    records: StudyRecords
    messages: MessageLog
    audit: Audit
    clock: Clock
    breaker: Breaker
    causes: Causes
