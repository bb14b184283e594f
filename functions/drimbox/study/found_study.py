"""A study as a search of the PACS gives it: enough to choose one, nothing to publish from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid


@frozen
class StudyCriteria:
    """A search: each criterion that is given must hold, "" leaves one out.

    ``since`` and ``until`` are days (YYYYMMDD), both included, given together or not at all;
    ``modality`` is one of the study's. ``patient_id`` or ``accession_number`` is given: no search
    is about everybody.
    """

    patient_id: str
    accession_number: str
    modality: str = ""
    since: str = ""
    until: str = ""

    def __repr__(self) -> str:
        return "StudyCriteria(…)"


@frozen
class FoundStudy:
    """One answer; texts are "" and ``instances`` is None where the PACS gives none.

    Dates are DICOM DA, ``patient_name`` is a DICOM PN. A text longer than DICOM allows is cut.
    """

    study_instance_uid: Uid
    patient_id: str
    patient_name: str
    patient_birth_date: str
    accession_number: str
    study_date: str
    description: str
    modalities: tuple[str, ...]
    instances: int | None

    def answers(self, criteria: StudyCriteria) -> bool:
        """Whether the study is one of those that were asked for: a PACS may ignore a criterion.

        An identifier that was asked for is given and equal, and no other one that was asked for
        differs: an archive may describe a study by an object without accession number. A day or a
        modality that the PACS does not give contradicts nothing, one that it gives must be within
        the criteria.
        """
        identifiers = (
            (criteria.patient_id, self.patient_id),
            (criteria.accession_number, self.accession_number),
        )
        given = {asked == told for asked, told in identifiers if asked and told}
        if given != {True}:
            return False
        if criteria.since and self.study_date:
            # Days of eight digits are in order as texts; any other text is no day of the question.
            is_day = len(self.study_date) == len(criteria.since)
            if not is_day or not criteria.since <= self.study_date <= criteria.until:
                return False
        asked = criteria.modality
        return not asked or not self.modalities or asked in self.modalities

    def __repr__(self) -> str:
        return "FoundStudy(…)"


@frozen
class FoundStudies:
    """The answers to one search, at most as many as were asked for.

    ``left_out`` is the number of those that are none: of another question than ours, contradictory
    or unreadable. ``complete``: as far as the PACS tells, there are no others.
    """

    studies: tuple[FoundStudy, ...]
    left_out: int
    complete: bool
