"""The PDF within an object: where it stands, and its digest."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images import display_pdf
from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.images.display_content import NotUnderstood
from functions.drimbox.images.display_pdf import encapsulated_pdf
from functions.drimbox.images.part10 import facts_of
from tests.drimbox.images.display_scenes import PDF, document
from tests.drimbox.images.samples import part10


def read(root: Dataset) -> tuple[dict[str, Any], bytes]:
    data = part10(root)
    start = facts_of(data).dataset_offset
    return encapsulated_pdf(data_set_json(data, start, named=True), data, start), data


def test_a_pdf_is_named_by_its_range_and_its_digest() -> None:
    found, data = read(document())
    offset, size = found["range"]
    assert data[offset : offset + size] == PDF
    assert found["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (found["kind"], found["title"]) == ("pdf", "Dosimétrie")


def test_the_byte_that_makes_its_length_even_is_not_of_it() -> None:
    odd = {"EncapsulatedDocument": PDF + b"x\0", "EncapsulatedDocumentLength": 15}
    found, data = read(document(**odd))
    offset, size = found["range"]
    assert data[offset : offset + size] == PDF + b"x"
    # A length that cannot be is none.
    assert read(document(EncapsulatedDocumentLength=3))[0]["range"][1] == len(PDF)


@pytest.mark.parametrize(
    "changes",
    [
        {"MIMETypeOfEncapsulatedDocument": "text/html"},
        {"EncapsulatedDocument": b"<html>.."},
        {"EncapsulatedDocument": None},
        {"EncapsulatedDocument": None, "DocumentTitle": None},
    ],
)
def test_anything_else_is_no_pdf(changes: dict[str, Any]) -> None:
    gone = [name for name, value in changes.items() if value is None]
    root = document(**{name: value for name, value in changes.items() if value is not None})
    for name in gone:
        delattr(root, name)
    with pytest.raises(NotUnderstood) as refused:
        read(root)
    assert refused.value.code == "document"


def test_nothing_behind_the_other_elements_is_no_pdf() -> None:
    root = document()
    del root.EncapsulatedDocument
    del root.MIMETypeOfEncapsulatedDocument
    data = part10(root)
    start = facts_of(data).dataset_offset
    told = {"00420012": {"vr": "LO", "Value": ["application/pdf"]}}
    with pytest.raises(NotUnderstood):
        encapsulated_pdf(told, data, start)


def test_a_pdf_may_be_too_long_or_have_no_title(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = read(document(DocumentTitle=""))
    assert found["title"] == ""
    monkeypatch.setattr(display_pdf, "MAX_BYTES", 5)
    with pytest.raises(NotUnderstood) as refused:
        read(document())
    assert refused.value.code == "size"
