"""Entries and errors of a registry are read whole, and nothing else escapes."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import metadata, registry, xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.identity.parties import Code
from functions.drimbox.safe_xml import UnsafeXml, parse
from tests.drimbox.dmp import answers, judges, samples


def entries(objects: str, **more: str) -> tuple[DocumentEntry, ...]:
    return registry.read_entries(parse(answers.query_response(objects, **more).encode()))


def test_an_entry_is_read_whole() -> None:
    (entry,) = entries(answers.entry(), attributes='totalResultCount="1"')
    assert entry == DocumentEntry(
        unique_id="2.25.1002",
        entry_uuid="urn:uuid:0001",
        sha1="ab",
        size=8,
        status=xds.APPROVED,
        patient_id="P^^^&1.2&ISO^NH",
        mime_type="application/dicom",
        type_code=Code("IMG-KOS", xds.TYPE_SYSTEM, "KOS"),
        event_codes=(Code("US", xds.DCM, "Écho"), Code("818983003", xds.SNOMED, "abdomen")),
        confidentiality_codes=(Code("N", xds.CONFIDENTIALITY_SYSTEM, "Normal"),),
        facility_type=Code("SA07", "1.2.250.1.71.4.2.4", "Cabinet"),
        practice_setting=Code("AMBULATOIRE", "1.2", "Ambulatoire"),
        reference_ids=(
            ReferenceId("ACC-7", "1.2.3", xds.ACCESSION),
            ReferenceId("1.2.9", "1.2.3.4.5.6", xds.STUDY_INSTANCE_UID),
            ReferenceId("DEM-7", "1.2.4", xds.ORDER),
        ),
        author_persons=("P1", "P2"),
        author_institutions=("I1", "I2", "I1", "I2"),
        legal_authenticator="L1",
        creation_time="20260302103014",
        service_start_time="20260301080000",
        service_stop_time="20260301082000",
        title="Un titre",
        repository_unique_id="1.2.250.1.213.9",
    )
    assert entry.is_approved
    assert entry.accession == ReferenceId("ACC-7", "1.2.3", xds.ACCESSION)
    assert entry.order == ReferenceId("DEM-7", "1.2.4", xds.ORDER)
    assert entry.study_instance_uid == "1.2.9"
    assert [c.code for c in entry.modalities] == ["US"]
    assert [c.code for c in entry.regions] == ["818983003"]
    assert "ACC-7" not in repr(entry) + repr(entry.accession)


def test_an_entry_with_nothing_but_its_identifiers() -> None:
    bare = (
        f'<ExtrinsicObject xmlns="{xds.RIM}" id="urn:uuid:1">'
        + answers.slot("size", "huge")
        + answers.slot("hash")
        + "<Slot/>"
        + answers.external_identifier(xds.ENTRY_UNIQUE_ID, "2.25.1")
        + "<Classification/></ExtrinsicObject>"
    )
    (entry,) = entries(bare)
    told = dataclasses.asdict(entry)
    assert told.pop("unique_id") == "2.25.1"
    assert told.pop("entry_uuid") == "urn:uuid:1"
    assert not any(told.values())
    assert (entry.accession, entry.study_instance_uid) == (None, "")
    assert not entry.is_approved


def test_no_entry_is_a_good_answer() -> None:
    assert entries("") == ()
    assert entries("", attributes='totalResultCount="0"') == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (answers.registry_response(), "without its list"),
        (f'<q:AdhocQueryResponse xmlns:q="{xds.QUERY}" status="x"/>', "without its list"),
        (answers.query_response(f'<ObjectRef xmlns="{xds.RIM}" id="urn:uuid:1"/>'), "hides"),
        (answers.query_response("", attributes='totalResultCount="3"'), "hides"),
        (answers.query_response(answers.entry(unique_id="")), "without its identifiers"),
        (answers.query_response(answers.entry(entry_uuid="")), "without its identifiers"),
    ],
)
def test_answers_that_look_like_nothing_found(body: str, words: str) -> None:
    with pytest.raises(AnswerUnreadable, match=words):
        registry.read_entries(parse(body.encode()))


def test_errors_keep_their_codes_and_not_their_context() -> None:
    body = answers.registry_response("urn:ihe:XDSRegistryError", "<", status="Failure")
    response = registry.read_response(parse(body.replace('"<"', '"a b"').encode()))
    assert response.status == registry.FAILURE
    assert response.error_codes == ("XDSRegistryError", "unreadable_code")
    assert "279035121518989" not in repr(response)


def test_warnings_are_no_errors() -> None:
    body = answers.registry_response("XDSExtraMetadataNotSaved", severity="Warning")
    response = registry.read_response(parse(body.encode()))
    assert len(response.errors) == 1
    assert response.error_codes == ()


def test_errors_are_bounded() -> None:
    body = answers.registry_response(*["XDSRegistryError"] * 500, status="Failure")
    assert len(registry.read_response(parse(body.encode())).errors) == 100


@pytest.mark.parametrize("body", ["<r/>", f'<RegistryResponse xmlns="{xds.RS}"/>'])
def test_bodies_that_are_no_registry_response(body: str) -> None:
    with pytest.raises(AnswerUnreadable):
        registry.read_response(parse(body.encode()))


@pytest.mark.parametrize(
    ("cxi", "expected"),
    [
        ("A^^^&1.2&ISO^k", ("A", "1.2", "k")),
        ("A^^^^k", ("A", "", "k")),
        ("A", ("A", "", "")),
        ("", ("", "", "")),
        ("A^^^X&1.2&ISO^k^more", ("A", "1.2", "k")),
    ],
)
def test_reference_ids(cxi: str, expected: tuple[str, str, str]) -> None:
    assert dataclasses.astuple(registry.read_reference_id(cxi)) == expected


@given(cxi=st.text(max_size=60))
def test_any_reference_id_reads(cxi: str) -> None:
    assert registry.read_reference_id(cxi).value == cxi.partition("^")[0]


GOOD = answers.query_response(answers.entry() + answers.entry(entry_uuid="urn:uuid:2")).encode()


@given(at=st.integers(0, 10_000), cut=st.integers(0, 60), put=st.binary(max_size=20))
def test_mutated_answers_raise_only_the_documented_error(at: int, cut: int, put: bytes) -> None:
    at %= len(GOOD)
    try:
        root = parse(GOOD[:at] + put + GOOD[at + cut :])
        registry.read_response(root)
        found = registry.read_entries(root)
    except (UnsafeXml, AnswerUnreadable):
        return
    assert all(entry.unique_id and entry.entry_uuid for entry in found)


def test_a_published_entry_reads_back() -> None:
    root = parse(metadata.build(samples.submission_facts()))
    answer = parse(answers.query_response().encode())
    listed = answer.find(f"{{{xds.RIM}}}RegistryObjectList")
    assert listed is not None
    for element in root.iterfind(f".//{{{xds.RIM}}}ExtrinsicObject"):
        listed.append(element)
    manifest, signature = registry.read_entries(answer)
    assert manifest.unique_id == samples.MANIFEST
    assert manifest.sha1 == samples.submission_facts().manifest.sha1
    assert manifest.study_instance_uid == samples.STUDY
    assert [c.code for c in manifest.modalities] == ["US"]
    assert signature.type_code == Code("E1762", "ASTM", "Full Document")


@judges.needs_official
def test_the_official_entries_read() -> None:
    raw = (judges.OFFICIAL / "publication_v2.xml").read_bytes()
    start, end = raw.index(b"<soap:Envelope"), raw.index(b"</soap:Envelope>") + 16
    answer = parse(answers.query_response().encode())
    listed = answer.find(f"{{{xds.RIM}}}RegistryObjectList")
    assert listed is not None
    for element in parse(raw[start:end]).findall(f".//{{{xds.RIM}}}ExtrinsicObject"):
        listed.append(element)
    manifest, _ = registry.read_entries(answer)
    assert manifest.type_code is not None
    assert manifest.type_code.code == "IMG-KOS"
    assert [c.code for c in manifest.modalities] == ["MR"]
    assert [c.code for c in manifest.regions] == ["774007"]
    assert manifest.size == 8450
    assert manifest.accession is not None
    assert manifest.accession.authority == "1.2.840.113619.6.196"
    assert manifest.study_instance_uid.startswith("1.3.6.1.4.1.5962.99.1")
