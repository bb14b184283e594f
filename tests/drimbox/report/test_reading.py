"""A whole message: the report read from it, and every way in which it is refused."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError, NotHl7, Refusal
from functions.drimbox.identity.parties import Identifier, Organisation
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import inspect, read_header, read_report
from functions.drimbox.report.requested_action import Action
from tests.drimbox.report.bad_messages import BAD, OTHER, OTHER_INS, other_document
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    STUDY,
    Segments,
    cda,
    exam,
    message,
    order,
    patient,
    visibility,
)

LOCATION = re.compile(r"[A-Z][A-Z0-9]{2}\^[0-9]+(\^[0-9]+)?")


def outcome_of(raw: bytes) -> Report | MessageError | NotHl7:
    try:
        return read_report(raw)
    except (MessageError, NotHl7) as error:
        return error


def refused(raw: bytes, **limits: int) -> MessageError:
    with pytest.raises(MessageError) as caught:
        read_report(raw, **limits)
    return caught.value


@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_a_nominal_message_is_read_whole(form: str) -> None:
    document = cda()
    report = read_report(message(form, document=document))
    assert report.action is Action.PUBLISH
    assert report.cda == document
    assert report.cda_sha256 == hashlib.sha256(document).hexdigest()
    assert report.document.id.root == DOCUMENT
    assert report.document.patient.ins.value == INS
    assert [e.study_instance_uid for e in report.document.exams] == [STUDY]
    assert report.visibility == visibility(invisible_to_patient=True)
    assert report.patient_class == "I"
    assert report.header == read_header(message(form, document=document))
    assert report.header.control_id == "M1"
    assert (report.header.sending_application, report.header.sending_facility) == ("RIS", "SITE")


def test_the_sender_is_the_sb_participation_with_the_one_of_its_finess() -> None:
    sender = read_report(message()).sender
    assert sender is not None
    assert (sender.identifier, sender.family, sender.given) == ("801234564895", "DUPUY", "Ève")
    assert sender.organisation == Organisation("1750803447", "Imagerie du Parc")


@pytest.mark.parametrize(
    ("fields", "structure_id"),
    [
        ({8: "Parc^^^^^A&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447"}, "1750803447"),
        ({8: "Parc^^^^^A&1.2.250.1.71.4.2.2&ISO^IDNST^^^345678901234567"}, "345678901234567"),
        ({8: ""}, None),
    ],
)
def test_the_senders_structure(fields: dict[int, str], structure_id: str | None) -> None:
    sender = read_report(message(PRT=fields)).sender
    assert sender is not None
    found = sender.organisation.structure_id if sender.organisation else None
    assert found == structure_id


@pytest.mark.parametrize("field", [5, 8])
def test_a_sender_of_two_persons_or_structures_is_refused(field: int) -> None:
    error = refused(message(PRT={field: "801^A^B~802^C^D"}))
    assert (error.code, error.location) == ("field_repeated", f"PRT^1^{field}")


@pytest.mark.parametrize("fields", [{4: "RCT^^participation"}, {5: ""}])
def test_another_participation_or_a_device_is_no_sender(fields: dict[int, str]) -> None:
    assert read_report(message(PRT=fields)).sender is None


def test_the_same_sender_twice_is_one_and_two_are_refused() -> None:
    def again(**changes: str) -> bytes:
        def edit(segments: Segments) -> None:
            (first,) = (one for one in segments if one[0] == "PRT")
            second = list(first)
            for old, new in changes.items():
                second = [field.replace(old, new) for field in second]
            segments.append(second)

        return message(edit=edit)

    assert read_report(again()).sender == read_report(message()).sender
    for changes in ({"DUPUY": "DUPOND"}, {"750803447": "750803448"}):
        error = refused(again(**changes))
        assert (error.code, error.location, error.condition) == ("sender_ambiguous", "PRT^2^5", 198)


def test_no_participation_and_no_visit_are_tolerated() -> None:
    report = read_report(message(drop=("PRT", "PV1")))
    assert (report.sender, report.patient_class) == (None, "")


# --- which OBX is the report ---


@pytest.mark.parametrize(
    "other",
    [
        other_document("CORPSMAIL_PS", OTHER, "MetaDMPMSS"),
        other_document("CORPSMAIL_PATIENT", OTHER, ""),
        other_document("11502-2", OTHER),
        other_document("18748-4", "^APPLICATION^PDF^Base64^JVBERi0="),
        other_document("18748-4", "some text", kind="ST"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_the_report_is_chosen_by_code_and_never_by_position(other: list[str], first: bool) -> None:
    def edit(segments: Segments) -> None:
        at = next(n for n, s in enumerate(segments) if s[0] == "OBX")
        segments.insert(at if first else at + 1, other)

    assert read_report(message(edit=edit)).document.id.root == DOCUMENT


def test_the_report_may_have_another_code_than_an_imaging_report() -> None:
    raw = message(OBR={4: "11502-2^^LN"}, OBX={3: "11502-2^^LN"})
    assert read_report(raw).document.id.root == DOCUMENT


def test_without_obr_an_imaging_report_comes_first() -> None:
    def edit(segments: Segments) -> None:
        at = next(n for n, s in enumerate(segments) if s[0] == "OBX")
        segments.insert(at, other_document("11502-2", OTHER))

    assert read_report(message(drop=("OBR",), edit=edit)).document.id.root == DOCUMENT


@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_two_documents_of_the_same_kind_are_refused(form: str) -> None:
    raw = message(form, edit=lambda s: s.append(other_document("18748-4", OTHER)))
    error = refused(raw)
    assert (error.code, error.location, error.condition) == ("document_ambiguous", "OBX^12^5", 198)


def test_the_same_document_twice_is_one() -> None:
    raw = message(edit=lambda s: s.append(next(one for one in s if one[0] == "OBX")))
    assert read_report(raw).cda == cda()


def test_a_second_document_in_the_field_is_refused() -> None:
    encoded = base64.b64encode(cda()).decode()
    error = refused(message(OBX={5: f"^TEXT^XML^Base64^{encoded}~{OTHER}"}))
    assert (error.code, error.location) == ("field_repeated", "OBX^1^5")


def test_a_second_part_of_the_document_is_refused() -> None:
    encoded = base64.b64encode(cda()).decode()
    error = refused(message(OBX={5: f"^TEXT^XML^Base64^{encoded}&QQ=="}))
    assert error.code == "document_not_base64"


@pytest.mark.parametrize(
    "end", ["\\.br\\", "\\.BR\\", "\\X0D\\\\X0A\\", "\\X0A\\", "\\x0d0a\\", "\\X20\\", " ", "\t"]
)
@pytest.mark.parametrize("lines", [100, 5_000])
def test_white_space_in_base64_is_no_fault(end: str, lines: int) -> None:
    document = cda() + b" " * (lines * 57 - len(cda()))
    encoded = base64.encodebytes(document).decode().replace("\n", end)
    report = read_report(message(OBX={5: f"^TEXT^XML^Base64^{encoded}"}))
    assert report.cda == document


@pytest.mark.parametrize("lines", [100, 5_000])
def test_another_escape_in_base64_is_a_fault(lines: int) -> None:
    encoded = base64.encodebytes(cda() + b" " * (lines * 57)).decode().replace("\n", "\\Zx\\")
    error = refused(message(OBX={5: f"^TEXT^XML^Base64^{encoded}"}))
    assert error.code == "document_not_base64"


def test_the_form_of_the_cross_validator() -> None:
    """Two documents, mail bodies, several participations, flags elsewhere, an IPP without OID."""

    def edit(segments: Segments) -> None:
        at = next(n for n, s in enumerate(segments) if s[0] == "PRT")
        flags = [
            [*s[:5], s[5].replace("expandedYes-NoIndicator", "HL70136"), *s[6:]]
            for s in segments[at + 1 :]
        ]
        segments[at + 1 :] = [
            ["PRT", "", "UC", "", "RCT^^participation", "x", *[""] * 9, "^^X.400^a@b.fr"],
            ["PRT", "", "UC", "", "REPLY^^participation", *[""] * 10, "^^X.400^a@b.fr"],
            other_document("11502-2", OTHER),
            *reversed(flags),
            other_document("CORPSMAIL_PS", OTHER, "MetaDMPMSS"),
        ]

    raw = message(
        MSH={21: "2.0^CISIS_CDA_HL7_V2"},
        PID={
            3: f"{INS}^^^X&{INS_OID}&ISO^INS^^20101207~627^^^AUT-AFFECTATION^PI",
            11: "Av de Breteuil^^PARIS^^75007^FRA^H˜^^^^^^BDL^^63220",
        },
        OBR={4: "34555-3^^LN"},
        document=cda(id='<id root="1.2.250.1.213.1.1.8" extension="A7_6"/>'),
        flags={"MASQUE_PS": "Y", "INVISIBLE_REP_LEGAUX": "Y"},
        edit=edit,
    )
    report = read_report(raw)
    assert report.document.id == Identifier("1.2.250.1.213.1.1.8", "A7_6")
    assert report.visibility == visibility(
        masked_to_professionals=True,
        invisible_to_patient=True,
        invisible_to_representatives=True,
    )
    assert report.sender is not None
    assert report.sender.identifier == "801234564895"


@pytest.mark.parametrize("kind", ["^TEXT^XML^Base64", "^text^xml^BASE64", "^Text^XML^base64"])
def test_the_case_of_the_encoding_is_free(kind: str) -> None:
    encoded = base64.b64encode(cda()).decode()
    assert read_report(message(OBX={5: f"{kind}^{encoded}"})).cda == cda()


# --- bad input ---


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_where_it_is_wrong(name: str) -> None:
    raw, code, location, condition, application_code = BAD[name]
    error = refused(raw)
    assert (error.code, error.location, error.condition, error.application_code) == (
        code,
        location,
        condition,
        application_code,
    )
    assert not isinstance(error, Refusal)
    assert error.detail
    for value in (INS, OTHER_INS, "IPP101", "PAT-TROIS", "279035121518988"):
        assert value not in error.detail


def test_a_type_without_report_is_a_refusal() -> None:
    error = refused(message(MSH={9: "OMI^O23^OMI_O23", 12: "2.5.1"}))
    assert not isinstance(error, Refusal), "to send it again changes nothing: AE"
    assert (error.code, error.location, error.condition) == ("unsupported_action", "MSH^1^9", 200)


@pytest.mark.parametrize("version", ["2.5", "2.5.1", "2.5^FRA^2.10", "2.6"])
@pytest.mark.parametrize("processing_id", ["P", "T", "D"])
def test_versions_and_processing_ids(version: str, processing_id: str) -> None:
    report = read_report(message(MSH={11: processing_id, 12: version}))
    assert (report.header.version, report.header.processing_id) == (
        version.partition("^")[0],
        processing_id,
    )


def test_the_limit_is_on_the_bytes_before_anything_else() -> None:
    raw = message()
    assert read_report(raw, max_bytes=len(raw)).header.control_id == "M1"
    assert refused(raw, max_bytes=len(raw) - 1).code == "message_too_large"


def test_two_studies_and_two_orders_stay_separate() -> None:
    document = cda(
        orders=order("OPN107", "ACN106") + order("OPN107", "ACN107"),
        exams=exam(f'<id root="{STUDY}.6"/><id root="{STUDY}.7"/>'),
    )
    read = read_report(message(document=document)).document
    assert [o.accession.extension for o in read.orders] == ["ACN106", "ACN107"]
    assert [e.study_instance_uid for e in read.exams] == [f"{STUDY}.6", f"{STUDY}.7"]


def test_nothing_of_a_report_is_in_its_text_form() -> None:
    report = read_report(message())
    for secret in (INS, "PAT-TROIS", "IPP101", "ACN103", "DUPUY"):
        assert secret not in repr(report)
        assert secret not in repr(report.document)


# --- any bytes ---


@given(st.binary(max_size=300))
def test_any_bytes_raise_only_what_is_documented(raw: bytes) -> None:
    with pytest.raises((NotHl7, MessageError)):
        read_report(raw)


GOOD = message()


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_message_is_read_or_refused_at_a_place(data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    outcome = outcome_of(bytes(raw))
    if isinstance(outcome, MessageError):
        assert LOCATION.fullmatch(outcome.location)
        assert outcome.condition in {100, 101, 102, 103, 198, 199, 200, 201, 202, 203}
    elif isinstance(outcome, Report):
        assert outcome.document.exams


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["PID", "ORC", "OBR", "OBX", "PRT", "TXA", "NTE"]),
            st.lists(st.text('|^~\\&NFABX0123456789."é ', max_size=12), max_size=14),
        ),
        max_size=12,
    )
)
def test_any_segments_raise_only_what_is_documented(
    content: list[tuple[str, list[str]]],
) -> None:
    head = "MSH|^~\\&|A|B|C|D|||MDM^T02^MDM_T02|1|P|2.6"
    lines = [head, *("|".join([name, *fields]) for name, fields in content)]
    with pytest.raises(MessageError) as caught:
        read_report("\r".join(lines).encode())
    assert LOCATION.fullmatch(caught.value.location)


# --- everything that is wrong, at once ---


def test_a_good_message_has_no_fault_and_is_whole() -> None:
    reading = inspect(GOOD)
    assert reading.faults == ()
    assert reading.report == read_report(GOOD)
    assert (reading.action, reading.document) == (Action.PUBLISH, read_report(GOOD).document)


def test_faults_of_parts_that_do_not_depend_on_each_other_are_all_found() -> None:
    reading = inspect(
        message(
            MSH={10: "", 11: "X", 12: "2.3"},
            PID={3: f"IPP101^^^AUT&{IPP_OID}&ISO^PI", 32: "PROV"},
            ORC={1: "RO"},
            flags={"MASQUE_PS": "?"},
            document=cda(exams=""),
        )
    )
    assert [fault.code for fault in reading.faults] == [
        "control_id_missing",
        "processing_id",
        "version",
        "ins_missing",
        "identity_not_qualified",
        "action_disagreement",
        "flag_value",
        "study_missing",
    ]
    assert reading.report is None


def test_every_field_of_a_part_tells_its_own_fault() -> None:
    """A part told its first fault alone: a vendor checked a message six times."""
    flags = {"MASQUE_PS": "?", "INVISIBLE_PATIENT": "?", "DESTDMP": None, "CONNEXION_SECRETE": None}
    raw = message(
        "MDM",
        MSH={9: "MDM^T04^MDM_T02"},
        PID={31: "Y", 32: "PROV"},
        OBX={11: "D"},
        TXA={12: "1.2.3", 13: "1.2.4"},
        flags=flags,
    )
    found = inspect(raw)
    assert [(fault.code, fault.location) for fault in found.faults] == [
        ("identity_not_qualified", "PID^1^31"),
        ("identity_not_qualified", "PID^1^32"),
        ("action_disagreement", "OBX^1^11"),
        ("action_disagreement", "MSH^1^9"),
        ("action_disagreement", "TXA^1^13"),
        ("flag_value", "OBX^2^5"),
        ("flag_value", "OBX^3^5"),
        ("flag_missing", "OBX^10"),
        ("document_id_mismatch", "TXA^1^12"),
    ]
    assert found.faults[7].detail == "no OBX for CONNEXION_SECRETE, DESTDMP"
    assert found.draft is None


def test_each_part_of_the_header_of_the_cda_tells_its_own_fault() -> None:
    bare = patient(name="<name/>").replace('code="F"', 'code="X"')
    document = cda(version="", confidentiality="", patient=bare, orders="", exams="")
    found = inspect(message(document=document)).faults
    assert [(fault.code, fault.detail) for fault in found] == [
        ("cda_element_missing", "CDA: versionNumber"),
        ("cda_element_missing", "CDA: confidentialityCode"),
        ("traits_incomplete", "CDA: recordTarget/patientRole/patient/name/family"),
        (
            "cda_element_invalid",
            "CDA: recordTarget/patientRole/patient/administrativeGenderCode",
        ),
        ("cda_element_missing", "CDA: inFulfillmentOf"),
        ("study_missing", "CDA: documentationOf/serviceEvent/id"),
    ]
    assert len(inspect(message(document=b"hello")).faults) == 1
    nobody = cda(patient="")
    assert [one.code for one in inspect(message(document=nobody)).faults] == ["cda_element_missing"]


def test_a_report_whose_parts_disagree_is_read_all_the_same() -> None:
    found = inspect(message(PID={32: "PROV"}))
    assert found.report is None
    assert found.draft == read_report(GOOD)
    assert inspect(GOOD).draft == inspect(GOOD).report


def test_readable_parts_are_there_beside_a_fault() -> None:
    reading = inspect(message(PID={32: "PROV"}))
    assert [fault.code for fault in reading.faults] == ["identity_not_qualified"]
    assert reading.document == read_report(GOOD).document
    assert reading.visibility == visibility(invisible_to_patient=True)
    assert reading.report is None


@pytest.mark.parametrize("name", BAD)
def test_the_first_fault_is_the_one_that_is_answered(name: str) -> None:
    raw, code, location, condition, application_code = BAD[name]
    first = inspect(raw).faults[0]
    assert (first.code, first.location, first.condition, first.application_code) == (
        code,
        location,
        condition,
        application_code,
    )
    # The parts read of the message go with their frames.
    assert first.__traceback__ is None


@pytest.mark.parametrize("raw", [message(MSH={9: "ADT^A01"}), message(MSH={9: ""}), b"MSH|^~\\&|"])
def test_a_message_that_is_no_report_is_not_read_any_further(raw: bytes) -> None:
    reading = inspect(raw)
    assert len(reading.faults) == 1
    assert (reading.action, reading.document, reading.report) == (None, None, None)
