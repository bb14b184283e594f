"""An opened exam of this very site: read from its own image cache, which is filled where cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation.own_manifest import own_manifest
from functions.drimbox.images.cache import read_index
from functions.drimbox.images.display_kept import read_display
from functions.drimbox.oid import Uid
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.exam_document import ShownInstance, ShownSeries
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.side_by_side import side_by_side

if TYPE_CHECKING:
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.manifest.read import ManifestSeries
    from functions.drimbox.publication.serving import ImageDesk, Served


def is_own(entry: DocumentEntry, desk: ImageDesk) -> bool:
    """True for a study of which we have or had a manifest: its images are read here or nowhere.

    A structure may have had another DRIMbox before, or have a second one: of its exams we know
    nothing, and their own address is asked. Raises StorageUnavailable.
    """
    try:
        record = desk.records.get(Uid(entry.study_instance_uid))
    except ValueError:
        return False
    return record.version > 0 or record.pending is not None


def own_series(entry: DocumentEntry, desk: ImageDesk) -> tuple[ShownSeries, ...]:
    """The series of the exam that ``entry`` names; those that are not in the cache are asked for.

    None at all as :func:`own_manifest` gives none. The images are those of the manifest's patient:
    a report was published with them (decision 0037), and the page's patient was compared with the
    very manifest. Raises StorageUnavailable.
    """
    current = own_manifest(entry, desk.records, desk.archive)
    if current is None:
        return ()
    named = [one for one in current.manifest.series if one.instances]
    return tuple(side_by_side(lambda one: _series(one, current, desk), named))


def _series(named: ManifestSeries, current: Served, desk: ImageDesk) -> ShownSeries:
    keys = current.keys(named.series_instance_uid)
    index = read_index(desk.cache, keys)
    displays = None if index is None else read_display(desk.cache, keys)
    if index is None or displays is None:
        desk.fills.ask(
            current.filling(named.series_instance_uid), current.correlation_id, gone=True
        )
        return ShownSeries(named, len(named.instances), (), None, Identity.UNKNOWN, {})
    body = index.body_under(keys)
    instances = tuple(
        ShownInstance(one.sop_instance_uid, body, one.offset, one.frames, display)
        for one, display in zip(index.instances, displays, strict=True)
    )
    return ShownSeries(named, len(named.instances), instances, Ended.WHOLE, Identity.AGREES, {})
