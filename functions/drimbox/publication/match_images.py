"""Whether the images in the PACS are those of the report: checked before anything is built."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Code, Interval, Patient

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.report.model import ClinicalDocument, Exam, Order
    from functions.drimbox.study.index import StudyIndex


class Identified(Protocol):
    """Images that are compared with a report: a study, or one that a search has found.
    Each value is DICOM, "" when the PACS gives none.
    """

    @property
    def patient_id(self) -> str: ...
    @property
    def patient_name(self) -> str: ...
    @property
    def patient_birth_date(self) -> str: ...
    @property
    def accession_number(self) -> str: ...


def exam_of(document: ClinicalDocument, study_instance_uid: Uid) -> Exam:
    """The report's exam for that study; ValueError when the report does not name it.

    Several acts on one study are one exam: the first act names it, modalities, regions and
    procedures are those of all, and its period holds all of theirs.
    """
    acts = [exam for exam in document.exams if exam.study_instance_uid == study_instance_uid]
    if not acts:
        raise ValueError("the report does not name this study")
    lows = [exam.period.low for exam in acts if exam.period.low]
    highs = [exam.period.high for exam in acts if exam.period.high]
    return replace(
        acts[0],
        procedures=_all(exam.procedures for exam in acts),
        modalities=_all(exam.modalities for exam in acts),
        regions=_all(exam.regions for exam in acts),
        period=Interval(
            min(lows, key=_wall_clock, default=None), max(highs, key=_wall_clock, default=None)
        ),
    )


def _wall_clock(moment: datetime) -> datetime:
    """Times of one report are compared as the site's clock shows them, with or without a zone."""
    return moment.replace(tzinfo=None)


def _all(codes: Iterable[tuple[Code, ...]]) -> tuple[Code, ...]:
    return tuple(dict.fromkeys(code for some in codes for code in some))


def match_order(document: ClinicalDocument, study: StudyIndex) -> Order:
    """The order of the report that the images of ``study`` answer.

    The images decide: a report with several orders and several studies does not say which belongs
    to which, so the accession number held by the PACS must be that of one of the orders. The local
    patient identifier must be one of the report's, and the traits of the images must not
    contradict those of the report (:func:`contradict`).

    Raises Held: ``empty_study``, ``patient_mismatch``, ``traits_mismatch``,
    ``accession_mismatch``.
    """
    if not any(series.instances for series in study.series):
        raise Held("empty_study")
    patient = document.patient
    known = {local.extension for local in patient.local_ids} or {patient.ins.value}
    if study.patient_id.strip() not in known:
        raise Held("patient_mismatch")
    if contradict(patient, study):
        raise Held("traits_mismatch")
    accession = study.accession_number.strip()
    for order in document.orders:
        if accession and order.accession.extension == accession:
            return order
    raise Held("accession_mismatch")


def contradict(patient: Patient, study: Identified) -> bool:
    """True when the images are of somebody else: both the family name and the birth date differ.

    One of them alone does not tell: sites write the names of one person in several ways (letter
    case, accents, birth or used name), and a birth date may be wrong by a digit. A trait that the
    PACS does not give contradicts nothing.
    """
    named = _words(study.patient_name)
    born = study.patient_birth_date
    if not named or not born or born == patient.birth_date:
        return False
    families = [_words(name) for name in (patient.birth_family, patient.used_family)]
    return not any(family and family <= named for family in families)


def _words(name: str) -> frozenset[str]:
    """The words of a name, without accents, in one letter case."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return frozenset(re.findall(r"[A-Z]+", plain.upper()))
