"""The objects of a study that may be served now: those of its manifest in force, without rejected
ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.jobs.job import Kind, Wish
from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.record import State
from functions.drimbox.publication.rejections import rejected_in
from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.jobs.desk import JobDesk
    from functions.drimbox.ports import Blobs, CacheStore
    from functions.drimbox.publication.ports import StudyRecords
    from functions.drimbox.publication.record import StudyRecord

# The states of a pending change whose manifest is built, and may come into force.
_BUILT: Final = frozenset(
    {State.INTENT, State.SENDING, State.UNKNOWN, State.RECONCILING, State.REJECTED}
)


@frozen
class ImageDesk:
    """The ports of one tenant that serve images."""

    records: StudyRecords
    archive: Blobs
    cache: CacheStore
    fills: JobDesk


@frozen
class Served:
    """``intent_id`` names the manifest's folder of the archive, ``correlation_id`` its message;
    ``notes``: how many rejection notes are in force on the study."""

    manifest: Manifest
    intent_id: str
    correlation_id: str
    notes: int

    @property
    def edition(self) -> str:
        """Changes with the manifest and with every note."""
        return _edition(self.manifest.sop_instance_uid, self.notes)

    @property
    def series(self) -> list[Uid]:
        """The series of which something may be served."""
        return [one.series_instance_uid for one in self.manifest.series if one.instances]

    def keys(self, series: Uid) -> SeriesKeys:
        """Where a series of it stands in the cache."""
        manifest = self.manifest
        return SeriesKeys(
            manifest.study_instance_uid, manifest.sop_instance_uid, series, self.notes
        )

    def filling(self, series: Uid) -> Wish:
        """The wish for a series of it in the cache."""
        study = str(self.manifest.study_instance_uid)
        return Wish(Kind.FILL, {"study": study, "series": str(series), "edition": self.edition})


def keys_of(wish: Wish) -> SeriesKeys:
    """Where the series of a wish (:meth:`Served.filling`) stands in the cache, whatever became of
    its manifest."""
    facts = wish.facts
    manifest, _, notes = facts["edition"].partition("/")
    return SeriesKeys(Uid(facts["study"]), Uid(manifest), Uid(facts["series"]), int(notes))


def _edition(manifest_uid: Uid, notes: int) -> str:
    return f"{manifest_uid}/{notes}"


def edition_in_force(record: StudyRecord) -> str:
    """:attr:`Served.edition` of :func:`served`, "" when the DMP holds nothing of ours."""
    current = record.current
    return "" if current is None else _edition(current.manifest_uid, len(record.rejections))


def served(record: StudyRecord, blobs: Blobs) -> Served | None:
    """None when the DMP holds nothing of ours; StorageUnavailable without the archive."""
    current = record.current
    if current is None:
        return None
    return _as_served(record, blobs, current.intent_id, current.message_id)


def intended(record: StudyRecord, blobs: Blobs) -> Served | None:
    """The manifest that the pending change publishes, as it will be served once it is in force.

    None without one: before it is built, while it is held, for a withdrawal. StorageUnavailable
    without the archive.
    """
    pending = record.pending
    if pending is None or pending.state not in _BUILT:
        return None
    if pending.edition.action is Action.WITHDRAW:
        return None
    intent = archive.folder_of(record.study_instance_uid, pending.message_id, pending.attempt)
    return _as_served(record, blobs, intent, pending.message_id)


def wished(record: StudyRecord, blobs: Blobs, edition: str) -> Served | None:
    """The manifest of that edition, in force or under way; None for any other one."""
    if edition_in_force(record) == edition:
        return served(record, blobs)
    coming = intended(record, blobs)
    return coming if coming is not None and coming.edition == edition else None


def _as_served(record: StudyRecord, blobs: Blobs, intent: str, message_id: str) -> Served:
    manifest = read(archive.require(blobs, archive.key_of(intent, archive.MANIFEST)))
    return Served(
        manifest=manifest.without(rejected_in(record, blobs)),
        intent_id=intent,
        correlation_id=message_id,
        notes=len(record.rejections),
    )
