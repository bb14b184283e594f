"""Stored queries say exactly what is asked, and pass the schema."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import queries, xds
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import judges, samples

PATIENT = "'279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH'"
APPROVED = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"


def asked(data: bytes) -> tuple[str, list[tuple[str, str]]]:
    root = parse(data)
    option = root.find(f"{{{xds.QUERY}}}ResponseOption")
    assert option is not None
    assert dict(option.items()) == {"returnComposedObjects": "true", "returnType": "LeafClass"}
    query = root.find(f"{{{xds.RIM}}}AdhocQuery")
    assert query is not None
    values = [(str(s.get("name")), str(s.findtext(f".//{{{xds.RIM}}}Value"))) for s in query]
    return str(query.get("id")), values


def test_find_documents_asks_for_active_manifests() -> None:
    assert asked(queries.find_documents(DocumentQuery(samples.INS))) == (
        "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
        [
            ("$XDSDocumentEntryPatientId", PATIENT),
            ("$XDSDocumentEntryStatus", APPROVED),
            ("$XDSDocumentEntryTypeCode", "('IMG-KOS^^1.2.250.1.213.1.1.4.12')"),
        ],
    )


def test_find_documents_asks_for_both_kinds_and_every_state() -> None:
    query = DocumentQuery(samples.INS, kinds=tuple(Kind), states=tuple(State))
    assert asked(queries.find_documents(query))[1] == [
        ("$XDSDocumentEntryPatientId", PATIENT),
        (
            "$XDSDocumentEntryStatus",
            f"{APPROVED[:-1]},'{xds.ARCHIVED}','{xds.DEPRECATED}')",
        ),
        (
            "$XDSDocumentEntryTypeCode",
            f"('IMG-KOS^^1.2.250.1.213.1.1.4.12','18748-4^^{xds.LOINC}','85895-1^^{xds.LOINC}')",
        ),
    ]


def test_find_documents_narrows_by_modality_and_region_and_days() -> None:
    query = DocumentQuery(
        samples.INS,
        modality="MR",
        region="774007",
        service_from=date(2026, 1, 2),
        service_to=date(2026, 1, 3),
        created_from=date(2026, 1, 4),
        created_to=date(2026, 1, 5),
    )
    assert asked(queries.find_documents(query))[1][3:] == [
        (
            "$XDSDocumentEntryEventCodeList",
            "('MR^^1.2.840.10008.2.16.4','MR^^1.2.250.1.213.1.1.5.618')",
        ),
        (
            "$XDSDocumentEntryEventCodeList",
            "('774007^^2.16.840.1.113883.6.96','774007^^1.2.250.1.213.1.1.5.695')",
        ),
        ("$XDSDocumentEntryServiceStartTimeFrom", "20260102000000"),
        ("$XDSDocumentEntryServiceStartTimeTo", "20260104000000"),
        ("$XDSDocumentEntryCreationTimeFrom", "20260104000000"),
        ("$XDSDocumentEntryCreationTimeTo", "20260106000000"),
    ]


def test_extreme_days_are_written_whole() -> None:
    query = DocumentQuery(samples.INS, service_from=date.min, service_to=date.max)
    assert asked(queries.find_documents(query))[1][3:] == [
        ("$XDSDocumentEntryServiceStartTimeFrom", "00010101000000")
    ]


def test_find_by_reference_id() -> None:
    assert asked(queries.find_by_reference_id(samples.INS, "A'B^^^&1.2&ISO^k")) == (
        "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
        [
            ("$XDSDocumentEntryPatientId", PATIENT),
            ("$XDSDocumentEntryReferenceIdList", "('A''B^^^&1.2&ISO^k')"),
            ("$XDSDocumentEntryStatus", APPROVED),
        ],
    )


def test_get_documents_asks_whatever_the_status() -> None:
    assert asked(queries.get_documents("2.25.1")) == (
        "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
        [("$XDSDocumentEntryUniqueId", "('2.25.1')")],
    )


@given(code=st.text("'()^&, MR", min_size=1, max_size=12))
def test_no_code_can_leave_its_quotes(code: str) -> None:
    value = asked(queries.find_documents(DocumentQuery(samples.INS, modality=code)))[1][3][1]
    bare = value.replace("''", "")
    assert bare.count("'") == 4
    assert bare.startswith("('")
    assert bare.endswith("')")


@judges.needs_schemas
@pytest.mark.parametrize(
    "data",
    [
        queries.get_documents("2.25.1"),
        queries.find_by_reference_id(samples.INS, "A^^^&1.2&ISO^k"),
        queries.find_documents(DocumentQuery(samples.INS, "MR", "1", date(2026, 1, 1))),
    ],
)
def test_it_passes_the_schema_which_refuses_a_spoiled_one(data: bytes) -> None:
    schema = judges.xsd("xds/query.xsd")
    root = parse(data)
    schema.assertValid(root)
    root.append(root[0])
    assert not schema.validate(root)
