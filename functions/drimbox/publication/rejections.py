"""The objects of a study that the rejection notes on its record reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.manifest.key_images import read_rejection, rejected_by
from functions.drimbox.publication.archive import rejection_key, require

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Blobs
    from functions.drimbox.publication.record import StudyRecord


def rejected_in(record: StudyRecord, archive: Blobs) -> frozenset[Uid]:
    """The objects of the study that its notes reject; StorageUnavailable without the notes."""
    study = record.study_instance_uid
    rejected: dict[Uid, set[Uid]] = {}
    for note_id in record.rejections:
        note = read_rejection(require(archive, rejection_key(study, note_id)))
        if note is None:
            # It was one when it came: nothing is served on a guess.
            raise StorageUnavailable("an archived rejection note rejects nothing")
        # Two notes may have one UID: both count.
        objects = note.rejected.get(study, frozenset())
        rejected.setdefault(note.sop_instance_uid, set()).update(objects)
    return rejected_by(rejected)
