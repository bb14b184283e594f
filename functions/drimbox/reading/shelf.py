"""The opened exams of a tenant, and where their bytes stand while the session lasts."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.keys import ExamKeys, session_prefix
from functions.drimbox.side_by_side import side_by_side
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.manifest.read import ManifestSeries
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.keys import SeriesFolder
    from functions.drimbox.reading.readings import Opened, Readings

MAX_MANIFEST: Final = 32 * 1024 * 1024


@frozen
class Reading:
    """An exam opened in a page of a live session: its ``entry`` of the page's list, and the page's
    patient."""

    page: str
    exam: str
    opened: Opened
    entry: DocumentEntry
    context: CallContext

    @property
    def keys(self) -> ExamKeys:
        """Where it stands."""
        return ExamKeys.of(self.opened.session, self.page, self.exam)


@frozen
class Shelf:
    """The records of one tenant's opened exams, and the store of their bytes."""

    readings: Readings
    store: CacheStore

    def manifest(self, reading: Reading) -> Manifest | None:
        """The manifest in use, None where it is not there. StorageUnavailable."""
        data = self.store.get(reading.keys.manifest, max_bytes=MAX_MANIFEST)
        return None if data is None else read(data)

    def keep_manifest(self, reading: Reading, data: bytes) -> None:
        """Keep a manifest, in the place of the former one."""
        self.store.put(reading.keys.manifest, BytesIO(data), "application/dicom")

    def folder(self, reading: Reading, manifest: Manifest, series: ManifestSeries) -> SeriesFolder:
        """Where one series stands."""
        return reading.keys.series(manifest.sop_instance_uid, series.series_instance_uid)

    def haves(self, reading: Reading, manifest: Manifest) -> list[Have]:
        """The index of each series of the manifest, in its order; an empty one before the first."""

        def have(series: ManifestSeries) -> Have:
            folder = self.folder(reading, manifest, series)
            return index.read(self.store, folder) or Have(len(series.instances))

        return side_by_side(have, manifest.series)

    def is_whole(self, reading: Reading) -> bool:
        """Whether everything of the exam is there."""
        manifest = self.manifest(reading)
        return manifest is not None and all(
            one.ended is Ended.WHOLE for one in self.haves(reading, manifest)
        )

    def end(
        self,
        reading: Reading,
        manifest: Manifest,
        was: frozenset[Ended | None],
        ended: Ended | None,
    ) -> None:
        """Give another end to each series whose end is one of ``was``; None: it is to be fetched
        further."""
        haves = self.haves(reading, manifest)
        for series, have in zip(manifest.series, haves, strict=True):
            if have.ended in was:
                folder = self.folder(reading, manifest, series)
                index.write(self.store, folder, replace(have, ended=ended))

    def erase(self, page: str, exam: str, session: str) -> None:
        """Erase one exam of a session that has ended."""
        self.store.delete_under(ExamKeys.of(session, page, exam).prefix)

    def erase_session(self, session: str) -> None:
        """Erase everything that was opened in a session."""
        self.store.delete_under(session_prefix(session))
