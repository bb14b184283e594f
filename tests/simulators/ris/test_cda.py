"""The documents: their content, and the schema as an independent judge."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from simulators.ris.cases import CASES
from simulators.ris.cda import cda
from simulators.ris.pdf import pdf

SCHEMA = Path(__file__).parents[4] / "shared/data/schemas/cda/CDA_extended.xsd"
NS = {"v3": "urn:hl7-org:v3", "ps": "urn:dicom-org:ps3-20"}


def _read(name: str) -> etree._Element:
    return etree.fromstring(cda(CASES[name]))


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("the CDA schema is not here")
    return etree.XMLSchema(etree.parse(SCHEMA))


@pytest.mark.parametrize("name", CASES)
def test_document_is_valid(schema: etree.XMLSchema, name: str) -> None:
    assert schema.validate(_read(name)), schema.error_log


def test_schema_rejects_a_spoiled_document(schema: etree.XMLSchema) -> None:
    document = _read("C")
    document.append(document[0])  # realmCode after component

    assert not schema.validate(document)


def test_names_follow_their_qualifiers() -> None:
    def names(name: str) -> list[tuple[str | None, str | None]]:
        found = _read(name).find(".//v3:patient/v3:name", NS)
        assert found is not None
        return [(part.get("qualifier"), part.text) for part in found]

    birth: list[tuple[str | None, str | None]] = [
        ("BR", "PAT-TROIS"),
        ("BR", "DOMINIQUE"),
        (None, "DOMINIQUE"),
    ]
    assert names("NAMES_NONE") == birth
    assert names("NAMES_FAMILY") == [*birth, ("CL", "PAT-TROIS")]
    assert names("NAMES_GIVEN") == [*birth, ("CL", "DOMINIQUE")]
    assert names("NAMES_BOTH") == [*birth, ("CL", "PAT-TROIS"), ("CL", "DOMINIQUE")]


def test_one_report_may_hold_several_exams() -> None:
    def studies(name: str) -> list[list[str | None]]:
        events = _read(name).iterfind("v3:documentationOf/v3:serviceEvent", NS)
        return [[i.get("root") for i in event.iterfind("v3:id", NS)] for event in events]

    def accessions(name: str) -> list[str | None]:
        found = _read(name).iterfind("v3:inFulfillmentOf/v3:order/ps:accessionNumber", NS)
        return [number.get("extension") for number in found]

    arc = "1.2.250.1.213.4.5.2.1"
    assert studies("F") == [[f"{arc}.106", f"{arc}.107"]]
    assert accessions("F") == ["ACN106", "ACN107"]
    assert studies("THREE_EXAMS") == [[f"{arc}.134"], [f"{arc}.135"], [f"{arc}.136"], []]
    assert accessions("THREE_EXAMS") == ["ACN134", "ACN135", "ACN136"]


def test_a_replacement_names_its_parent() -> None:
    parent = _read("G1_MAJ").find(
        "v3:relatedDocument[@typeCode='RPLC']/v3:parentDocument/v3:id", NS
    )

    assert parent is not None
    assert parent.get("root") == CASES["G1"].cda_id
    assert _read("G1").find("v3:relatedDocument", NS) is None


def test_confidentiality_is_the_case_s() -> None:
    document = etree.fromstring(cda(replace(CASES["C"], confidentiality="V")))
    code = document.find("v3:confidentialityCode", NS)

    assert code is not None
    assert code.get("code") == "V"


def test_double_encoding_reads_as_other_characters() -> None:
    title = _read("DOUBLE_UTF8").findtext("v3:title", namespaces=NS)
    plain = _read("C").findtext("v3:title", namespaces=NS)

    assert title is not None
    assert plain is not None
    assert title != plain
    assert title.encode("cp1252").decode("utf-8") == plain


def test_the_body_is_the_pdf() -> None:
    text = _read("C").findtext("v3:component/v3:nonXMLBody/v3:text", namespaces=NS)

    assert text is not None
    document = base64.b64decode(text, validate=True)
    assert document.startswith(b"%PDF-1.4\n")
    assert document.endswith(b"%%EOF\n")


def test_pdf_cross_references_point_at_objects() -> None:
    document = pdf((r"a (b) \ é",), 5_000)
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    table = document[start:].split(b"trailer")[0].splitlines()

    assert table[0] == b"xref"
    assert len(table) == 9
    for number, line in enumerate(table[3:], start=1):
        assert document[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert rb"(a \(b\) \\ " + "é".encode("cp1252") in document
    assert abs(len(document) - 5_000) < 100
