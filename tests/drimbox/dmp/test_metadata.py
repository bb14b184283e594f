"""The metadata says what the newest official publication says, in the schema's order."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime

import pytest
from lxml import etree

from functions.drimbox.dmp import metadata, xds
from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import (
    Code,
    Identifier,
    Interval,
    Organisation,
    Professional,
)
from functions.drimbox.safe_xml import parse
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.dmp import judges, samples
from tests.drimbox.dmp.elements import (
    NS,
    PATIENT_ID,
    build,
    codes,
    identifiers,
    part,
    slots,
)

SECTIONS = ("RegistryPackage", "ExtrinsicObject", "Association")


PERSON = "810100000001^VERNIER^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
REFERENCES = [
    "ACC-7^^^&1.2.250.1.999.7&ISO^urn:ihe:iti:xds:2013:accession",
    "1.2.250.1.999.77.1.1^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
    "DEM-7^^^&1.2.250.1.999.6&ISO^urn:ihe:iti:xds:2013:order",
]


def test_the_manifest_entry() -> None:
    found = part(build(), "DocumentKOS")
    assert found.get("mimeType") == "application/dicom"
    assert slots(found) == {
        "creationTime": ["20260302103014"],
        "submissionTime": ["20260302103015"],
        "languageCode": ["fr-FR"],
        "legalAuthenticator": [PERSON],
        "serviceStartTime": ["20260301080000"],
        "serviceStopTime": ["20260301082000"],
        "sourcePatientId": ["IPP101^^^&1.2.250.1.999.5&ISO^PI"],
        "hash": [hashlib.sha1(samples.KOS).hexdigest()],  # noqa: S324
        "size": [str(len(samples.KOS))],
        "sourcePatientInfo": [
            "PID-5|PATIENTE^ALICE^^^^^L",
            "PID-7|19790328",
            "PID-8|F",
            "PID-11|^^^^^^BDL^^63220",
        ],
        "urn:ihe:iti:xds:2013:referenceIdList": REFERENCES,
    }
    masking = "1.2.250.1.213.1.1.4.13"
    expected = {
        xds.CLASS_CODE: [("31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale")],
        xds.TYPE_CODE: [
            ("IMG-KOS", "1.2.250.1.213.1.1.4.12", "Reference d'objets d'un examen d'imagerie")
        ],
        xds.CONFIDENTIALITY_CODE: [
            ("N", "2.16.840.1.113883.5.25", "Normal"),
            ("INVISIBLE_PATIENT", masking, "INVISIBLE_PATIENT"),
        ],
        xds.FACILITY_TYPE_CODE: [("SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel")],
        xds.PRACTICE_SETTING_CODE: [("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire")],
        xds.EVENT_CODE: [
            ("24558-9", "2.16.840.1.113883.6.1", "Échographie de l'abdomen"),
            ("US", "1.2.840.10008.2.16.4", "Échographie"),
            ("818983003", "2.16.840.1.113883.6.96", "abdomen"),
        ],
    }
    assert {scheme: codes(found, scheme) for scheme in expected} == expected
    assert [c[:2] for c in codes(found, xds.FORMAT_CODE)] == [
        ("1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1")
    ]
    assert identifiers(found) == {
        xds.ENTRY_PATIENT_ID: PATIENT_ID,
        xds.ENTRY_UNIQUE_ID: "2.25.1002",
    }


def test_the_signature_entry_is_always_hidden() -> None:
    found = part(build(confidentiality=(samples.NORMAL,)), "Signature01")
    assert found.get("mimeType") == "text/xml"
    assert [c[0] for c in codes(found, xds.CONFIDENTIALITY_CODE)] == [
        "N",
        "MASQUE_PS",
        "INVISIBLE_PATIENT",
    ]
    assert slots(found)["languageCode"] == ["art"]
    assert slots(found)["sourcePatientId"] == [PATIENT_ID]
    assert slots(found)["size"] == ["12"]
    assert codes(found, xds.EVENT_CODE) == [
        ("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source")
    ]
    author = found.find(f"*[@classificationScheme='{xds.AUTHOR}']")
    assert author is not None
    assert slots(author)["authorPerson"] == [PERSON]
    assert identifiers(found)[xds.ENTRY_UNIQUE_ID] == "2.25.1003"


def test_the_associations() -> None:
    found = build().findall(".//rim:Association", NS)
    told = [(a.get("associationType"), a.get("sourceObject"), a.get("targetObject")) for a in found]
    assert told == [
        (xds.HAS_MEMBER, "SubmissionSet01", "DocumentKOS"),
        (xds.HAS_MEMBER, "SubmissionSet01", "Signature01"),
        (xds.SIGNS, "Signature01", "SubmissionSet01"),
    ]
    assert [slots(a) for a in found] == [{"SubmissionSetStatus": ["Original"]}] * 3


@judges.needs_schemas
def test_it_passes_the_schema_which_refuses_a_spoiled_one() -> None:
    schema = judges.xsd("xds/lcm.xsd")
    root = build()
    schema.assertValid(root)
    entry = part(root, "DocumentKOS")
    entry.append(entry[0])
    assert not schema.validate(root)


@pytest.mark.parametrize(
    ("local_ids", "expected"),
    [
        ((), "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^PI"),
        ((Identifier("", "IPP1"),), "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^PI"),
        ((Identifier("1.2.3"), Identifier("1.2.4", "A&B")), r"A\T\B^^^&1.2.4&ISO^PI"),
    ],
)
def test_source_patient_id(local_ids: tuple[Identifier, ...], expected: str) -> None:
    patient = dataclasses.replace(samples.PATIENT, local_ids=local_ids)
    found = part(build(report=samples.report(patient=patient)), "DocumentKOS")
    assert slots(found)["sourcePatientId"] == [expected]


def test_unknown_values_are_left_out() -> None:
    patient = dataclasses.replace(samples.PATIENT, birth_place="")
    exam = dataclasses.replace(
        samples.EXAM, period=Interval(datetime(2026, 1, 1, tzinfo=UTC), None)
    )
    order = dataclasses.replace(samples.ORDER, placer=Identifier("1.2.3"))
    found = slots(
        part(build(report=samples.report(patient=patient), exam=exam, order=order), "DocumentKOS")
    )
    assert len(found["sourcePatientInfo"]) == 3
    assert "serviceStopTime" not in found
    assert found["serviceStartTime"] == ["20260101010000"]
    assert found[xds.REFERENCE_IDS] == REFERENCES[:2]


def test_events_name_code_systems_and_never_twice() -> None:
    exam = dataclasses.replace(
        samples.EXAM,
        act=Code("", ""),
        modalities=(
            Code("MR", xds.MODALITY_VALUE_SET),
            Code("MR", xds.DCM, "IRM"),
            Code("CT", "x"),
        ),
        regions=(Code("1", xds.REGION_VALUE_SET),),
    )
    assert metadata.event_codes(exam) == (
        Code("MR", xds.DCM),
        Code("CT", "x"),
        Code("1", xds.SNOMED),
    )


def test_the_facility_type_falls_back_on_the_sector() -> None:
    found = part(build(report=samples.report(facility_type=None), sector="SA01"), "DocumentKOS")
    assert codes(found, xds.FACILITY_TYPE_CODE) == [("SA01", "1.2.250.1.71.4.2.4", "SA01")]


def test_the_performer_s_practice_setting_comes_first() -> None:
    setting = Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Établissement")
    performer = Professional(
        "8", "A", "B", organisation=Organisation("1", practice_setting=setting)
    )
    exam = dataclasses.replace(samples.EXAM, performer=performer)
    found = part(build(exam=exam), "DocumentKOS")
    assert [c[0] for c in codes(found, xds.PRACTICE_SETTING_CODE)] == ["ETABLISSEMENT"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"institution": Organisation("1")}, "practiceSettingCode"),
        ({"exam": dataclasses.replace(samples.EXAM, period=Interval())}, "serviceStartTime"),
        (
            {"order": dataclasses.replace(samples.ORDER, placer=Identifier("1.2", "9" * 300))},
            "referenceIdList",
        ),
        ({"exam": dataclasses.replace(samples.EXAM, act=Code("9" * 257, "1.2"))}, "code"),
    ],
)
def test_facts_that_the_dmp_requires_and_the_report_lacks(
    changes: dict[str, object], word: str
) -> None:
    with pytest.raises(Held) as caught:
        build(**changes)
    assert caught.value.code == "incomplete_report"
    assert caught.value.code in HELD_REASONS
    assert word in caught.value.detail
    assert "999" not in caught.value.detail


def test_nothing_of_the_patient_is_printed() -> None:
    assert repr(samples.submission_facts()) == "SubmissionFacts(2.25.1001)"


@judges.needs_official
def test_every_value_of_the_official_sample_has_its_place_here() -> None:
    """Same slots, schemes and associations as the newest official publication."""
    raw = (judges.OFFICIAL / "publication_v2.xml").read_bytes()
    start, end = raw.index(b"<soap:Envelope"), raw.index(b"</soap:Envelope>") + 16
    official = parse(raw[start:end])
    ours = build()

    def shape(root: etree._Element) -> dict[str, set[str]]:
        return {
            str(o.get("id")): {
                str(e.get("name") or e.get("classificationScheme") or e.get("identificationScheme"))
                for e in o
            }
            for o in root.iterfind(".//rim:ExtrinsicObject", NS)
        }

    assert shape(ours) == shape(official)
    fixed = (xds.CLASS_CODE, xds.TYPE_CODE, xds.FORMAT_CODE)
    for object_id in ("DocumentKOS", "Signature01"):
        for scheme in fixed:
            assert codes(part(ours, object_id), scheme) == codes(part(official, object_id), scheme)
    assert codes(part(ours, "Signature01"), xds.CONFIDENTIALITY_CODE) == codes(
        part(official, "Signature01"), xds.CONFIDENTIALITY_CODE
    )
