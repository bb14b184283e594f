"""What may be served of a study now: its manifest in force, without what was rejected since."""

from __future__ import annotations

from dataclasses import dataclass

from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.ports import Blobs
from functions.drimbox.publication import archive
from functions.drimbox.publication.notes import rejected_in
from functions.drimbox.publication.record import StudyRecord


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
