from __future__ import annotations

from io import BytesIO

import pydicom
import pytest

from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.key_images import MANIFEST_TITLES, REJECTION_TITLES, read_note
from functions.drimbox.manifest.read import ManifestUnreadable
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
