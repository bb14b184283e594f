"""The objects of a study that may be served now: those of its manifest in force, without rejected
ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from functions.drimbox.errors import NotReady
from functions.drimbox.images.cache import read_index
from functions.drimbox.images.retrieve import Direct, Redirect, Target, decide
from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.oid import Uid
from functions.drimbox.ports import Blobs, CacheStore, Clock
from functions.drimbox.publication import archive
from functions.drimbox.publication.notes import rejected_in
from functions.drimbox.publication.ports import StudyRecords
from functions.drimbox.publication.record import StudyRecord

# Seconds, a fill's own time limit: one transfer of a series at a time, however often it is asked
# for. Within it the workflow itself tries again what fails.
FILL_WINDOW: Final = 900


class Fills(Protocol):
    """Starts the filling of the image cache."""

    def start(
        self,
        study_instance_uid: Uid,
        series: Sequence[Uid],
        *,
        correlation_id: str,
        edition: str,
        window: int,
    ) -> None:
        """Start it once per ``window`` and ``edition``; StorageUnavailable when it may not be."""
        ...


@dataclass(frozen=True, slots=True)
class ImageDesk:
    """The ports of one tenant that serve images."""

    records: StudyRecords
    archive: Blobs
    cache: CacheStore
    fills: Fills
    clock: Clock


@dataclass(frozen=True, slots=True)
class Served:
    """``notes``: how many rejection notes are in force on the study."""

    manifest: Manifest
    correlation_id: str
    notes: int

    @property
    def edition(self) -> str:
        """Changes with the manifest and with every note."""
        return f"{self.manifest.sop_instance_uid}/{self.notes}"


def served(record: StudyRecord, blobs: Blobs) -> Served | None:
    """None when the DMP holds nothing of ours; StorageUnavailable without the archive."""
    current = record.current
    if current is None:
        return None
    manifest = read(archive.require(blobs, archive.key_of(current.intent_id, archive.MANIFEST)))
    return Served(
        manifest=manifest.without(rejected_in(record, blobs)),
        correlation_id=current.message_id,
        notes=len(record.rejections),
    )


def retrieve(
    desk: ImageDesk,
    target: Target,
    *,
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
) -> Direct | Redirect:
    """The answer to a request for images; ``accept`` and ``kos_sop_instance_uid`` are headers.

    Raises as :func:`decide` does; NotReady once the fill of a series that is not cached has
    started.
    """
    current = served(desk.records.get(Uid(target.study_instance_uid)), desk.archive)
    ask = partial(
        decide,
        target=target,
        index_of=lambda keys: read_index(desk.cache, keys),
        accept=accept,
        kos_sop_instance_uid=kos_sop_instance_uid,
    )
    if current is None:
        return ask(None)
    try:
        return ask(current.manifest, notes=current.notes)
    except NotReady:
        _fill(desk, current, target)
        raise


def _fill(desk: ImageDesk, current: Served, target: Target) -> None:
    named = target.series_instance_uid
    series = [Uid(named)] if named else [s.series_instance_uid for s in current.manifest.series]
    desk.fills.start(
        Uid(target.study_instance_uid),
        series,
        correlation_id=current.correlation_id,
        edition=current.edition,
        window=int(desk.clock.now().timestamp()) // FILL_WINDOW,
    )
