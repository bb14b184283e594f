"""An exam of this very site on a professional's list: are its images ready to be shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation.exam_images import content_of
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import served

if TYPE_CHECKING:
    from functions.drimbox.consultation.exam_images import Content
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.ports import Blobs, CacheStore
    from functions.drimbox.publication.ports import StudyRecords


def own_images(
    entry: DocumentEntry, records: StudyRecords, archived: Blobs, cache: CacheStore
) -> tuple[bool, Content | None]:
    """Whether every series of the exam is in the cache, and the exam's content.

    (False, None) for a study whose manifest in force is another one, or that is not ours.
    Raises StorageUnavailable.
    """
    try:
        record = records.get(Uid(entry.study_instance_uid))
    except ValueError:
        return False, None
    in_force = record.current is not None and record.current.manifest_uid == entry.unique_id
    current = served(record, archived) if in_force else None
    if current is None:
        return False, None
    indexes = [current.keys(one).index for one in current.series]
    cached = [cache.get_range(index, 0, 1) is not None for index in indexes]
    return bool(cached) and all(cached), content_of(current.manifest)
