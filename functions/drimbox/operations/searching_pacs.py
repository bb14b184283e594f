"""A search of the site's PACS for the study that a held report means (decision 0085).

It chooses nothing: the operator does, by an override, and the workflow compares that study as any
other one.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.errors import BadRequest, Held, PacsUnavailable
from functions.drimbox.operations.choosing import Choosing
from functions.drimbox.operations.comparing import compare
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.asking_pacs import PACS, SEARCHES, asking_site, is_away
from functions.drimbox.publication.messages import ReportMessage, load_judged, load_override
from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.report.model import ClinicalDocument, Report
    from functions.drimbox.study.found_study import FoundStudy

# The most studies of one answer, and the days before and after the exam's own.
MOST: Final = 50
DAYS: Final = timedelta(days=3)
# Of an identifier (DICOM LO) and of a modality (CS); PS3.4 C.2.2.2 gives "*", "?" and "\" a meaning
# of their own, by which a search would be about several patients.
LONGEST: Final = 64
LONGEST_MODALITY: Final = 16
_NUMBER: Final = re.compile(rf"[^*?\\]{{0,{LONGEST}}}")
_MODALITY: Final = re.compile(rf"[A-Za-z0-9_]{{0,{LONGEST_MODALITY}}}")
# The code of a search without any patient or number: it would be about everybody.
NO_PATIENT: Final = "no_patient"
# Days, of a study whose day nobody knows.
_FAR: Final = 10**6


class SearchedPacs(Protocol):
    """The site's PACS, as a search asks it."""

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """The studies that answer all criteria, at most ``most``. Raises PacsUnavailable, and Held
        ``pacs_refused``.
        """
        ...


@frozen
class Asked:
    """The criteria of a form: ``day`` is YYYY-MM-DD; "" leaves a criterion out."""

    ipp: str = ""
    day: str = ""
    accession: str = ""
    modality: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Asked:
        """From a form; BadRequest names the ill-formed field."""
        given = {name: fields.get(name, "").strip() for name in _FIELDS}
        for name, form in _FIELDS.items():
            if not form.fullmatch(given[name]) or not given[name].isprintable():
                raise BadRequest(name)
        asked = cls(**{**given, "modality": given["modality"].upper()})
        asked.span()
        return asked

    def span(self) -> tuple[str, str]:
        """The first and the last day (YYYYMMDD), "" without a day."""
        if not self.day:
            return "", ""
        try:
            day = date.fromisoformat(self.day)
            return _written(day - DAYS), _written(day + DAYS)
        except (ValueError, OverflowError):
            raise BadRequest("day") from None

    def criteria(self) -> StudyCriteria:
        """The same for the PACS."""
        since, until = self.span()
        return StudyCriteria(self.ipp, self.accession, self.modality, since, until)

    def __repr__(self) -> str:
        return "Asked(…)"


_FIELDS: Final = {
    "ipp": _NUMBER,
    "accession": _NUMBER,
    "modality": _MODALITY,
    "day": re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?"),
}


def search_pacs(
    site: Site,
    pacs: Callable[[], SearchedPacs],
    caller: Caller,
    *,
    message_id: str,
    fields: Mapping[str, str],
) -> dict[str, Any]:
    """The studies of the PACS that may be the one of a held report, those that differ least first.

    ``fields`` name the held ``study``, and the criteria (:class:`Asked`); without any criterion the
    report's own are taken: its patient, its exam's day. ``found`` has each study with the report
    beside it (``compared``); ``named`` is true for a study that the publication has already.
    ``left_out`` counts the PACS's answers to another question, ``complete`` is false where there
    may be others. ``fault`` is the code of a search without an answer, "" otherwise.

    Forbidden without the permission ``edit``; without ``patients`` too, for a search by another
    patient's identifier or accession number than the report's. Absent when the
    publication is unknown, BadRequest for one that is no report, a study for which no operator may
    choose another one, and an
    ill-formed criterion. One audit record names the operator and the patient of the search.
    """
    operator = demand(site.audit, caller, Permission.EDIT)
    entry = entry_of(site, message_id)
    message = load_judged(site, message_id)
    if not isinstance(message, ReportMessage):
        raise BadRequest("publication")
    choosing = Choosing.of(site, entry, message)
    study = _chosen_for(choosing, fields.get("study", ""))
    document = message.report.document
    day = _day(document, {study, *_stands_for(site, entry, study)})
    numbers = _numbers(document)
    if fields.keys() & _FIELDS.keys():
        asked = Asked.read(fields)
    else:
        asked = Asked(ipp=numbers[0][0], day=day)
    if not _is_of_the_report(asked, numbers):
        demand(site.audit, caller, Permission.PATIENTS)
    fault, found = _search(site, pacs, study, asked)
    site.audit.record(
        "pacs.searched",
        key=f"{message_id}/{caller.request_id}",
        result=fault or ("found" if found.studies else "nothing"),
        who=operator.subject,
        facts={
            "message_id": message_id,
            "study_instance_uid": str(study),
            "ins": document.patient.ins.value,
            "patient_id": asked.ipp,
            "accession_number": asked.accession,
            "found": " ".join(one.study_instance_uid for one in found.studies),
            "left_out": str(found.left_out),
        },
    )
    described = [
        _described(message.report, one, named=choosing.is_taken(study, one.study_instance_uid))
        for one in found.studies
    ]
    return {
        "publication": message_id,
        "study": str(study),
        "asked": {
            "ipp": asked.ipp,
            "day": asked.day,
            "accession": asked.accession,
            "modality": asked.modality,
        },
        "found": sorted(described, key=lambda one: _rank(one, day)),
        "left_out": found.left_out,
        "complete": found.complete,
        "fault": fault,
    }


def _chosen_for(choosing: Choosing, named: str) -> Uid:
    for study in choosing.entry.studies:
        if study == named and choosing.may_be_chosen_for(study):
            return study
    raise BadRequest("study")


def _stands_for(site: Site, entry: MessageEntry, study: Uid) -> tuple[Uid, ...]:
    """The studies that the report names, in whose place an operator put this one before."""
    if not entry.override:
        return ()
    return load_override(site, entry.message_id, entry.override).left_by(study)


def _day(document: ClinicalDocument, studies: Collection[Uid]) -> str:
    """The first day (YYYY-MM-DD) of the exam, "" where the report gives none."""
    exams = (one for one in document.exams if one.study_instance_uid in studies)
    starts = (one.period.low for one in exams)
    return min((f"{start.date()}" for start in starts if start is not None), default="")


def _numbers(document: ClinicalDocument) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The identifiers of the report's patient as images have them, and its accession numbers."""
    patient = document.patient
    ids = tuple(one.extension for one in patient.local_ids) or (patient.ins.value,)
    return ids, tuple(order.accession.extension for order in document.orders)


def _whose(asked: Asked) -> tuple[str, str]:
    return asked.ipp, asked.accession


def _is_of_the_report(asked: Asked, numbers: tuple[Collection[str], Collection[str]]) -> bool:
    """Whether each identifier of a search is the report's own."""
    known = zip(_whose(asked), numbers, strict=True)
    return all(not one or one in own for one, own in known)


def _written(day: date) -> str:
    """YYYYMMDD, in any year."""
    return day.isoformat().replace("-", "")


def _search(
    site: Site, pacs: Callable[[], SearchedPacs], study: Uid, asked: Asked
) -> tuple[str, FoundStudies]:
    """The code of the fault, "" for an answer; and the answer."""
    nothing = FoundStudies((), 0, complete=False)
    if not any(_whose(asked)):
        return NO_PATIENT, nothing
    try:
        if is_away(site):
            raise PacsUnavailable("asked again later", circuit=PACS)
        with asking_site(site, study, SEARCHES):
            return "", pacs().search(asked.criteria(), most=MOST)
    except (PacsUnavailable, Held) as error:
        return error.code, nothing


def _described(report: Report, one: FoundStudy, *, named: bool) -> dict[str, Any]:
    return {
        "study_instance_uid": str(one.study_instance_uid),
        "study_date": one.study_date,
        "modalities": list(one.modalities),
        "description": one.description,
        "instances": one.instances,
        "accession_number": one.accession_number,
        "named": named,
        "compared": compare(report, one),
    }


def _rank(one: Mapping[str, Any], day: str) -> tuple[int, int, str]:
    """By the number of differences, then by the days between exam and images."""
    differing = sum(row["differs"] for row in one["compared"])
    try:
        apart = abs(date.fromisoformat(one["study_date"]) - date.fromisoformat(day)).days
    except ValueError:
        apart = _FAR
    return differing, apart, one["study_instance_uid"]
