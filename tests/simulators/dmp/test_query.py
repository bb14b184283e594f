"""ITI-18: the findings of each stored query, and its refusals."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simulators.dmp.queries import QueryRefused, instant, read_parameters
from simulators.dmp.schemas import Schemas
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import (
    ACCESSION,
    APPROVED,
    FIND_BY_REFERENCE,
    GET,
    INS_OID,
    MANIFEST_UID,
    PATIENT,
    RIM,
    SCHEMAS,
    SIGNATURE_UID,
    Publication,
    Query,
    Site,
    Vihf,
)

E_ = "$XDSDocumentEntry"
MR, REGION = "MR^^1.2.840.10008.2.16.4", "774007^^2.16.840.1.113883.6.96"
OTHER_PATIENT = f"180035121518989^^^&{INS_OID}&ISO^NH"


@pytest.fixture
def full(bench: Bench) -> Bench:
    """A DMP with one publication: a manifest of 2026-11-24 12:00:00, and its signature."""
    assert bench.submit(Publication(bench.site)).success
    return bench


def unique_ids(entries: list[etree._Element]) -> list[str]:
    identifier = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
    return [
        found.get("value", "")
        for entry in entries
        for found in entry.iterfind(f"{{{RIM}}}ExternalIdentifier")
        if found.get("identificationScheme") == identifier
    ]


def slot(name: str, *values: str) -> tuple[str, tuple[str, ...]]:
    return f"{E_}{name}", values


BOTH = [MANIFEST_UID, SIGNATURE_UID]
KOS = [MANIFEST_UID]
TYPE = slot("TypeCode", "('IMG-KOS^^1.2.250.1.213.1.1.4.12')")
FOUND: dict[str, tuple[tuple[tuple[str, tuple[str, ...]], ...], list[str]]] = {
    "all": ((), BOTH),
    "type": ((TYPE,), KOS),
    "type of another scheme": ((slot("TypeCode", "('IMG-KOS^^1.2.3')"),), []),
    "class": ((slot("ClassCode", "('31^^1.2.250.1.213.1.1.4.1','11^^x')"),), KOS),
    "format": (
        (slot("FormatCode", "('1.2.840.10008.5.1.4.1.1.88.59^^1.2.840.10008.2.6.1')"),),
        KOS,
    ),
    "facility": ((slot("HealthcareFacilityTypeCode", "('SA01^^1.2.250.1.71.4.2.4')"),), BOTH),
    "setting": ((slot("PracticeSettingCode", "('X^^1.2.250.1.213.1.1.4.9')"),), []),
    "confidentiality": (
        (slot("ConfidentialityCode", "('MASQUE_PS^^1.2.250.1.213.1.1.4.13')"),),
        [SIGNATURE_UID],
    ),
    "modality": ((slot("EventCodeList", f"('{MR}')"),), KOS),
    "modality or region": (
        (slot("EventCodeList", f"('CT^^1.2.840.10008.2.16.4', '{REGION}')"),),
        KOS,
    ),
    "modality and region, two slots": (
        (slot("EventCodeList", f"('{MR}')"), slot("EventCodeList", f"('{REGION}')")),
        KOS,
    ),
    "modality and region, two values": (
        (slot("EventCodeList", f"('{MR}')", f"('{REGION}')"),),
        KOS,
    ),
    "modality and another": (
        (
            slot("EventCodeList", f"('{MR}')"),
            slot("EventCodeList", "('1^^2.16.840.1.113883.6.96')"),
        ),
        [],
    ),
    "author": ((slot("AuthorPerson", "('899700000001^RADIO%')"),), BOTH),
    "author, one character": ((slot("AuthorPerson", "('899700_00001^RADIO^%')"),), BOTH),
    "another author": ((slot("AuthorPerson", "('RADIO%')"),), []),
    "stable": ((slot("Type", "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1')"),), BOTH),
    "on demand": ((slot("Type", "('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')"),), []),
    "created from then on": ((slot("CreationTimeFrom", "20261124120000"),), BOTH),
    "created after": ((slot("CreationTimeFrom", "'20261124120001'"),), []),
    "created before then": ((slot("CreationTimeTo", "20261124120000"),), []),
    "created before": ((slot("CreationTimeTo", "20261124120001"),), BOTH),
    "created in the year": (
        (slot("CreationTimeFrom", "2026"), slot("CreationTimeTo", "2027")),
        BOTH,
    ),
    # 08:00 at +0100 is 07:00 UTC.
    "started from": ((slot("ServiceStartTimeFrom", "20261123070000"),), BOTH),
    "started later": ((slot("ServiceStartTimeFrom", "20261123070001"),), []),
    "started before": ((slot("ServiceStartTimeTo", "'20261123080001+0100'"),), BOTH),
    "stopped": ((slot("ServiceStopTimeFrom", "2000"),), []),
    "parameter that the query has not": ((("$Colour", ("'blue'",)),), BOTH),
    "reference, which this query ignores": ((slot("ReferenceIdList", "('x')"),), BOTH),
}


@pytest.mark.parametrize("case", FOUND)
def test_find_documents(full: Bench, case: str) -> None:
    more, expected = FOUND[case]

    reply = full.query(Query.find(full.site, *more))

    assert reply.success
    assert unique_ids(reply.entries) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("('urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')", []),
        ("('urn:asip:ci-sis:2010:StatusType:Archived')", []),
        (
            f"{APPROVED[:-1]}, 'urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')",
            BOTH,
        ),
    ],
)
def test_find_documents_by_status(full: Bench, status: str, expected: list[str]) -> None:
    query = Query(full.site, ((f"{E_}PatientId", (f"'{PATIENT}'",)), (f"{E_}Status", (status,))))

    assert unique_ids(full.query(query).entries) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (f"('{ACCESSION}')", BOTH),
        (f"('{ACCESSION}', 'x')", BOTH),
        (f"('{ACCESSION.replace('ACN0101', 'ACN0102')}')", []),
    ],
)
def test_find_documents_by_reference_id(full: Bench, reference: str, expected: list[str]) -> None:
    query = Query.find(full.site, slot("ReferenceIdList", reference), query_id=FIND_BY_REFERENCE)

    assert unique_ids(full.query(query).entries) == expected


def get(site: Site, name: str, *values: str, **changes: Any) -> Query:
    return Query(site, (slot(name, *values),), query_id=GET, **changes)


def test_get_documents(full: Bench) -> None:
    entry_uuid = full.held[1]["entry_uuid"]

    by_id = full.query(get(full.site, "UniqueId", f"('{MANIFEST_UID}')"))
    by_uuid = full.query(get(full.site, "EntryUUID", f"('{entry_uuid}')"))
    both = full.query(
        get(full.site, "UniqueId", f"('{MANIFEST_UID}', '{MANIFEST_UID}')", f"('{SIGNATURE_UID}')")
    )
    none = full.query(get(full.site, "UniqueId", "('1.2.3')"))
    no_uuid = full.query(get(full.site, "EntryUUID", "('urn:uuid:1')"))

    assert unique_ids(by_id.entries) == [MANIFEST_UID]
    assert unique_ids(by_uuid.entries) == [SIGNATURE_UID]
    assert unique_ids(both.entries) == BOTH
    assert none.success
    assert no_uuid.success
    assert none.entries == no_uuid.entries == []


def test_object_refs_are_entry_uuids(full: Bench) -> None:
    query = get(
        full.site, "UniqueId", f"('{MANIFEST_UID}')", return_type="ObjectRef", composed="false"
    )

    reply = full.query(query)

    assert reply.references == [full.held[0]["entry_uuid"]]
    assert reply.entries == []


def test_every_entry_of_a_duplicate_is_found(full: Bench) -> None:
    full.submit(Publication(full.site, set_uid="2.25.4", signature_uid="2.25.5"))

    reply = full.query(get(full.site, "UniqueId", f"('{MANIFEST_UID}')", return_type="ObjectRef"))

    assert len(set(reply.references)) == 2


def test_an_entry_is_given_as_the_registry_keeps_it(full: Bench) -> None:
    entry = full.query(Query.find(full.site, TYPE)).entries[0]
    held = full.held[0]

    assert entry.get("id") == entry.get("lid") == held["entry_uuid"]
    assert entry.get("status") == "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
    owners = {
        part.get("classifiedObject") or part.get("registryObject")
        for local in ("Classification", "ExternalIdentifier")
        for part in entry.iterfind(f"{{{RIM}}}{local}")
    }
    assert owners == {held["entry_uuid"]}
    slots = {
        s.get("name"): [v.text for v in s.iter(f"{{{RIM}}}Value")]
        for s in entry.iterfind(f"{{{RIM}}}Slot")
    }
    assert slots["hash"] == [held["sha1"]]
    assert slots["repositoryUniqueId"] == ["1.2.250.1.213.4.1.1.1"]
    assert entry.find(f"{{{RIM}}}VersionInfo") is not None


def test_a_version_given_by_the_sender_is_the_registrys_to_set(bench: Bench) -> None:
    def version(root: etree._Element) -> None:
        title = root.find(f"*[@id='Manifest']/{{{RIM}}}Name")
        assert title is not None
        title.addnext(etree.Element(f"{{{RIM}}}VersionInfo", versionName="7"))

    assert bench.submit(Publication(bench.site, spoil_objects=version)).success
    entry = bench.query(Query.find(bench.site, TYPE)).entries[0]

    versions = entry.findall(f"{{{RIM}}}VersionInfo")
    assert [v.get("versionName") for v in versions] == ["1"]


def no_options(request: etree._Element) -> None:
    request.remove(request[0])


def no_query(request: etree._Element) -> None:
    request.remove(request[1])


def two_queries(request: etree._Element) -> None:
    request.append(copy.deepcopy(request[1]))


PATIENT_SLOT = (f"{E_}PatientId", (f"'{PATIENT}'",))
STATUS_SLOT = (f"{E_}Status", (APPROVED,))
MISSING, NUMBER, GENERAL = (
    "XDSStoredQueryMissingParam",
    "XDSStoredQueryParamNumber",
    "XDSRegistryError",
)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown query": ({"query_id": "urn:uuid:1"}, "XDSUnknownStoredQuery"),
    "no patient": ({"slots": (STATUS_SLOT,)}, MISSING),
    "empty patient": ({"slots": ((f"{E_}PatientId", ()), STATUS_SLOT)}, MISSING),
    "no status": ({"slots": (PATIENT_SLOT,)}, MISSING),
    "no reference": ({"query_id": FIND_BY_REFERENCE}, MISSING),
    "two patients": ({"slots": (PATIENT_SLOT, PATIENT_SLOT, STATUS_SLOT)}, NUMBER),
    "unknown status": ({"slots": (PATIENT_SLOT, (f"{E_}Status", ("('Approved')",)))}, GENERAL),
    "no id to get": ({"query_id": GET}, MISSING),
    "both ids to get": (
        {"query_id": GET, "slots": (slot("UniqueId", "('1')"), slot("EntryUUID", "('1')"))},
        NUMBER,
    ),
    "not quoted": ({"slots": (PATIENT_SLOT, STATUS_SLOT, slot("TypeCode", "IMG-KOS"))}, GENERAL),
    "list not closed": ({"slots": (PATIENT_SLOT, STATUS_SLOT, slot("TypeCode", "('a'"))}, GENERAL),
    "time": ({"slots": (PATIENT_SLOT, STATUS_SLOT, slot("CreationTimeTo", "'soon'"))}, GENERAL),
    "no such day": (
        {"slots": (PATIENT_SLOT, STATUS_SLOT, slot("CreationTimeTo", "20260230"))},
        GENERAL,
    ),
    "two times": (
        {"slots": (PATIENT_SLOT, STATUS_SLOT, slot("CreationTimeTo", "2026", "2027"))},
        NUMBER,
    ),
    "return type": ({"return_type": "LeafClassWithRepositoryItem"}, GENERAL),
    "not composed": ({"composed": "false"}, GENERAL),
    "no option": ({"spoil": no_options}, GENERAL),
    "no query": ({"spoil": no_query}, GENERAL),
    "two queries": ({"spoil": two_queries}, GENERAL),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_requests(full: Bench, case: str) -> None:
    changes, code = REFUSED[case]
    facts: dict[str, Any] = {"slots": (PATIENT_SLOT, STATUS_SLOT), **changes}

    reply = full.query(Query(full.site, **facts))

    assert (reply.status, reply.codes, reply.entries) == (200, [code], [])
    assert not reply.success


def test_only_the_patient_of_the_vihf_may_be_asked_for(full: Bench) -> None:
    other = Vihf(full.site, patient=OTHER_PATIENT)

    found = full.query(Query.find(full.site, vihf=other))
    got = full.query(
        get(
            full.site,
            "UniqueId",
            f"('{MANIFEST_UID}')",
            vihf=Vihf(full.site, patient=OTHER_PATIENT),
        )
    )

    assert found.fault == "wsse:FailedAuthentication"
    assert got.success
    assert got.entries == []


def test_the_body_is_a_query(full: Bench) -> None:
    def another(request: etree._Element) -> None:
        request.tag = "{urn:x}x"

    assert full.query(Query.find(full.site, spoil=another)).fault == "soap:Sender"


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the XDS.b schemas are not here")
def test_the_published_schemas_judge_questions_and_answers(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(schemas=Schemas(SCHEMAS))
    bench.submit(Publication(bench.site))
    judge = etree.XMLSchema(etree.parse(str(Path(SCHEMAS) / "query.xsd")))

    def spoiled(request: etree._Element) -> None:
        request.append(request[0])

    entries = bench.query(Query.find(bench.site))
    references = bench.query(Query.find(bench.site, return_type="ObjectRef"))
    refused = bench.query(Query.find(bench.site, spoil=spoiled))

    for reply in (entries, references, refused):
        payload = reply.root[1][0]
        assert judge.validate(payload), judge.error_log
        payload.append(etree.Element(f"{{{RIM}}}Slot"))
        assert not judge.validate(payload)
    assert refused.contexts == ["the schema refuses the query"]


def outcome(act: Callable[[], Any]) -> Any:
    """The result of ``act``, or the code of the refusal; any other exception is a failure."""
    try:
        return act()
    except QueryRefused as refused:
        return refused.error.code


@given(st.text())
def test_any_parameter_is_read_or_refused(value: str) -> None:
    read = outcome(lambda: read_parameters([("$x", (value,))])["$x"])

    assert read == GENERAL or (len(read) == 1 and read[0])


@given(st.lists(st.text(), min_size=1))
def test_quoted_texts_are_read_back(texts: list[str]) -> None:
    coded = ", ".join("'" + text.replace("'", "''") + "'" for text in texts)

    assert read_parameters([("$x", (f"({coded})",))]) == {"$x": (tuple(texts),)}


@given(st.text(alphabet="0123456789+-") | st.text())
def test_any_time_is_an_instant_or_refused(value: str) -> None:
    read = outcome(lambda: instant(value))

    assert read == GENERAL or read.tzinfo is UTC


@given(st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_whole_time_is_read_back(moment: datetime) -> None:
    read = instant(moment.strftime("%Y%m%d%H%M%S"))

    assert read == moment.replace(microsecond=0, tzinfo=UTC)
