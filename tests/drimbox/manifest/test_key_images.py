from __future__ import annotations

import copy
import itertools
from io import BytesIO

import pydicom
import pytest

from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.key_images import (
    MANIFEST_TITLES,
    REJECTION_TITLES,
    read_note,
    read_rejection,
    rejected_by,
)
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.oid import Uid
from tests.drimbox.manifest.samples import FACTS


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
    found = read_note(note())
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
    assert len(read_note(out.getvalue()).references) == 7


def test_refuses_a_note_without_title() -> None:
    with pytest.raises(ManifestUnreadable, match="title"):
        read_note(note(ConceptNameCodeSequence=pydicom.Sequence()))


def test_refuses_an_ill_formed_uid() -> None:
    data = note()
    assert b"2.25.78\0" in data
    with pytest.raises(ManifestUnreadable, match="UID"):
        read_note(data.replace(b"2.25.78\0", b"../../a\0"))


def test_titles_are_of_the_standard_list_and_disjoint() -> None:
    assert not MANIFEST_TITLES & REJECTION_TITLES
    assert "113000" not in MANIFEST_TITLES | REJECTION_TITLES


def titled(code: str, scheme: str = "DCM") -> bytes:
    """The note under another title."""
    root = pydicom.dcmread(BytesIO(note()))
    title = root.ConceptNameCodeSequence[0]
    title.CodeValue, title.CodingSchemeDesignator = code, scheme
    out = BytesIO()
    root.save_as(out)
    return out.getvalue()


@pytest.mark.parametrize("code", sorted(REJECTION_TITLES))
def test_a_rejection_names_its_objects_by_study(code: str) -> None:
    found = read_rejection(titled(code))
    assert found is not None
    assert (found.sop_instance_uid, found.study_instance_uid) == ("2.25.77", "1.2.250.9.1.77")
    ((study, rejected),) = found.rejected.items()
    assert study == "1.2.250.9.1.77"
    assert rejected == frozenset(read_note(note()).references)


@pytest.mark.parametrize(
    ("code", "scheme"), [("113000", "DCM"), ("113030", "DCM"), ("113001", "99X"), ("", "DCM")]
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


@pytest.mark.parametrize("others", [False, True])
def test_an_ill_formed_uid_makes_it_unreadable(others: bool) -> None:
    first, study, rest = titled("113001").partition(b"1.2.250.9.1.77")
    wrong = b"1..2.50.9.1.77"
    assert len(wrong) == len(study)
    spoiled = first + study + rest.replace(study, wrong) if others else first + wrong + rest
    with pytest.raises(ManifestUnreadable):
        read_rejection(spoiled)


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
