"""Rejection notes: those that the PACS lists, and those that it sends."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pydicom

from functions.drimbox.oid import Uid
from functions.drimbox.publication.rejections import rejected_in
from tests.drimbox.images.pacs_scenes import objects, with_selections
from tests.drimbox.images.samples import SERIES, STUDY, instance, selection
from tests.drimbox.publication.note_scenes import encoded, note
from tests.drimbox.publication.scenes import STUDY as SENT_ABOUT
from tests.fakes.world import World
from tests.restrictions.outcomes import outcome_of_pacs
from tests.restrictions.table import Variants, case

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom import Dataset

_LISTED = "rejection note in the PACS"
_SENT = "rejection note by STOW-RS"


def changed(data: bytes, change: Callable[[Dataset], object]) -> bytes:
    """The object after ``change``, which may make it ill-formed."""
    root = pydicom.dcmread(BytesIO(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(root)
        return encoded(root)


def _titled(code: str, scheme: str, meaning: str) -> Callable[[Dataset], None]:
    def change(root: Dataset) -> None:
        (title,) = root.ConceptNameCodeSequence
        title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = code, scheme, meaning

    return change


def _title(root: Dataset) -> Dataset:
    title: Dataset = root.ConceptNameCodeSequence[0]
    return title


def _placed(keyword: str) -> Callable[[Dataset], None]:
    return lambda root: setattr(root, keyword, "1.2.3")


def _untitled(root: Dataset) -> None:
    root.ConceptNameCodeSequence = []


def _two_titles(root: Dataset) -> None:
    root.ConceptNameCodeSequence = [_title(root), _title(root)]


def _evidence(root: Dataset) -> Dataset:
    evidence: Dataset = root.CurrentRequestedProcedureEvidenceSequence[0]
    return evidence


def _nothing(root: Dataset) -> None:
    root.CurrentRequestedProcedureEvidenceSequence = []
    root.ContentSequence = []


def _bad_reference(root: Dataset) -> None:
    reference = _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    reference.ReferencedSOPInstanceUID = "1.2.0123"
    root.ContentSequence = []


def _bad_study_beside(root: Dataset) -> None:
    other = pydicom.Dataset()
    other.StudyInstanceUID = "1.2.03"
    other.ReferencedSeriesSequence = _evidence(root).ReferencedSeriesSequence
    root.CurrentRequestedProcedureEvidenceSequence.append(other)


def _series_alone(root: Dataset) -> None:
    other = pydicom.Dataset()
    other.SeriesInstanceUID = f"{SERIES}.7"
    _evidence(root).ReferencedSeriesSequence.append(other)


_REJECTION = selection("113001", "1.2.99.1", f"{SERIES}.1", f"{SERIES}.2")
_DOUBTFUL = {
    "another scheme": _titled("113001", "99ACME", "Of Interest"),
    "no scheme": _titled("113039", "", "Of Interest"),
    "another code": _titled("REJ", "99ACME", "Rejected for Quality Reasons"),
    "another language": _titled("REJ", "99ACME", "Image rejetée"),
    "a worklist entry": _titled("REJ", "99ACME", "Incorrect Modality Worklist Entry"),
    "a code of interest": _titled("113000", "DCM", "Rejected for Patient Safety Reasons"),
}


def _listed(answer: Any) -> str:
    pacs = with_selections("113000", "113001")
    pacs.answers[f"/studies/{STUDY}/series/1.2.99/instances/1.2.99.1"] = answer
    return outcome_of_pacs(pacs.client, STUDY)


@case(_LISTED, "unknown")
def _listed_unknown() -> Variants:
    for name, change in _DOUBTFUL.items():
        yield name, _listed(objects(changed(_REJECTION, change)))


@case(_LISTED, "missing")
def _listed_missing() -> Variants:
    yield "404", _listed(httpx.Response(404))
    yield "204", _listed(httpx.Response(204))
    yield "no part", _listed(objects())


@case(_LISTED, "repeated")
def _listed_repeated() -> Variants:
    yield "two notes", _listed(objects(_REJECTION, _REJECTION))


@case(_LISTED, "ambiguous")
def _listed_ambiguous() -> Variants:
    yield "another note", _listed(objects(selection("113001", "1.2.99.2", f"{SERIES}.1")))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        yield keyword, _listed(objects(changed(_REJECTION, _placed(keyword))))


@case(_LISTED, "ill-formed")
def _listed_ill_formed() -> Variants:
    yield "cut", _listed(objects(_REJECTION[:-40]))
    yield "no byte", _listed(objects(b""))
    yield "an image", _listed(objects(instance(1)))
    yield "bytes after its data set", _listed(objects(_REJECTION + b"\1" * 64))
    for change in (_untitled, _two_titles, _nothing):
        yield change.__name__, _listed(objects(changed(_REJECTION, change)))


@case(_LISTED, "partial")
def _listed_partial() -> Variants:
    for change in (_bad_reference, _bad_study_beside, _series_alone):
        yield change.__name__, _listed(objects(changed(_REJECTION, change)))


def _sent(*notes: bytes, study: str | None = None) -> str:
    """The last note's answer, and whether the objects 2 and 3 are rejected from then on."""
    world = World()
    try:
        for data in notes:
            stored = world.give(data, study)
    finally:
        world.close()
    rejected = rejected_in(world.records.get(SENT_ABOUT), world.archive)
    said = stored.failure or stored.notice
    assert said is not None
    assert rejected in (set(), _TWO)
    return f"{said:04X}{' in force' if rejected else ''}"


_TWO = {Uid(f"{SENT_ABOUT}.1.{number}") for number in (2, 3)}
_REJECTS_TWO = note([2, 3])


@case(_SENT, "unknown")
def _sent_unknown() -> Variants:
    for name, change in _DOUBTFUL.items():
        yield name, _sent(changed(_REJECTS_TWO, change))


@case(_SENT, "missing")
def _sent_missing() -> Variants:
    yield "no reference", _sent(changed(_REJECTS_TWO, _nothing))


@case(_SENT, "repeated")
def _sent_repeated() -> Variants:
    yield "other bytes", _sent(note([2]), note([3]))
    yield "three times", _sent(note([2]), note([3]), note([3]))


@case(_SENT, "ambiguous")
def _sent_ambiguous() -> Variants:
    yield "another study than the request's", _sent(_REJECTS_TWO, study="1.2.3")


@case(_SENT, "ill-formed")
def _sent_ill_formed() -> Variants:
    yield "no byte", _sent(b"")
    yield "cut", _sent(_REJECTS_TWO[:-40])
    yield "no title", _sent(changed(_REJECTS_TWO, _untitled))
    yield "two titles", _sent(changed(_REJECTS_TWO, _two_titles))
    yield "its only reference", _sent(changed(note([3]), _bad_reference))


@case(_SENT, "partial")
def _sent_partial() -> Variants:
    def bad_object(root: Dataset) -> None:
        references = _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence
        references[-1].ReferencedSOPInstanceUID = "1.2.0123"
        root.ContentSequence = []

    def bad_object_of_content(root: Dataset) -> None:
        root.ContentSequence[-1].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = ""

    yield "an object", _sent(changed(note([2, 3, 1]), bad_object))
    yield "an object of the content", _sent(changed(_REJECTS_TWO, bad_object_of_content))
    yield "a study", _sent(changed(_REJECTS_TWO, _bad_study_beside))
    yield "a series", _sent(changed(_REJECTS_TWO, _series_alone))
