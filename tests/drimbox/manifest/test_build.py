from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pydicom
import pytest

from functions.drimbox.errors import ConfigurationError, Held
from functions.drimbox.identity.parties import Identifier
from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.report.model import Order
from functions.drimbox.study.index import InstanceRef, SeriesIndex
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.manifest.judges import broken_rules, dciodvfy_errors, dsrdump_text
from tests.drimbox.manifest.samples import (
    CT,
    FACTS,
    LOCAL_ID,
    STUDY,
    facts,
    large_study,
    loaded,
    patient,
    study,
)


def test_same_facts_same_bytes_with_zeroed_preamble() -> None:
    first = build(FACTS)
    assert first == build(facts())
    assert first[:132] == bytes(128) + b"DICM"
    assert first != build(facts(sop_instance_uid=Uid("2.25.79")))


def test_document_attributes() -> None:
    root = loaded(FACTS)
    expected = {
        "SpecificCharacterSet": "ISO_IR 100",
        "InstanceCreationDate": "20260103",
        "InstanceCreationTime": "080509",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.59",
        "SOPInstanceUID": "2.25.77",
        "StudyDate": "20260102",
        "SeriesDate": "20260103",
        "ContentDate": "20260103",
        "StudyTime": "093015.120000",
        "SeriesTime": "080509",
        "ContentTime": "080509",
        "AccessionNumber": "",
        "Modality": "KO",
        "Manufacturer": "DRIMbox",
        "InstitutionName": "Centre d'imagerie des Tilleuls^^^^^^^^^1012345550",
        "ReferringPhysicianName": "",
        "TimezoneOffsetFromUTC": "+0100",
        "StudyDescription": "Scanner thoracique",
        "StudyInstanceUID": "1.2.250.9.1.77",
        "SeriesInstanceUID": "2.25.78",
        "StudyID": "S77",
        "SeriesNumber": 59,
        "InstanceNumber": 1,
        "ValueType": "CONTAINER",
        "ContinuityOfContent": "SEPARATE",
        "PatientName": "BÉZIERS-D'ARC^ZOÉ",
        "PatientID": "248039263001064",
        "IssuerOfPatientID": "ASIP-SANTE-INS-NIR",
        "PatientBirthDate": "19480321",
        "PatientSex": "F",
        "OtherPatientNames": "^ZOÉ MARIE",
        "PatientComments": "63220",
    }
    assert {keyword: root[keyword].value for keyword in expected} == expected
    title = root.ConceptNameCodeSequence[0]
    assert (title.CodeValue, title.CodingSchemeDesignator) == ("113030", "DCM")
    assert title.CodeMeaning == "MANIFEST"
    assert len(root.ReferencedPerformedProcedureStepSequence) == 0
    template = root.ContentTemplateSequence[0]
    assert (template.MappingResource, template.TemplateIdentifier) == ("DCMR", "2010")
    sequences = {e.keyword for e in root if e.VR == "SQ"}
    assert {e.keyword for e in root} == set(expected) | sequences
    assert len(sequences) == 8


def test_patient_is_the_ins_twice() -> None:
    root = loaded(FACTS)
    other = root.OtherPatientIDsSequence[0]
    assert (other.PatientID, other.TypeOfPatientID) == ("248039263001064", "TEXT")
    assert other.IssuerOfPatientID == "ASIP-SANTE-INS-NIR"
    for item in (root, other):
        issuer = item.IssuerOfPatientIDQualifiersSequence[0]
        assert issuer.UniversalEntityID == "1.2.250.1.213.1.4.10"
        assert issuer.UniversalEntityIDType == "ISO"


def test_request_has_the_numbers_and_their_issuers() -> None:
    request = loaded(FACTS).ReferencedRequestSequence[0]
    assert request.StudyInstanceUID == "1.2.250.9.1.77"
    assert request.AccessionNumber == "ACN-77"
    assert request.IssuerOfAccessionNumberSequence[0].UniversalEntityID == "1.2.840.9.2"
    assert request.PlacerOrderNumberImagingServiceRequest == "OPN-77"
    assert request.OrderPlacerIdentifierSequence[0].UniversalEntityID == "1.2.840.9.1"
    empty = {
        "ReferencedStudySequence",
        "RequestedProcedureDescription",
        "RequestedProcedureCodeSequence",
        "RequestedProcedureID",
        "FillerOrderNumberImagingServiceRequest",
    }
    assert all(request[keyword].is_empty for keyword in empty)


def test_issuer_that_is_a_uuid() -> None:
    root = "6c2b1e0e-7d33-4a9e-8b49-3f4e7a1f1c11"
    order = Order(placer=Identifier("1.2.3", "P"), accession=Identifier(root, "A"))
    issuer = loaded(facts(order=order)).ReferencedRequestSequence[0]
    assert issuer.IssuerOfAccessionNumberSequence[0].UniversalEntityIDType == "UUID"


def test_evidence_names_series_objects_and_urls() -> None:
    evidence = loaded(FACTS).CurrentRequestedProcedureEvidenceSequence
    assert [item.StudyInstanceUID for item in evidence] == ["1.2.250.9.1.77"]
    series = evidence[0].ReferencedSeriesSequence
    base = "https://db.example.org/tenants/tilleuls/dicomweb/studies/1.2.250.9.1.77/series/"
    assert [(s.SeriesInstanceUID, s.RetrieveURL) for s in series] == [
        (one.series_instance_uid, base + one.series_instance_uid) for one in STUDY.series
    ]
    assert [s.get("SeriesNumber") for s in series] == [2, 5, None]
    assert [
        [
            (
                r.ReferencedSOPClassUID,
                r.ReferencedSOPInstanceUID,
                r.get("InstanceNumber"),
                r.get("NumberOfFrames"),
            )
            for r in s.ReferencedSOPSequence
        ]
        for s in series
    ] == [
        [
            (i.sop_class_uid, i.sop_instance_uid, i.instance_number, i.number_of_frames)
            for i in one.instances
        ]
        for one in STUDY.series
    ]


def test_key_images_carry_their_note() -> None:
    series = loaded(FACTS).CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    marked = [
        (r.ReferencedSOPInstanceUID, r.ReferencedSOPSequence)
        for s in series
        for r in s.ReferencedSOPSequence
        if "ReferencedSOPSequence" in r
    ]
    assert [uid for uid, _ in marked] == ["1.2.250.9.1.77.1.2", "1.2.250.9.1.77.2.1"]
    for _, marks in marked:
        assert len(marks) == 1
        assert marks[0].ReferencedSOPInstanceUID == "1.2.250.9.1.77.9.1"
        assert marks[0].SeriesInstanceUID == "1.2.250.9.1.77.9"
        assert marks[0].ConceptNameCodeSequence[0].CodeMeaning == "Of Interest"
        assert marks[0].ContentSequence[0].TextValue == "Nodule du lobe supérieur\nà contrôler"


def test_content_has_one_item_per_object_by_kind_then_the_description() -> None:
    content = loaded(FACTS).ContentSequence
    assert {item.RelationshipType for item in content} == {"CONTAINS"}
    assert [item.ValueType for item in content] == [
        *("IMAGE", "IMAGE", "IMAGE", "IMAGE", "WAVEFORM", "COMPOSITE", "COMPOSITE"),
        "TEXT",
    ]
    assert content[6].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "1.2.250.9.1.77.9.1"
    name = content[-1].ConceptNameCodeSequence[0]
    assert (name.CodeValue, name.CodeMeaning) == ("113012", "Key Object Description")
    assert content[-1].TextValue == (
        "Examen : Scanner thoracique\n"
        "Acte = Scanner du thorax ; avec injection\n"
        "Série-1.2.250.9.1.77.1 : CT @ : Fenêtre médiastinale\n"
        "Série-1.2.250.9.1.77.2 : XA @ : \n"
        "Série-1.2.250.9.1.77.9 : KO @ : Images clés\n"
    )


def test_text_that_latin_1_cannot_hold_turns_the_whole_document_to_utf_8() -> None:
    root = loaded(facts(act_label="Œsophage", patient=patient(birth_family="ŸLMAZ")))
    assert root.SpecificCharacterSet == "ISO_IR 192"
    assert str(root.PatientName) == "ŸLMAZ^ZOÉ"
    assert "Acte = Œsophage\n" in root.ContentSequence[-1].TextValue
    assert root.StudyDescription == "Scanner thoracique"


def test_retrieve_location_is_written_when_given() -> None:
    without = loaded(FACTS).CurrentRequestedProcedureEvidenceSequence[0]
    assert "RetrieveLocationUID" not in without.ReferencedSeriesSequence[0]
    root = loaded(facts(retrieve_location_uid=Uid("1.2.3.9")))
    series = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert {one.RetrieveLocationUID for one in series} == {"1.2.3.9"}


def test_summer_time_comes_from_the_zone() -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=ZoneInfo("Europe/Paris"))
    assert loaded(facts(at=summer)).TimezoneOffsetFromUTC == "+0200"


def test_series_without_object_are_left_out() -> None:
    hollow = SeriesIndex(Uid("1.2.250.9.1.77.3"), "CT", 3, "vide", ())
    root = loaded(facts(study=study(series=(hollow, *STUDY.series))))
    series = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert len(series) == 3
    assert "vide" not in root.ContentSequence[-1].TextValue
    with pytest.raises(Held) as held:
        build(facts(study=study(series=(hollow,))))
    assert held.value.code == "empty_study"


def test_missing_traits_leave_type_2_attributes_empty() -> None:
    root = loaded(
        facts(
            patient=patient(birth_date="1948", sex="U", birth_place=""),
            study=study(study_date="", study_time="", description="", study_id=""),
        )
    )
    for keyword in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"):
        assert root[keyword].is_empty
    assert "PatientComments" not in root


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order(Identifier("1.2", "P"), Identifier("1.2", "A" * 17)), "AccessionNumber"),
        (Order(Identifier("1.2", "P"), Identifier("1.2", "A\\B")), "AccessionNumber"),
        (
            Order(Identifier("1.2", "P" * 65), Identifier("1.2", "A")),
            "PlacerOrderNumberImagingServiceRequest",
        ),
        (
            Order(Identifier("1.2", "P\nQ"), Identifier("1.2", "A")),
            "PlacerOrderNumberImagingServiceRequest",
        ),
    ],
)
def test_an_identifier_is_never_changed_to_fit(order: Order, field: str) -> None:
    with pytest.raises(Held) as held:
        build(facts(order=order))
    assert held.value.code == "manifest_unbuildable"
    assert held.value.code in HELD_REASONS
    assert field in held.value.detail
    assert order.accession.extension not in str(held.value).replace(field, "")


def test_longest_identifiers_fit() -> None:
    order = Order(Identifier("1.2", "P" * 64), Identifier("1.2", "A" * 16))
    request = loaded(facts(order=order)).ReferencedRequestSequence[0]
    assert request.AccessionNumber == "A" * 16


@pytest.mark.parametrize(
    "base",
    ["", "https://db.example.org/", "ftp://db", "https://db/a\\b", "https://é", "https://a b"],
)
def test_a_retrieve_base_that_is_no_base_is_refused(base: str) -> None:
    with pytest.raises(ConfigurationError):
        build(facts(retrieve_base=base))


def test_a_text_that_no_encoding_holds_is_refused_not_written() -> None:
    with pytest.raises(Held) as held:
        build(facts(institution=replace(FACTS.institution, structure_id="1\ud800")))
    assert held.value.code == "manifest_unbuildable"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        build(facts(at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_facts_and_bytes_hide_the_patient_in_repr() -> None:
    assert "248039263001064" not in repr(FACTS)
    assert LOCAL_ID.encode() not in build(FACTS)


def test_own_rules_hold_and_catch_each_fault() -> None:
    data = build(FACTS)
    assert broken_rules(data, LOCAL_ID) == []

    def spoilt(keyword: str) -> bytes:
        root = pydicom.dcmread(BytesIO(data))
        del root[keyword]
        out = BytesIO()
        root.save_as(out)
        return out.getvalue()

    assert broken_rules(spoilt("ContentTemplateSequence"), LOCAL_ID) == ["template"]
    assert broken_rules(spoilt("ReferencedRequestSequence"), LOCAL_ID) == ["request"]
    assert broken_rules(spoilt("AccessionNumber"), LOCAL_ID) == ["accession at the top"]
    assert broken_rules(spoilt("ContentSequence"), LOCAL_ID) == [
        "evidence is not the content",
        "description",
    ]
    assert broken_rules(data.replace(b"/series/", b"/serie5/", 1), LOCAL_ID) == ["retrieve URL"]
    assert broken_rules(b"x" + data[1:], "OPN-77") == ["preamble", "local identifier"]


VARIANTS = {
    "plain": FACTS,
    "used-name": facts(patient=patient(used_family="ARC", used_given="ZOÉ")),
    "given-only": facts(patient=patient(used_given="ZOÉ")),
    "utf-8": facts(act_label="Œsophage"),
    "large": facts(study=large_study(1300)),
    "located": facts(retrieve_location_uid=Uid("1.2.3.9")),
}


@pytest.mark.judge
@pytest.mark.parametrize("name", VARIANTS)
def test_dciodvfy_and_dsrdump_accept(name: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.dcm"
    path.write_bytes(build(VARIANTS[name]))
    assert dciodvfy_errors(path) == []
    text = dsrdump_text(path)
    assert text is not None
    objects = sum(len(one.instances) for one in VARIANTS[name].study.series)
    assert text.count("<contains ") == objects + 1
    assert "Key Object Description" in text
    assert VARIANTS[name].act_label in text


@pytest.mark.judge
def test_the_judges_reject_spoilt_manifests(tmp_path: Path) -> None:
    path = tmp_path / "spoilt.dcm"
    root = loaded(FACTS)
    del root.ReferencedPerformedProcedureStepSequence
    root.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "1.2.3"
    root.save_as(path)
    assert dciodvfy_errors(path) != []
    data = build(FACTS)
    path.write_bytes(data.replace(b"CONTAINER ", b"CONTAINED "))
    assert dsrdump_text(path) is None


def test_pydicom_and_our_reader_read_the_same_back() -> None:
    manifest = read(build(FACTS))
    assert [
        (
            s.series_instance_uid,
            s.number,
            [(i.sop_instance_uid, i.instance_number) for i in s.instances],
        )
        for s in manifest.series
    ] == [
        (
            s.series_instance_uid,
            s.number,
            [(i.sop_instance_uid, i.instance_number) for i in s.instances],
        )
        for s in STUDY.series
    ]
    rewritten = BytesIO()
    pydicom.dcmread(BytesIO(build(FACTS))).save_as(rewritten)
    assert rewritten.getvalue()[128:] == build(FACTS)[128:]


def test_objects_of_an_unknown_class_are_composites() -> None:
    private = InstanceRef(Uid("1.2.3.4.5.6"), Uid("1.2.3.4.5.6.7"))
    one = SeriesIndex(Uid("1.2.3.4"), "OT", 1, "", (private, InstanceRef(CT, Uid("1.2.3.4.5.8"))))
    content = loaded(facts(study=study(series=(one,), key_images=()))).ContentSequence
    assert [item.ValueType for item in content] == ["COMPOSITE", "IMAGE", "TEXT"]
