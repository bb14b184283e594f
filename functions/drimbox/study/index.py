"""The index of a study as the PACS holds it; the source of a manifest."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection

    from functions.drimbox.oid import Uid

KEY_OBJECT_SELECTION: Final = "1.2.840.10008.5.1.4.1.1.88.59"
# The most of each that an index has: a larger study is held (``study_too_large``).
MAX_SERIES: Final = 2_000
MAX_INSTANCES: Final = 50_000
MAX_NOTES: Final = 200


@frozen
class InstanceRef:
    """One object of a series; ``instance_number`` and ``number_of_frames`` None when unknown."""

    sop_class_uid: Uid
    sop_instance_uid: Uid
    instance_number: int | None = None
    number_of_frames: int | None = None


@frozen
class SeriesIndex:
    """One series; ``instances`` in InstanceNumber order, then by UID."""

    series_instance_uid: Uid
    modality: str
    number: int | None
    description: str
    instances: tuple[InstanceRef, ...]

    def without(self, objects: Collection[Uid]) -> SeriesIndex:
        """The series without these objects; it may have none left."""
        kept = tuple(one for one in self.instances if one.sop_instance_uid not in objects)
        return replace(self, instances=kept)


@frozen
class KeyImageNote:
    """A key object selection of the study: the objects it designates and its text."""

    series_instance_uid: Uid
    sop_instance_uid: Uid
    title_code: str
    title_scheme: str
    title_meaning: str
    text: str
    references: tuple[Uid, ...]


@frozen
class StudyIndex:
    """A study; dates are DICOM DA, times DICOM TM, names DICOM PN, "" when the PACS gives none.

    ``series`` are in SeriesNumber order, then by UID, and include those of key image notes.
    """

    study_instance_uid: Uid
    patient_id: str
    accession_number: str
    study_date: str
    study_time: str
    description: str
    study_id: str
    series: tuple[SeriesIndex, ...]
    key_images: tuple[KeyImageNote, ...] = field(default=())
    patient_name: str = ""
    patient_birth_date: str = ""

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities of the image series, in order, without repetition, KO left out."""
        return tuple(dict.fromkeys(s.modality for s in self.series if s.modality != "KO"))

    def without(self, objects: Collection[Uid]) -> StudyIndex | None:
        """The study without these objects, and without series that become empty; None when none is
        left.
        """
        if not objects:
            return self
        series = tuple(one for one in (s.without(objects) for s in self.series) if one.instances)
        notes = tuple(one for one in self.key_images if one.sop_instance_uid not in objects)
        return replace(self, series=series, key_images=notes) if series else None

    def __repr__(self) -> str:
        return f"StudyIndex({len(self.series)} series)"
