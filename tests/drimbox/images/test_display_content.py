"""Structured reports as plain texts: read whole, or refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.images import display_content
from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.images.display_content import NotUnderstood, structured_report
from functions.drimbox.images.part10 import facts_of
from tests.drimbox.images.display_scenes import item
from tests.drimbox.images.display_scenes import named as coded
from tests.drimbox.images.samples import dataset, part10


def report(*content: Dataset, **changes: Any) -> Dataset:
    facts: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33",
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": coded("Compte rendu de mesures"),
        "ContentDate": "20260102",
        "CompletionFlag": "PARTIAL",
        "VerificationFlag": "UNVERIFIED",
        "ContentSequence": list(content),
        "PixelData": None,
    }
    return dataset(**facts | changes)


def content(kind: str, name: str = "Nom", **more: Any) -> Dataset:
    return item(
        RelationshipType="CONTAINS", ValueType=kind, ConceptNameCodeSequence=coded(name), **more
    )


def read(root: Dataset) -> dict[str, Any]:
    data = part10(root)
    return structured_report(data_set_json(data, facts_of(data).dataset_offset, named=True))


def told(*items: Dataset) -> Any:
    return read(report(*items))["items"]


def why(root: Dataset) -> str:
    with pytest.raises(NotUnderstood) as refused:
        read(root)
    return refused.value.code


def test_a_report_has_its_title_its_flags_and_its_tree() -> None:
    group = content("CONTAINER", "Groupe", ContentSequence=[content("TEXT", TextValue="É\r\nb\a")])
    found = read(report(group))
    assert (found["kind"], found["title"], found["date"]) == (
        "report",
        "Compte rendu de mesures",
        "20260102",
    )
    assert found["flags"] == {"completion": "PARTIAL", "verification": "UNVERIFIED"}
    inner = [{"kind": "text", "name": "Nom", "value": "É\nb"}]
    assert found["items"] == [{"kind": "container", "name": "Groupe", "items": inner}]


def amount(value: str = "12.5", unit: tuple[str, str] = ("mm", "UCUM")) -> list[Dataset]:
    code, scheme = unit
    return [
        item(NumericValue=value, MeasurementUnitsCodeSequence=coded("millimètre", code, scheme))
    ]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (content("NUM", MeasuredValueSequence=amount()), {"value": 12.5, "unit": "mm"}),
        (content("NUM", MeasuredValueSequence=amount(unit=("1", "UCUM"))), {"value": 12.5}),
        (
            content(
                "NUM",
                MeasuredValueSequence=amount(unit=("x", "99T")),
                NumericValueQualifierCodeSequence=coded("estimée"),
            ),
            {"value": 12.5, "unit": "millimètre", "qualifier": "estimée"},
        ),
        (
            content("NUM", NumericValueQualifierCodeSequence=coded("hors mesure")),
            {"value": "hors mesure", "absent": True},
        ),
        (content("CODE", ConceptCodeSequence=coded("Poumon")), {"value": "Poumon"}),
        (content("CODE", ConceptCodeSequence=coded("", "C-1")), {"value": "C-1"}),
        (content("DATE", Date="20260102"), {"value": "20260102"}),
        (content("TIME", Time="0930"), {"value": "0930"}),
        (content("DATETIME", DateTime="202601020930"), {"value": "202601020930"}),
        (content("PNAME", PersonName="ESSAI^Camille"), {"value": "ESSAI Camille"}),
        (content("UIDREF", UID="1.2.3"), {"value": "1.2.3"}),
        (content("IMAGE"), {}),
        (content("SCOORD"), {}),
    ],
)
def test_each_kind_has_its_value(given: Dataset, value: dict[str, Any]) -> None:
    [found] = told(given)
    assert found == {"kind": given.ValueType.lower(), "name": "Nom", **value}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("n°2\u00a012\u202fmm", "n°2 12 mm"),
        ("un\fdeux\vtrois\u2028quatre\x85cinq", "un\ndeux\ntrois\nquatre\ncinq"),
        ("a\u200bb\tc", "ab\tc"),
    ],
)
def test_spaces_and_ends_of_lines_part_words_whatever_their_kind(given: str, value: str) -> None:
    root = report(content("TEXT", TextValue=given), SpecificCharacterSet="ISO_IR 192")
    assert read(root)["items"][0]["value"] == value


def test_a_reference_to_another_item_is_one() -> None:
    pointer = item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 2])
    assert told(pointer) == [{"kind": "reference"}]


def test_the_longer_forms_of_a_code_are_read() -> None:
    code = item(LongCodeValue="L" * 20, CodingSchemeDesignator="99T", CodeMeaning="")
    [found] = told(content("CODE", ConceptCodeSequence=[code]))
    assert found["value"] == "L" * 20


@pytest.mark.parametrize(
    "given",
    [
        content("TABLE"),
        item(RelationshipType="CONTAINS"),
        content("TEXT"),
        content("TEXT", TextValue="\a"),
        content("NUM", MeasuredValueSequence=[item()]),
        content("NUM", MeasuredValueSequence=amount(unit=("", "UCUM"))),
        content("CODE"),
        content("PNAME"),
    ],
)
def test_an_item_that_is_not_understood_refuses_all(given: Dataset) -> None:
    assert why(report(content("TEXT", TextValue="a"), given)) == "content"


@pytest.mark.parametrize(
    "tag", ["0040A730", "0040A043", "0040A300"], ids=["content", "name", "measure"]
)
def test_a_sequence_that_nobody_read_is_not_overlooked(tag: str) -> None:
    inner: dict[str, Any] = {"0040A040": {"vr": "CS", "Value": ["NUM"]}, tag: {"vr": "UN"}}
    root: dict[str, dict[str, Any]] = {
        "0040A040": {"vr": "CS", "Value": ["CONTAINER"]},
        "0040A730": {"vr": "SQ", "Value": [inner]},
    }
    with pytest.raises(NotUnderstood):
        structured_report(root)


def test_a_report_has_a_container_and_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why(report(ValueType="TEXT")) == "content"
    monkeypatch.setattr(display_content, "MAX_ITEMS", 2)
    assert len(told(*[content("IMAGE")] * 2)) == 2
    assert why(report(*[content("IMAGE")] * 3)) == "size"
    monkeypatch.setattr(display_content, "MAX_VALUE", 3)
    assert why(report(content("TEXT", TextValue="abcd"))) == "size"
