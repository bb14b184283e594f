"""An exam of this very site on a professional's list: are its images ready to be shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation.exam_images import content_of
from functions.drimbox.consultation.own_manifest import own_manifest

if TYPE_CHECKING:
    from functions.drimbox.consultation.exam_images import Content
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.ports import Blobs, CacheStore
    from functions.drimbox.publication.ports import StudyRecords


def own_images(
    entry: DocumentEntry, records: StudyRecords, archived: Blobs, cache: CacheStore
) -> tuple[bool, Content | None]:
    """Whether every series of the exam is in the cache, and the exam's content.

    (False, None) as :func:`own_manifest` gives none. Raises StorageUnavailable.
    """
    current = own_manifest(entry, records, archived)
    if current is None:
        return False, None
    indexes = [current.keys(one).index for one in current.series]
    cached = [cache.get_range(index, 0, 1) is not None for index in indexes]
    return bool(cached) and all(cached), content_of(current.manifest)
