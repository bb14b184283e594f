"""The opening of an exam made elsewhere: its manifest from the DMP, then the fetching begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.reading.ended import MAY_CHANGE
from functions.drimbox.reading.exam_document import ShownInstance, ShownSeries
from functions.drimbox.reading.keys import exam_name
from functions.drimbox.reading.shelf import Reading
from functions.drimbox.reading.source_manifest import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.reading.readings import Opened
    from functions.drimbox.reading.shelf import Shelf
    from functions.drimbox.tenants.model import ImageQuality


class Workflow(Protocol):
    """Starts the executions that fetch exams of one tenant. Raises StorageUnavailable."""

    def start(self, page: str, exam: str, run: int) -> None:
        """Start that run, once; its input is page and exam alone."""
        ...


def reading_of(
    shelf: Shelf, page: str, opened: Opened, entry: DocumentEntry, context: CallContext
) -> Reading:
    """The exam of ``entry`` in that page and session, in the quality of ``opened``: as it was
    opened before, else as ``opened`` says."""
    exam = _name(page, entry, opened.quality)
    before = shelf.readings.get(page, exam)
    known = opened if before is None or before.own or before.session != opened.session else before
    return Reading(page, exam, known, entry, context)


def _name(page: str, entry: DocumentEntry, quality: ImageQuality) -> str:
    return exam_name(page, entry.unique_id, entry.given_at, quality)


def in_quality(shelf: Shelf, reading: Reading, quality: ImageQuality) -> Reading:
    """The same exam with its images in another quality: it stands beside ``reading``, and is opened
    for itself. An import asks for the images without loss so."""
    anew = replace(reading.opened, quality=quality, runs=1, renewed=False, ahead=False)
    return reading_of(shelf, reading.page, anew, reading.entry, reading.context)


def opened_before(
    shelf: Shelf, page: str, session: str, entry: DocumentEntry, quality: ImageQuality
) -> Opened | None:
    """The exam of ``entry`` in that quality as that session opened it in that page, None where
    nobody has opened it there."""
    before = shelf.readings.get(page, _name(page, entry, quality))
    known = before is not None and before.session == session and not before.ahead
    return before if known else None


def open_own(shelf: Shelf, page: str, opened: Opened, entry: DocumentEntry) -> None:
    """Remember that the page opened this exam of our own."""
    shelf.readings.keep(page, _name(page, entry, opened.quality), replace(opened, own=True))


def open_exam(
    shelf: Shelf,
    reading: Reading,
    fetch: Callable[[], bytes],
    workflow: Workflow,
    *,
    ahead: bool = False,
) -> Manifest:
    """The exam's manifest, from now on being fetched; ``fetch`` asks the DMP for it.

    With ``ahead`` nobody has opened it yet, and nothing of it is shown. The first who opens such an
    exam asks the DMP once more: it may have been masked or withdrawn since. An exam that came to an
    end which may change is begun again. Raises DocumentUnusable, and the errors of ``fetch``:
    nothing is started then.
    """
    before = manifest = shelf.manifest(reading)
    opened = reading.opened
    if manifest is None or (opened.ahead and not ahead):
        data = fetch()
        manifest = checked(data, reading.entry, reading.context)
        shelf.keep_manifest(reading, data)
    if before and any(one.ended in MAY_CHANGE for one in shelf.haves(reading, manifest)):
        shelf.end(reading, manifest, MAY_CHANGE, None)
        opened = replace(opened, runs=opened.runs + 1, renewed=False)
    shelf.readings.keep(reading.page, reading.exam, replace(opened, ahead=ahead))
    workflow.start(reading.page, reading.exam, opened.runs)
    return manifest


def shown_series(shelf: Shelf, reading: Reading, manifest: Manifest) -> tuple[ShownSeries, ...]:
    """The series as they stand now."""
    found = []
    for named, have in zip(manifest.series, shelf.haves(reading, manifest), strict=True):
        folder = shelf.folder(reading, manifest, named)
        instances = tuple(
            ShownInstance(
                one.sop_instance_uid,
                folder.pack(one.pack),
                one.offset,
                one.frames,
                dict(one.display),
            )
            for one in have.instances
        )
        found.append(
            ShownSeries(named, have.awaited, instances, have.ended, have.identity, have.patient)
        )
    return tuple(found)
