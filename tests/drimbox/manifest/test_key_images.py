from __future__ import annotations

import copy
import itertools
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import pydicom
import pytest

from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.key_images import (
    MANIFEST_TITLES,
    Kind,
    read_rejection,
    read_selection,
    rejected_by,
)
from functions.drimbox.manifest.read import REJECTION_TITLES, ManifestUnreadable
from functions.drimbox.oid import Uid
from tests.drimbox.manifest.samples import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable


def note(**changes: object) -> bytes:
    """A key object selection over the sample study, made from its manifest."""
    root = pydicom.dcmread(BytesIO(build(FACTS)))
    title = root.ConceptNameCodeSequence[0]
    title.CodeValue, title.CodeMeaning = "113000", "Of Interest"
    root.ContentSequence[-1].TextValue = "À revoir"
    for keyword, value in changes.items():
        setattr(root, keyword, value)
    out = BytesIO()
    root.save_as(out)
    return out.getvalue()


def test_reads_title_text_and_references() -> None:
    found = read_selection(note()).note
    assert (found.title_code, found.title_scheme, found.title_meaning) == (
        "113000",
        "DCM",
        "Of Interest",
    )
    assert found.text == "À revoir"
    assert found.series_instance_uid == "2.25.78"
    assert found.sop_instance_uid == "2.25.77"
    assert found.references[:2] == ("1.2.250.9.1.77.1.1", "1.2.250.9.1.77.1.2")
    assert len(found.references) == 7


def test_a_note_over_several_studies_is_read_whole() -> None:
    root = pydicom.dcmread(BytesIO(note()))
    root.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID = "1.2.3"
    out = BytesIO()
    root.save_as(out)
    assert len(read_selection(out.getvalue()).note.references) == 7


@pytest.mark.parametrize("titles", [0, 2])
def test_refuses_a_note_without_one_title(titles: int) -> None:
    (title,) = pydicom.dcmread(BytesIO(note())).ConceptNameCodeSequence
    several = note(ConceptNameCodeSequence=pydicom.Sequence([title] * titles))
    for reader in (read_selection, read_rejection):
        with pytest.raises(ManifestUnreadable, match="title"):
            reader(several)


@pytest.mark.parametrize(
    ("code", "scheme", "meaning"),
    [
        ("113001", "99X", "Of Interest"),
        ("113039", "", "Of Interest"),
        ("113001", "dcm", "Of Interest"),
        ("R-1", "99X", "Rejected for Quality Reasons"),
        ("113000", "DCM", "REJECTED"),
        ("R-2", "99X", "Rejeté pour raison de qualité"),
        ("R-3", "99X", "Incorrect Modality Worklist Entry"),
        ("R-4", "99X", "Data Retention Policy Expired"),
        ("", "DCM", "Of Interest"),
    ],
)
def test_a_title_that_may_be_a_rejection_is_not_guessed(
    code: str, scheme: str, meaning: str
) -> None:
    with pytest.raises(ManifestUnreadable, match="title"):
        read_selection(titled(code, scheme, meaning))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("113000", Kind.KEY_IMAGES),
        ("113010", Kind.KEY_IMAGES),
        ("X-77", Kind.KEY_IMAGES),
        ("113030", Kind.MANIFEST),
        ("113037", Kind.REJECTION),
    ],
)
def test_the_title_tells_the_kind(code: str, kind: Kind) -> None:
    found = read_selection(titled(code))
    assert found.kind is kind
    assert found.place == ("1.2.250.9.1.77", "2.25.78", "2.25.77")
    named = frozenset(found.note.references)
    assert found.rejected == (named if kind is Kind.REJECTION else frozenset())


def test_refuses_an_ill_formed_uid() -> None:
    data = note()
    assert b"2.25.78\0" in data
    with pytest.raises(ManifestUnreadable, match="UID"):
        read_selection(data.replace(b"2.25.78\0", b"../../a\0"))


def test_titles_are_of_the_standard_list_and_disjoint() -> None:
    assert not MANIFEST_TITLES & REJECTION_TITLES
    assert "113000" not in MANIFEST_TITLES | REJECTION_TITLES


def titled(code: str, scheme: str = "DCM", meaning: str = "Of Interest") -> bytes:
    """The note under another title."""

    def change(root: pydicom.Dataset) -> None:
        title = root.ConceptNameCodeSequence[0]
        title.CodeValue, title.CodingSchemeDesignator, title.CodeMeaning = code, scheme, meaning

    return changed(note(), change)


def changed(data: bytes, change: Callable[[pydicom.Dataset], object]) -> bytes:
    """The object after ``change``, which may make UIDs ill-formed."""
    root = pydicom.dcmread(BytesIO(data))
    out = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(root)
        root.save_as(out)
    return out.getvalue()


@pytest.mark.parametrize("code", sorted(REJECTION_TITLES))
def test_a_rejection_names_its_objects_by_study(code: str) -> None:
    found = read_rejection(titled(code))
    assert found is not None
    assert (found.sop_instance_uid, found.study_instance_uid) == ("2.25.77", "1.2.250.9.1.77")
    ((study, rejected),) = found.rejected.items()
    assert study == "1.2.250.9.1.77"
    assert rejected == frozenset(read_selection(note()).note.references)


@pytest.mark.parametrize(
    ("code", "scheme"), [("113000", "DCM"), ("113030", "DCM"), ("113001", "99X")]
)
def test_another_title_is_no_rejection(code: str, scheme: str) -> None:
    assert read_rejection(titled(code, scheme)) is None


def test_a_rejection_of_several_studies_names_each() -> None:
    root = pydicom.dcmread(BytesIO(titled("113039")))
    other = copy.deepcopy(root.CurrentRequestedProcedureEvidenceSequence[0])
    other.StudyInstanceUID = "1.2.3"
    root.CurrentRequestedProcedureEvidenceSequence.append(other)
    out = BytesIO()
    root.save_as(out)
    found = read_rejection(out.getvalue())
    assert found is not None
    assert set(found.rejected) == {"1.2.250.9.1.77", "1.2.3"}


def _evidence(root: pydicom.Dataset) -> pydicom.Dataset:
    evidence: pydicom.Dataset = root.CurrentRequestedProcedureEvidenceSequence[0]
    return evidence


def _bad_object(root: pydicom.Dataset) -> None:
    reference = _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    reference.ReferencedSOPInstanceUID = "1.2.0123"
    del root.ContentSequence


def _bad_object_of_content(root: pydicom.Dataset) -> None:
    root.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.0123"


def _no_objects_of_a_series(root: pydicom.Dataset) -> None:
    del _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence
    del root.ContentSequence


def _no_series_of_a_study(root: pydicom.Dataset) -> None:
    other = pydicom.Dataset()
    other.StudyInstanceUID = "1.2.3"
    root.CurrentRequestedProcedureEvidenceSequence.append(other)


def _bad_study(root: pydicom.Dataset) -> None:
    other = copy.deepcopy(_evidence(root))
    other.StudyInstanceUID = "1.2.03"
    reference = other.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    reference.ReferencedSOPInstanceUID = "1.2.77"
    root.CurrentRequestedProcedureEvidenceSequence.append(other)


@pytest.mark.parametrize(
    ("change", "objects"),
    [
        (_bad_object, 6),
        (_bad_object_of_content, 7),
        (_no_objects_of_a_series, 4),
        (_no_series_of_a_study, 7),
        (_bad_study, 8),
    ],
)
def test_the_references_that_can_be_read_are_given_and_the_others_counted(
    change: Callable[[pydicom.Dataset], None], objects: int
) -> None:
    data = changed(titled("113001"), change)
    found = read_rejection(data)
    assert found is not None
    assert found.unread == 1
    assert {study: len(those) for study, those in found.rejected.items()} == {
        "1.2.250.9.1.77": objects
    }
    with pytest.raises(ManifestUnreadable):
        read_selection(data)


def test_references_of_the_content_alone_count_too() -> None:
    def change(root: pydicom.Dataset) -> None:
        _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence.pop()

    data = changed(titled("113001"), change)
    found = read_rejection(data)
    assert found is not None
    assert (found.unread, len(found.rejected["1.2.250.9.1.77"])) == (0, 7)  # type: ignore[index]
    assert len(read_selection(data).rejected) == 7


def test_a_reference_without_its_class_is_a_reference() -> None:
    def change(root: pydicom.Dataset) -> None:
        for one in _evidence(root).ReferencedSeriesSequence[0].ReferencedSOPSequence:
            del one.ReferencedSOPClassUID

    found = read_rejection(changed(titled("113001"), change))
    assert found is not None
    assert len(found.rejected["1.2.250.9.1.77"]) == 7  # type: ignore[index]


@pytest.mark.parametrize("zeros", [2, 8, 64])
def test_zeros_after_a_note_are_no_part_of_it(zeros: int) -> None:
    padded = titled("113001") + bytes(zeros)
    assert read_rejection(padded) == read_rejection(titled("113001"))
    assert read_selection(padded) == read_selection(titled("113001"))


def test_a_rejection_of_nothing_is_for_a_human() -> None:
    def change(root: pydicom.Dataset) -> None:
        del root.CurrentRequestedProcedureEvidenceSequence, root.ContentSequence

    data = changed(titled("113001"), change)
    assert read_rejection(data).rejected == {}  # type: ignore[union-attr]
    with pytest.raises(ManifestUnreadable, match="reference"):
        read_selection(data)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
def test_a_note_without_a_place_is_unreadable(keyword: str) -> None:
    data = changed(titled("113001"), lambda root: setattr(root, keyword, "1..2"))
    for reader in (read_selection, read_rejection):
        with pytest.raises(ManifestUnreadable):
            reader(data)


A, B, N1, N2, N3 = (Uid(f"1.2.{n}") for n in range(1, 6))


@pytest.mark.parametrize(
    ("notes", "rejected"),
    [
        ({}, set()),
        ({N1: [A]}, {A}),
        ({N1: [A], N2: [B]}, {A, B}),
        ({N1: [A, B], N2: [N1]}, {N1}),
        ({N1: [A], N2: [N1, B]}, {N1, B}),
        ({N1: [A], N2: [N1], N3: [N2]}, {A, N2}),
        ({N1: [A, N2], N2: [B, N1]}, {A, B, N1, N2}),
        ({N1: [A, N1]}, {A, N1}),
        ({N1: [A], N2: [N1], N3: [A]}, {N1, A}),
    ],
)
def test_a_note_that_is_rejected_is_void(notes: dict[Uid, list[Uid]], rejected: set[Uid]) -> None:
    for order in itertools.permutations(notes):
        assert rejected_by({note: notes[note] for note in order}) == rejected
