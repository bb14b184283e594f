"""ITI-41: a good submission is registered, each spoiled one refused with IHE's own code."""

from __future__ import annotations

import copy
import hashlib
import re
import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree
from pydicom.dataset import Dataset
from pydicom.uid import UID

from simulators.dmp.certificates import Authorities
from simulators.dmp.errors import RegistryError
from simulators.dmp.registry import Registry
from simulators.dmp.schemas import Schemas
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import (
    ACCESSION,
    INS,
    ITI_18,
    MANIFEST_UID,
    METADATA,
    NOW,
    PATIENT,
    RIM,
    SCHEMAS,
    SET_UID,
    SIGNATURE_UID,
    STUDY_REFERENCE,
    Publication,
    Query,
    Reply,
    Site,
    Spoil,
    Vihf,
    fresh,
    kos,
    later,
)
from tests.simulators.dmp.spoil import (
    add,
    coded,
    double,
    drop,
    found,
    last,
    put,
    rim,
    slot,
    unset,
    values,
    write,
)


def test_a_good_submission_is_registered(bench: Bench) -> None:
    manifest = kos()

    reply = bench.submit(Publication(bench.site, manifest=manifest))

    assert reply.success
    assert reply.header("Action") == "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse"
    held, signature = bench.held
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", held.pop("entry_uuid"))
    assert held == {
        "unique_id": MANIFEST_UID,
        "patient_id": PATIENT,
        "availability_status": "Approved",
        "type_code": "IMG-KOS",
        "confidentiality_codes": ["N", "INVISIBLE_PATIENT"],
        "event_codes": ["MR", "774007"],
        "reference_ids": [ACCESSION, STUDY_REFERENCE],
        "sha1": hashlib.sha1(manifest, usedforsecurity=False).hexdigest(),
        "submitted_at": "2026-11-24T12:00:00+00:00",
    }
    assert (signature["unique_id"], signature["type_code"]) == (SIGNATURE_UID, "E1762")


def test_the_answer_names_no_entry_and_relates_to_the_request(bench: Bench) -> None:
    body, content_type = Publication(bench.site).build()
    message_id = re.search(rb"<wsa:MessageID>([^<]+)", body)

    answer = bench.registry.submit(body, content_type, bench.site.peer)

    assert answer.content_type.startswith('multipart/related; type="application/xop+xml"')
    assert message_id is not None
    assert Reply.of(*answer).header("RelatesTo") == message_id.group(1).decode()
    assert not any(held["entry_uuid"].encode() in answer.body for held in bench.held)


@pytest.mark.parametrize(
    "changes",
    [
        {"inline": True},
        {"creation_time": "2026"},
        {"creation_time": "20261124120000+0100"},
        {"references": (STUDY_REFERENCE.replace("^^^^", "^^^&1.2.3.4.5.6&ISO^"),)},
        {"patient": PATIENT.removesuffix("^NH")},
        {"spoil_objects": drop(slot("Signature", "hash"))},
        {"spoil_objects": drop(slot("Signature", "size"))},
        {"spoil_objects": put(slot("Manifest", "size"), "slotType", "urn:x")},
    ],
    ids=["inline", "year", "offset", "dummy oid", "no NH", "no hash", "no size", "slot type"],
)
def test_choices_that_the_standards_leave_open_are_accepted(
    bench: Bench, changes: dict[str, Any]
) -> None:
    assert bench.submit(Publication(bench.site, **changes)).success


def test_the_set_may_be_classified_from_outside(bench: Bench) -> None:
    def outside(root: etree._Element) -> None:
        root.append(found(root, "*/r:Classification[@id='Set-node']"))

    assert bench.submit(Publication(bench.site, spoil_objects=outside)).success


def patients(root: etree._Element, value: str) -> None:
    """Give every object another patientId."""
    for element in root.iter(rim("ExternalIdentifier")):
        if element.get("id", "").endswith("patientId"):
            element.set("value", value)


CLASS = "41a5887f-8865-4c09-adf7-e362475b143a"
TYPE = "f0306f51-975f-434e-a61c-c59651d33983"
FORMAT = "a09d5840-386c-46f2-b5ad-9c3699a4309d"
FACILITY = "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
PRACTICE = "cccf5598-8b07-4b77-a05e-ae952c785ead"
EVENT = "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
CONFIDENTIALITY = "f4f85eac-e6cb-4883-b524-f2705394840f"
CONTENT = "aa543740-bdda-424e-8c96-df4873be8500"
KOS_CLASS = "1.2.840.10008.5.1.4.1.1.88.59"
REFERENCES = "urn:ihe:iti:xds:2013:referenceIdList"
AUTHOR = "*[@id='Manifest']/r:Classification[@id='Manifest-a']"
MANIFEST_ID = "*/r:ExternalIdentifier[@id='Manifest-XDSDocumentEntry.uniqueId']"
MANIFEST_PATIENT = "*/r:ExternalIdentifier[@id='Manifest-XDSDocumentEntry.patientId']"
SET_ID = "*/r:ExternalIdentifier[@id='Set-XDSSubmissionSet.uniqueId']"
SOURCE_ID = "*/r:ExternalIdentifier[@id='Set-XDSSubmissionSet.sourceId']"
SIGNS = "r:Association[@id='s1']"

# Spoiler, the words that the first error has, and its code when it is not METADATA.
REFUSED: dict[str, tuple[Spoil, str]] = {
    "slot after classifications": (last(slot("Manifest", "size")), "out of order"),
    "name before slots": (
        lambda root: found(root, "*[@id='Manifest']").insert(
            0, found(root, "*[@id='Manifest']/r:Name")
        ),
        "out of order",
    ),
    "two names": (double("*[@id='Manifest']/r:Name"), "Name twice"),
    "slot without list": (
        drop(slot("Manifest", "size") + "/r:ValueList"),
        "Slot without",
    ),
    "unknown part": (add("*[@id='Manifest']", rim("ObjectRef"), id="x"), "ObjectRef inside"),
    "foreign element": (add("*[@id='Manifest']", "{urn:x}Extra"), "Extra inside"),
    "unknown object": (add(".", rim("Organization"), id="x"), "Organization inside"),
    "unknown attribute": (put("*[@id='Manifest']", "colour", "x"), "unknown attribute colour"),
    "no mime type": (unset("*[@id='Manifest']", "mimeType"), "without attribute mimeType"),
    "no id": (unset(AUTHOR, "id"), "without attribute id"),
    "text between slots": (write("*[@id='Manifest']", "x"), "text inside"),
    "value too long": (values("Manifest", "languageCode", "f" * 257), "longer than 256"),
    "title too long": (
        put("*[@id='Manifest']/r:Name/r:LocalizedString", "value", "x" * 1025),
        "longer than 1024",
    ),
    "code too long": (put(coded("Set", CONTENT, "07"), "nodeRepresentation", "7" * 257), "longer"),
    "identifier too long": (put(SET_ID, "value", "1." * 200), "longer"),
    "no set": (drop("r:RegistryPackage"), "not exactly one submission set"),
    "two sets": (double("r:RegistryPackage"), "not exactly one submission set"),
    "set not classified": (drop("*/r:Classification[@id='Set-node']"), "as a submission set"),
    "no submission time": (drop(slot("Set", "submissionTime")), "no submissionTime"),
    "no content type": (drop(coded("Set", CONTENT, "07")), "no contentTypeCode"),
    "content type of another system": (
        write(coded("Set", CONTENT, "07") + "/r:Slot/r:ValueList/r:Value", "1.2.3"),
        "contentTypeCode is not of the expected code system",
    ),
    "set without author": (drop("*/r:Classification[@id='Set-a']"), "no author"),
    "set id not an OID": (put(SET_ID, "value", "urn:uuid:1"), "uniqueId is not an OID"),
    "source id not an OID": (put(SOURCE_ID, "value", "me"), "sourceId is not an OID"),
    "no source id": (drop(SOURCE_ID), "not exactly one XDSSubmissionSet.sourceId"),
    "unknown format": (
        put(coded("Manifest", FORMAT, KOS_CLASS), "nodeRepresentation", "1.2.3"),
        "formatCode is neither",
    ),
    "mime type": (put("*[@id='Manifest']", "mimeType", "text/xml"), "mimeType does not suit"),
    "object type": (put("*[@id='Manifest']", "objectType", "urn:x"), "objectType"),
    "no title": (drop("*[@id='Manifest']/r:Name"), "no title"),
    "slot twice": (double(slot("Manifest", "size")), "slot twice: size"),
    "unknown slot twice": (
        lambda root: found(root, slot("Manifest", "size")).addnext(again(root)),
        "slot twice: another",
    ),
    "two creation times": (
        values("Manifest", "creationTime", "2026", "2027"),
        "more than one creationTime",
    ),
    "class of another code": (
        put(coded("Manifest", CLASS, "31"), "nodeRepresentation", "11"),
        "classCode is not an expected code",
    ),
    "two type codes": (double(coded("Manifest", TYPE, "IMG-KOS")), "more than one typeCode"),
    "code without name": (
        drop(coded("Manifest", FACILITY, "SA01") + "/r:Name"),
        "healthcareFacilityTypeCode lacks",
    ),
    "code without scheme": (
        drop(coded("Manifest", PRACTICE, "AMBULATOIRE") + "/r:Slot"),
        "practiceSettingCode lacks",
    ),
    "confidentiality unknown": (
        put(coded("Manifest", CONFIDENTIALITY, "INVISIBLE_PATIENT"), "nodeRepresentation", "V"),
        "confidentialityCode is not an expected code",
    ),
    "no N": (drop(coded("Manifest", CONFIDENTIALITY, "N")), "confidentialityCode lacks"),
    "signature not masked": (
        drop(coded("Signature", CONFIDENTIALITY, "MASQUE_PS")),
        "confidentialityCode lacks",
    ),
    "no modality": (drop(coded("Manifest", EVENT, "MR")), "eventCodeList lacks"),
    "classification of another": (put(AUTHOR, "classifiedObject", "Set"), "another object"),
    "no author person": (drop(AUTHOR + "/r:Slot[@name='authorPerson']"), "authorPerson"),
    "author person ill-formed": (
        write(AUTHOR + "/r:Slot[@name='authorPerson']/r:ValueList/r:Value", "Camille"),
        "authorPerson",
    ),
    "no institution": (drop(AUTHOR + "/r:Slot[@name='authorInstitution']"), "authorInstitution"),
    "institution ill-formed": (
        write(AUTHOR + "/r:Slot[@name='authorInstitution']/r:ValueList/r:Value", "Clinique"),
        "authorInstitution",
    ),
    "unique id named otherwise": (
        put(MANIFEST_ID + "/r:Name/r:LocalizedString", "value", "x"),
        "another name or object",
    ),
    "unique id of another": (put(MANIFEST_ID, "registryObject", "Set"), "another name or object"),
    "unique id not an OID": (put(MANIFEST_ID, "value", "abc"), "uniqueId is not an OID"),
    "id twice": (put("*[@id='m1']", "id", "m2"), "an id is used twice"),
    "no has-member": (drop("r:Association[@id='m1']"), "no association HasMember"),
    "no signs": (drop(SIGNS), "no association signs"),
    "replacement": (
        put(SIGNS, "associationType", "urn:ihe:iti:2007:AssociationType:RPLC"),
        "no association signs",
    ),
    "by reference": (
        write("r:Association[@id='m1']/r:Slot/r:ValueList/r:Value", "Reference"),
        "SubmissionSetStatus is not Original",
    ),
    "patient not an identity": (
        lambda root: patients(root, "IPP101^^^&1.2.3&ISO^PI"),
        "patientId is not a national identity",
    ),
    "two signatures": (double("r:ExtrinsicObject[@id='Signature']"), "one signature"),
}
for owner, names in {
    "Manifest": (
        "creationTime",
        "languageCode",
        "legalAuthenticator",
        "serviceStartTime",
        "sourcePatientId",
        "sourcePatientInfo",
        "hash",
        "size",
        REFERENCES,
    ),
    "Signature": ("creationTime", "languageCode", "legalAuthenticator", "sourcePatientId"),
}.items():
    for name in names:
        REFUSED[f"{owner} without {name}"] = (drop(slot(owner, name)), f"no {name}")
        REFUSED[f"{owner} {name} ill-formed"] = (
            values(owner, name, "§"),
            f"{name} is ill-formed",
        )
for scheme, code in ((CLASS, "31"), (TYPE, "IMG-KOS"), (FACILITY, "SA01"), (EVENT, "MR")):
    REFUSED[f"{code} without code"] = (
        put(coded("Manifest", scheme, code), "nodeRepresentation", ""),
        "lacks code, codingScheme or name",
    )


def again(root: etree._Element) -> etree._Element:
    """A slot of a name that XDS does not know, put in twice."""
    extra = etree.fromstring(f'<r:Slot xmlns:r="{RIM}" name="urn:x:mine"><r:ValueList/></r:Slot>')
    found(root, slot("Manifest", "size")).addnext(copy.deepcopy(extra))
    return extra


@pytest.mark.parametrize("case", REFUSED)
def test_forbidden_metadata(bench: Bench, case: str) -> None:
    spoil, words = REFUSED[case]

    reply = bench.submit(Publication(bench.site, spoil_objects=spoil))

    assert reply.status == 200
    assert METADATA in reply.codes
    assert any(words in context for context in reply.contexts), reply.contexts
    assert bench.held == []


def test_no_error_holds_a_value_of_the_metadata(bench: Bench) -> None:
    """Contexts name fields; every refusal above is replayed with a canary as the patient."""
    for spoil, _ in REFUSED.values():
        body, content_type = fresh(bench.site, spoil_objects=spoil).build()
        answer = bench.registry.submit(body, content_type, bench.site.peer)
        assert INS.encode() not in answer.body
        assert b"CAMILLE" not in answer.body


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (put(MANIFEST_PATIENT, "value", PATIENT.replace("279", "179")), "XDSPatientIdDoesNotMatch"),
        (put(MANIFEST_ID, "value", SIGNATURE_UID), "XDSRegistryDuplicateUniqueIdInMessage"),
        (put(MANIFEST_ID, "value", SET_UID), "XDSRegistryDuplicateUniqueIdInMessage"),
        (drop("r:ExtrinsicObject[@id='Signature']"), METADATA),
        (drop("r:ExtrinsicObject[@id='Manifest']"), METADATA),
    ],
    ids=["patients", "two documents", "document and set", "no signature", "no manifest"],
)
def test_disagreements_between_the_objects(bench: Bench, spoil: Spoil, code: str) -> None:
    reply = bench.submit(Publication(bench.site, spoil_objects=spoil))

    assert code in reply.codes
    assert bench.held == []


def without_document(root: etree._Element) -> None:
    request = root[1][0]
    request.remove(request[-1])


def document_twice(root: etree._Element) -> None:
    root[1][0].append(copy.deepcopy(root[1][0][-1]))


def renamed_document(root: etree._Element) -> None:
    root[1][0][-1].set("id", "Other")


def include(href: str) -> Spoil:
    return lambda root: root[1][0][-1][0].set("href", href)


def nested_content(root: etree._Element) -> None:
    etree.SubElement(root[1][0][-1], "{urn:x}x")


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        (
            {"spoil_envelope": without_document},
            {"XDSMissingDocument", "XDSMissingDocumentMetadata"},
        ),
        ({"spoil_envelope": without_document, "inline": True}, {"XDSMissingDocument"}),
        ({"spoil_envelope": document_twice}, {"XDSRepositoryError"}),
        (
            {"spoil_envelope": renamed_document},
            {"XDSMissingDocument", "XDSMissingDocumentMetadata"},
        ),
        ({"parts": {"more@test": b"x"}}, {"XDSMissingDocumentMetadata"}),
        (
            {"spoil_envelope": include("cid:gone@test")},
            {"XDSRepositoryError", "XDSMissingDocumentMetadata"},
        ),
        (
            {"spoil_envelope": include("https://127.0.0.1/x")},
            {"XDSRepositoryError", "XDSMissingDocumentMetadata"},
        ),
        ({"spoil_envelope": nested_content}, {"XDSRepositoryError", "XDSMissingDocumentMetadata"}),
        (
            {"inline": True, "spoil_envelope": lambda root: setattr(root[1][0][-1], "text", "é")},
            {"XDSRepositoryError"},
        ),
        (
            {"inline": True, "spoil_envelope": lambda root: setattr(root[1][0][-1], "text", "")},
            {"XDSRepositoryError"},
        ),
        ({"inline": True, "spoil_envelope": nested_content}, {"XDSRepositoryError"}),
    ],
)
def test_documents_and_entries_go_together(
    bench: Bench, changes: dict[str, Any], codes: set[str]
) -> None:
    reply = bench.submit(Publication(bench.site, **changes))

    assert set(reply.codes) == codes
    assert bench.held == []


@pytest.mark.parametrize("owner", ["Manifest", "Signature"])
@pytest.mark.parametrize(("name", "wrong"), [("hash", "0" * 40), ("size", "1")])
def test_hash_and_size_are_those_of_the_raw_bytes(
    bench: Bench, owner: str, name: str, wrong: str
) -> None:
    reply = bench.submit(Publication(bench.site, spoil_objects=values(owner, name, wrong)))

    assert (reply.codes, reply.contexts) == ([METADATA], [f"{name} is not that of the document"])


def test_the_structure_of_the_vihf_is_among_the_authors(bench: Bench) -> None:
    reply = bench.submit(Publication(bench.site, structure="1920000684"))

    assert reply.codes == [METADATA, METADATA]
    assert "authorInstitution" in reply.contexts[0]


def test_the_patient_of_the_vihf_is_that_of_the_submission(bench: Bench) -> None:
    vihf = Vihf(bench.site, patient=PATIENT.replace("279", "179"))

    reply = bench.submit(Publication(bench.site, vihf=vihf))

    assert (reply.fault, "resource-id" in reply.reason) == ("wsse:FailedAuthentication", True)


KOS_FAULTS: dict[str, tuple[bytes, str]] = {
    "text": (b"not DICOM at all", "not a DICOM file"),
    "empty dataset": (b"\0" * 128 + b"DICM", "not DICOM"),
    "cut": (kos()[:200], "not DICOM"),
    "another class": (
        kos(spoil=lambda d: setattr(d, "SOPClassUID", UID("1.2.840.10008.5.1.4.1.1.2"))),
        "SOPClassUID",
    ),
    "meta of another": (
        kos().replace(MANIFEST_UID.encode(), b"2.25.1119", 1),
        "MediaStorageSOPInstanceUID",
    ),
    "another instance": (kos("2.25.999"), "SOPInstanceUID is not the uniqueId"),
    "another patient": (kos(spoil=lambda d: setattr(d, "PatientID", "X")), "PatientID"),
    "another study": (
        kos(spoil=lambda d: setattr(d, "StudyInstanceUID", UID("1.2.3"))),
        "CurrentRequestedProcedureEvidenceSequence",
    ),
    "no evidence": (
        kos(spoil=lambda d: setattr(d, "CurrentRequestedProcedureEvidenceSequence", [])),
        "CurrentRequestedProcedureEvidenceSequence",
    ),
    "deflated": (
        kos(
            spoil=lambda d: setattr(d.file_meta, "TransferSyntaxUID", UID("1.2.840.10008.1.2.1.99"))
        ),
        "TransferSyntaxUID",
    ),
    "length of another type": (
        kos()
        .replace(b"\x02\x00\x10\x00UI", b"\x02\x00\x10\x00UL", 1)
        .replace(b"UL\x12\x00", b"UL\x11\x00"),
        "not DICOM",
    ),
    "no patient": (kos(spoil=lambda d: d.__delattr__("PatientID")), "not DICOM"),
    "deep": (
        kos() + b"\x40\x00\x30\xa7\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 2000,
        "not DICOM",
    ),
}


@pytest.mark.parametrize("case", KOS_FAULTS)
def test_the_manifest_is_a_manifest_of_that_patient(bench: Bench, case: str) -> None:
    manifest, words = KOS_FAULTS[case]

    reply = bench.submit(Publication(bench.site, manifest=manifest))

    assert METADATA in reply.codes
    assert any(words in context for context in reply.contexts), reply.contexts
    assert bench.held == []


def test_the_manifests_study_is_among_the_references(bench: Bench) -> None:
    reply = bench.submit(Publication(bench.site, references=(ACCESSION,)))

    assert reply.contexts == ["StudyInstanceUID is not in the referenceIdList"]


def test_the_same_submission_set_twice(bench: Bench) -> None:
    bench.submit(Publication(bench.site))

    reply = bench.submit(Publication(bench.site))

    assert reply.codes == ["XDSDuplicateUniqueIdInRegistry"]
    assert len(bench.held) == 2


def test_the_same_document_in_another_set_makes_a_second_entry(bench: Bench) -> None:
    bench.submit(Publication(bench.site))

    reply = bench.submit(Publication(bench.site, set_uid="2.25.4", signature_uid="2.25.5"))

    assert reply.success
    manifests = [held for held in bench.held if held["unique_id"] == MANIFEST_UID]
    assert len({held["entry_uuid"] for held in manifests}) == 2


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda d: setattr(d, "Modality", "OT"), ["XDSNonIdenticalHash"]),
        (
            lambda d: setattr(d, "Modality", "OTHER"),
            ["XDSNonIdenticalHash", "XDSNonIdenticalSize"],
        ),
    ],
)
def test_the_same_document_id_with_other_bytes(
    bench: Bench, change: Callable[[Dataset], None], codes: list[str]
) -> None:
    bench.submit(Publication(bench.site))

    reply = bench.submit(
        Publication(
            bench.site,
            manifest=kos(spoil=change),
            set_uid="2.25.4",
            signature_uid="2.25.5",
        )
    )

    assert reply.codes == codes
    assert len(bench.held) == 2


@pytest.mark.parametrize("peer", [None, b"", b"\x30\x03\x02\x01\x01"])
def test_without_a_client_certificate_nothing_is_read(bench: Bench, peer: bytes | None) -> None:
    body, content_type = Publication(bench.site).build()

    reply = Reply.of(*bench.registry.submit(body, content_type, peer))

    assert (reply.status, reply.fault) == (403, "wsse:FailedAuthentication")


def test_a_client_certificate_of_another_authority(bench: Bench, stranger: Site) -> None:
    reply = bench.submit(Publication(bench.site), stranger.peer)

    assert (reply.status, reply.fault) == (403, "wsse:FailedAuthentication")


def test_a_request_is_judged_by_the_time_it_came(bench: Bench) -> None:
    body, content_type = Publication(bench.site).build()
    bench.now = later(120)

    answer = bench.registry.submit(body, content_type, bench.site.peer, received_at=NOW)

    assert Reply.of(*answer).success
    assert bench.held[0]["submitted_at"] == NOW.isoformat()


def test_everything_is_found_again_after_a_restart(make_bench: Callable[..., Bench]) -> None:
    before = make_bench()
    before.submit(Publication(before.site))
    held = before.held
    query_body, query_type = _used_assertion(before)

    after = make_bench()

    assert after.held == held
    assert after.submit(Publication(after.site)).codes == ["XDSDuplicateUniqueIdInRegistry"]
    replayed = after.registry.query(query_body, query_type, after.site.peer)
    assert b"already used" in replayed.body


def _used_assertion(bench: Bench) -> tuple[bytes, str]:
    body, content_type = Query.find(bench.site).build()
    assert bench.registry.query(body, content_type, bench.site.peer).status == 200
    return body, content_type


def test_a_submission_is_kept_whole_or_not_at_all(bench: Bench) -> None:
    """Two entries under one entryUUID break the store's rule: nothing of the set stays."""
    same = Registry(
        bench.store,
        Authorities.from_pem(bench.site.ca_pem),
        clock=lambda: NOW,
        new_uuid=lambda: uuid.UUID(int=7),
    )
    body, content_type = Publication(bench.site).build()

    with pytest.raises(sqlite3.IntegrityError):
        same.submit(body, content_type, bench.site.peer)

    assert bench.held == []
    assert bench.submit(Publication(bench.site)).success


def test_documents_can_be_forgotten(bench: Bench) -> None:
    bench.submit(Publication(bench.site))
    entry_uuid = bench.held[0]["entry_uuid"]
    assert bench.registry.content(entry_uuid) == ("application/dicom", kos())

    bench.registry.clear()

    assert bench.held == []
    assert bench.registry.content(entry_uuid) is None
    assert bench.submit(Publication(bench.site)).success


def test_a_refusal_on_demand_relates_to_the_request(bench: Bench) -> None:
    body, content_type = Publication(bench.site).build()
    error = RegistryError("XDSRegistryBusy", "refused on demand")

    submitted = Reply.of(*bench.registry.refuse("iti-41", body, content_type, error))
    garbage = Reply.of(*bench.registry.refuse("iti-41", b"garbage", content_type, error))

    assert submitted.codes == ["XDSRegistryBusy"]
    assert submitted.header("RelatesTo").startswith("urn:uuid:")
    assert garbage.fault == "soap:Sender"
    assert bench.held == []


def test_the_action_is_that_of_the_service(bench: Bench) -> None:
    reply = bench.submit(Publication(bench.site, action=ITI_18))

    assert reply.fault == "wsa:ActionNotSupported"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: root[1].replace(root[1][0], etree.Element("{urn:x}x")),
        lambda root: root[1][0].remove(root[1][0][0]),
        lambda root: root[1][0][0].append(copy.deepcopy(root[1][0][0][0])),
    ],
    ids=["another body", "no request", "two lists"],
)
def test_the_body_is_a_submission(bench: Bench, spoil: Spoil) -> None:
    assert bench.submit(Publication(bench.site, spoil_envelope=spoil)).fault == "soap:Sender"


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the XDS.b schemas are not here")
def test_the_published_schemas_agree(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(schemas=Schemas(SCHEMAS))

    assert bench.submit(Publication(bench.site)).success
    # Only the schema knows that an attribute of type anyURI takes no such value.
    refused = bench.submit(
        fresh(bench.site, spoil_objects=put("*[@id='Manifest']", "isOpaque", "perhaps"))
    )
    assert refused.contexts == ["the schema of XDS.b refuses the request"]


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the XDS.b schemas are not here")
def test_the_schemas_refuse_all_that_the_structure_check_refuses(bench: Bench) -> None:
    """The simulator's own table against the independent judge."""
    schemas = Schemas(SCHEMAS)
    own = ("out of order", "Name twice", "Slot without", "inside", "attribute", "longer than")
    judged = 0
    for case, (spoil, words) in REFUSED.items():
        if not words.startswith(own) and words not in own:
            continue
        objects = Publication(bench.site).objects(b"", b"")
        spoil(objects)
        request = etree.fromstring(
            '<x:ProvideAndRegisterDocumentSetRequest xmlns:x="urn:ihe:iti:xds-b:2007">'
            '<l:SubmitObjectsRequest xmlns:l="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"/>'
            "</x:ProvideAndRegisterDocumentSetRequest>"
        )
        request[0].append(objects)
        assert not schemas.accepts_submission(request), case
        judged += 1
    assert judged >= 6
