"""The ports of one tenant that the publication steps need, gathered in a ``Site``."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from functions.drimbox.breaker import Breaker
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Audit, Blobs, Clock
    from functions.drimbox.publication.finding import Finder
    from functions.drimbox.publication.imported import ImportedStudies
    from functions.drimbox.publication.message_entry import MessageEntry, StudyOutcome
    from functions.drimbox.publication.news import News
    from functions.drimbox.publication.record import StudyRecord
    from functions.drimbox.publication.waiting.ticker import Waits
    from functions.drimbox.tenants.model import Tenant

    # The records of a tenant as somebody reads them: afresh each time, or once for one look.
    RecordOf = Callable[[Uid], StudyRecord]


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
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        oldest_first: bool = False,
        between: tuple[datetime, datetime] | None = None,
    ) -> RecordPage:
        """Records in ``state`` (that of the pending change, else ``settled`` or ``withdrawn``), the
        latest change first or last, at most ``limit``; with ``between`` those that entered it from
        the first of these instants on, and before the second. A record that has just changed may be
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
        """An ignored or held message is it no more; a second call changes nothing."""
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
        oldest_first: bool = False,
    ) -> MessagePage:
        """Entries in ``state`` whose last change is between ``since`` and ``until``, the latest
        change first or last, at most ``limit``; ``after`` is the last page's ``next``.
        """
        ...


class Cache(Protocol):
    """The tenant's image cache."""

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        """Delete every object whose key starts with ``prefix``, but not with ``keep`` (where that
        is not empty). Raises StorageUnavailable.
        """
        ...


@frozen
class MessagePage:
    """``next`` continues the listing, None at its end."""

    entries: tuple[MessageEntry, ...]
    next: str | None


@frozen
class KnownPatient:
    """The traits that reports gave for one INS, as keyed hashes (``identity.traits``).

    ``key`` is the INS's, ``traits`` names each strict trait and its hash, ``revision`` counts the
    writes: 0 for an INS that was never seen. ``others`` are the sets that contradict ``traits`` and
    that operators have confirmed: none takes the place of another.
    """

    key: str
    revision: int = 0
    traits: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Mapping[str, str], ...] = ()

    @property
    def sets(self) -> tuple[Mapping[str, str], ...]:
        """All sets of traits that stand, the first report's first."""
        return (self.traits, *self.others)

    def with_sets(self, sets: Iterable[Mapping[str, str]]) -> KnownPatient:
        """The patient with these sets, of which there is one at least."""
        first, *others = sets
        return replace(self, traits=first, others=tuple(others))


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


@frozen
class RecordPage:
    """``next`` continues the listing, None at its end."""

    records: tuple[StudyRecord, ...]
    next: str | None


class Causes(Protocol):
    """The causes of held publications; the staff is notified when one opens and when it closes."""

    def follow(self, message_id: str, study: Uid | None, reason: str) -> None:
        """From now on that study of that message, or the message as a whole (None), is held for
        ``reason``, "" for none any more.

        A second call changes nothing. Raises StorageUnavailable when it is to be tried again.
        """
        ...


@frozen
class Site:
    """Everything of one tenant that every step needs. ``reconciliations`` are the runs' pages."""

    tenant: Tenant
    inbox: Blobs
    archive: Blobs
    records: StudyRecords
    messages: MessageLog
    audit: Audit
    clock: Clock
    breaker: Breaker
    causes: Causes
    imported: ImportedStudies
    finder: Finder
    waits: Waits
    reconciliations: Blobs
    news: News
