"""The header of a CDA: chosen by meaning, complete, or refused with the element's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.parties import Code, Identifier, Interval, Organisation
from functions.drimbox.report.cda import MAX_EXAMS, _without_large_contents, read_cda
from simulators.ris.cases import CASES
from simulators.ris.cda import cda as of_case
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    PARTS,
    PATIENT_IDS,
    STUDY,
    TRANSLATIONS,
    cda,
    exam,
    ins,
    order,
    organisation,
    patient,
    professional,
)

PARIS = timezone(timedelta(hours=1))
LOINC = "2.16.840.1.113883.6.1"


def refused(data: bytes) -> MessageError:
    with pytest.raises(MessageError) as caught:
        read_cda(data, location="OBX^7^5")
    assert caught.value.location == "OBX^7^5"
    return caught.value


def test_a_nominal_document() -> None:
    document = read_cda(cda())
    assert document.id == Identifier(DOCUMENT)
    assert document.set_id == Identifier("0A1B2C3D-0000-4000-8000-000000000001")
    assert (document.version, document.replaces) == (1, None)
    assert document.code == Code("18748-4", LOINC, "CR")
    assert document.title == "CR d’imagerie"
    assert document.effective_time == datetime(2021, 1, 8, 11, 17, tzinfo=PARIS)
    assert document.confidentiality == "N"
    assert document.custodian == Organisation(
        "1750803447",
        "Imagerie du Parc",
        Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
    )
    assert document.facility_type == Code("SA08", "1.2.250.1.71.4.2.4", "Cabinet")


def test_the_patient() -> None:
    found = read_cda(cda()).patient
    assert (found.ins.value, found.ins.oid) == (INS, INS_OID)
    assert found.local_ids == (Identifier(IPP_OID, "IPP101"),)
    assert (found.birth_family, found.birth_given) == ("PAT-TROIS", "DOMINIQUE")
    assert found.birth_givens == "DOMINIQUE ANNE"
    assert (found.used_family, found.used_given) == ("PAT-QUATRE", "DOM")
    assert (found.birth_date, found.sex, found.birth_place) == ("19790328", "F", "51215")


def test_the_professionals() -> None:
    document = read_cda(cda())
    for found in (
        document.author,
        document.legal_authenticator,
        document.exams[0].performer,
    ):
        assert found is not None
        assert (found.identifier, found.family, found.given) == (
            "801234560801",
            "TESTEUSE",
            "Aude",
        )
        assert (found.profession, found.specialty) == ("10", "SM44")
        assert found.organisation == Organisation(
            "1750803447",
            "Imagerie du Parc",
            Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
        )


def test_the_order_and_the_exam() -> None:
    document = read_cda(cda())
    (found,) = document.orders
    assert found.placer == Identifier("1.2.250.1.748.12345678.12", "OPN103")
    assert found.accession == Identifier("1.2.250.1.925.994044.27", "ACN103")
    (exam_found,) = document.exams
    assert exam_found.study_instance_uid == STUDY
    assert exam_found.act == Code("24727-0", LOINC, "TDM")
    assert [c.code for c in exam_found.procedures] == ["ACQH004"]
    assert exam_found.modalities == (Code("CT", "1.2.840.10008.2.16.4", "Scanner"),)
    assert exam_found.regions == (Code("774007", "2.16.840.1.113883.6.96", "Tête"),)
    assert exam_found.period == Interval(
        datetime(2021, 1, 8, 10, 25, tzinfo=PARIS), datetime(2021, 1, 8, 11, 17, tzinfo=PARIS)
    )


# --- identifiers ---


def test_patient_identifiers_are_chosen_by_root() -> None:
    ids = (
        '<id root="1.2.3" extension="FIRST"/>'
        f'<id extension="{INS}" root="{INS_OID}"/>'
        '<id nullFlavor="UNK"/>'
        '<id root="1.2.4" extension="SECOND"/>'
    )
    found = read_cda(cda(patient=patient(ids))).patient
    assert found.ins.value == INS
    assert found.local_ids == (Identifier("1.2.3", "FIRST"), Identifier("1.2.4", "SECOND"))


def test_the_ins_alone_is_enough_and_may_be_repeated() -> None:
    one = f'<id extension="{INS}" root="{INS_OID}"/>'
    assert read_cda(cda(patient=patient(one * 2))).patient.local_ids == ()


def test_document_id_with_extension_replaced_document_and_version() -> None:
    document = read_cda(
        cda(
            id=f'<id root="{DOCUMENT}" extension=" X "/>',
            version='<versionNumber value="12"/>',
            related='<relatedDocument typeCode="APND"><parentDocument><id root="1.2.3"/>'
            '</parentDocument></relatedDocument><relatedDocument typeCode="RPLC">'
            '<parentDocument><id root="1.2.4" extension="E"/></parentDocument></relatedDocument>',
        )
    )
    assert document.id == Identifier(DOCUMENT, "X")
    assert document.replaces == Identifier("1.2.4", "E")
    assert document.version == 12


def test_optional_parts() -> None:
    document = read_cda(
        cda(
            set_id="",
            version="",
            title="",
            custodian="",
            encounter="",
            body="",
            exams=exam(performer="", period=""),
            patient=patient(f'<id extension="{INS}" root="{INS_OID}"/>', place=""),
        )
    )
    assert (document.set_id, document.version, document.title) == (None, 1, "")
    assert (document.custodian, document.facility_type) == (None, None)
    assert document.patient.birth_place == ""
    assert document.exams[0].performer is None
    assert document.exams[0].period == Interval(None, None)


def test_null_flavors_are_absences() -> None:
    document = read_cda(
        cda(
            set_id='<setId nullFlavor="UNK"/>',
            custodian="<custodian><assignedCustodian><representedCustodianOrganization>"
            '<id root="1.2.250.1.71.4.2.2" nullFlavor="UNK"/></representedCustodianOrganization>'
            "</assignedCustodian></custodian>",
            encounter=PARTS["encounter"].replace('code="SA08"', 'nullFlavor="UNK"'),
            exams=exam(
                period='<effectiveTime><low nullFlavor="UNK"/><high nullFlavor="UNK"/>'
                "</effectiveTime>"
            ),
        )
    )
    assert (document.set_id, document.custodian, document.facility_type) == (None, None, None)
    assert document.exams[0].period == Interval(None, None)


def test_an_organisation_of_another_scheme_is_no_structure() -> None:
    element = organisation("representedCustodianOrganization").replace("1.2.250.1.71.4.2.2", "1.2")
    custodian = f"<custodian><assignedCustodian>{element}</assignedCustodian></custodian>"
    assert read_cda(cda(custodian=custodian)).custodian is None


# --- names ---


def _family(text: str, qualifier: str = "") -> str:
    attribute = f' qualifier="{qualifier}"' if qualifier else ""
    return f"<family{attribute}>{text}</family>"


def _given(text: str, qualifier: str = "") -> str:
    return _family(text, qualifier).replace("family", "given")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            _family("A", "BR") + _given("B", "BR") + _given("B"),
            ("A", "B", "B", "", ""),
        ),
        (
            _family("A", "BR") + _given("B", "BR") + _given("B") + _family("C", "CL"),
            ("A", "B", "B", "C", ""),
        ),
        (
            _family("A", "BR") + _given("B", "BR") + _given("B") + _given("D", "CL"),
            ("A", "B", "B", "", "D"),
        ),
        (
            _given("D", "CL")
            + _family("C", "CL")
            + _given("B")
            + _given("B2")
            + _family("A", "BR"),
            ("A", "B", "B B2", "C", "D"),
        ),
        (_family("A", "BR") + _given("B", "BR"), ("A", "B", "B", "", "")),
        (_family("A") + _given("B"), ("A", "B", "B", "", "")),
        (_family("A", "SP") + _given("B"), ("A", "B", "B", "", "")),
        (_family("A", "BR") + _family("C", "SP") + _given("B"), ("A", "B", "B", "C", "")),
        (_family("A") + _family("C", "SP") + _given("B"), ("A", "B", "B", "C", "")),
        (
            _family("A", "BR") + _family("C", "SP") + _family("D", "CL") + _given("B"),
            ("A", "B", "B", "D", ""),
        ),
        (_family("A", "BR CL") + _given("B", "BR CL"), ("A", "B", "B", "A", "B")),
        (_family("  DE   LA\n RUE ", "BR") + _given("B"), ("DE LA RUE", "B", "B", "", "")),
        (_family("A<!-- x -->B", "BR") + _given("C"), ("AB", "C", "C", "", "")),
    ],
)
def test_names_by_qualifier(parts: str, expected: tuple[str, ...]) -> None:
    found = read_cda(cda(patient=patient(name=f"<name>{parts}</name>"))).patient
    assert (
        found.birth_family,
        found.birth_given,
        found.birth_givens,
        found.used_family,
        found.used_given,
    ) == expected


@pytest.mark.parametrize(
    ("written", "read"), [("M", "M"), ("F", "F"), ("UN", "O"), ("O", "O"), ("U", "U")]
)
def test_sex(written: str, read: str) -> None:
    element = f'<administrativeGenderCode code="{written}"/>'
    assert read_cda(cda(patient=patient(sex=element))).patient.sex == read


@pytest.mark.parametrize(
    ("part", "element"),
    [
        (patient(name=""), "patient/name/family"),
        (patient(name=f"<name>{_family('A', 'CL')}{_given('B')}</name>"), "patient/name/family"),
        (patient(name=f"<name>{_family('A', 'BR')}</name>"), "patient/name/given"),
        (patient(name=f"<name>{_family(' ', 'BR')}{_given('B')}</name>"), "patient/name/family"),
        (patient(birth=""), "patient/birthTime"),
        (patient(birth='<birthTime nullFlavor="UNK"/>'), "patient/birthTime"),
        (patient(sex=""), "patient/administrativeGenderCode"),
        (patient(sex='<administrativeGenderCode code="X"/>'), "patient/administrativeGenderCode"),
    ],
)
def test_incomplete_traits(part: str, element: str) -> None:
    error = refused(cda(patient=part))
    assert (error.code, error.condition, error.application_code) == (
        "traits_incomplete",
        101,
        "905",
    )
    assert error.detail == f"CDA: {element}"


@pytest.mark.parametrize("birth", ["1979", "197903", "19790000", "19791301", "unknown"])
def test_a_birth_date_is_a_day_of_the_calendar(birth: str) -> None:
    error = refused(cda(patient=patient(birth=f'<birthTime value="{birth}"/>')))
    assert (error.code, error.detail) == ("cda_element_invalid", "CDA: patient/birthTime")


def test_professionals_names_and_professions() -> None:
    name = "<name><prefix>M</prefix>" + _given("J", "CL") + _family("B", "CL") + "</name>"
    for code, expected in (
        ("G15_10/SM44", ("10", "SM44")),
        ("G15_21", ("21", "")),
        ("G16_10/SM26", ("10", "SM26")),
        ("", ("", "")),
    ):
        assigned = professional(code=code, name=name)
        found = read_cda(
            cda(author=f"<author><assignedAuthor>{assigned}</assignedAuthor></author>")
        ).author
        assert (found.family, found.given) == ("B", "J")
        assert (found.profession, found.specialty) == expected


def test_the_author_is_the_person_and_not_a_device() -> None:
    device = (
        '<author><assignedAuthor><id root="1.2.3"/><assignedAuthoringDevice/></assignedAuthor>'
        "</author>"
    )
    assert read_cda(cda(author=device + PARTS["author"])).author.identifier == "801234560801"
    assert refused(cda(author=device)).detail == "CDA: author/assignedAuthor"


# --- exams ---


def test_several_exams_and_orders_in_document_order() -> None:
    document = read_cda(
        cda(
            orders=order("P1", "A1") + order("P2", "A2") + order("P3", "A3"),
            exams=exam(f'<id root="{STUDY}.1"/>')
            + exam(ids="", code='<code code="Z13.9" codeSystem="2.16.840.1.113883.6.3"/>')
            + exam(ids='<id nullFlavor="NA"/>')
            + exam(ids='<id root="1.2.250.1.5" extension="12"/>')
            + exam(f'<id root="{STUDY}.3"/><id root="{STUDY}.2"/>'),
        )
    )
    assert [o.accession.extension for o in document.orders] == ["A1", "A2", "A3"]
    assert [e.study_instance_uid for e in document.exams] == [
        f"{STUDY}.1",
        f"{STUDY}.3",
        f"{STUDY}.2",
    ]


def test_the_number_of_studies_is_bounded() -> None:
    ids = [f'<id root="{STUDY}.{n}"/>' for n in range(MAX_EXAMS + 1)]
    assert len(read_cda(cda(exams=exam("".join(ids[1:])))).exams) == MAX_EXAMS
    error = refused(cda(exams=exam(ids[0]) + exam("".join(ids[1:]))))
    assert (error.code, error.condition) == ("too_many_studies", 207)


@pytest.mark.parametrize("extension", ["studyInstanceUID", "StudyInstanceUID", " "])
def test_the_older_form_of_a_study_id(extension: str) -> None:
    exams = exam(f'<id root="{STUDY}" extension="{extension}"/>')
    assert read_cda(cda(exams=exams)).exams[0].study_instance_uid == STUDY


def test_translations_by_qualifier_then_by_system() -> None:
    code = (
        '<code code="63337009" codeSystem="1.2.250.1.213.2.5">'
        '<translation code="MR" codeSystem="1.2.840.10008.2.16.4"/>'
        '<translation code="XA" codeSystem="1.2.250.1.213.1.1.5.618"/>'
        '<translation code="1" codeSystem="2.16.840.1.113883.6.96"/>'
        '<translation code="2" codeSystem="1.2.250.1.213.1.1.5.695"/>'
        '<translation code="P" codeSystem="1.2.250.1.215.300.1"/>'
        '<translation nullFlavor="UNK"/>'
        '<translation code="3" codeSystem="1.2.3"><qualifier><name code="39111-0"/></qualifier>'
        "</translation></code>"
    )
    (found,) = read_cda(cda(exams=exam(code=code))).exams
    assert found.act == Code("63337009", "1.2.250.1.213.2.5")
    assert [c.code for c in found.modalities] == ["MR", "XA"]
    assert [c.code for c in found.regions] == ["1", "2", "3"]
    assert [c.code for c in found.procedures] == ["P"]


def test_an_act_without_translation() -> None:
    (found,) = read_cda(cda(exams=exam(code='<code code="A" codeSystem="1.2"/>'))).exams
    assert (found.modalities, found.regions, found.procedures) == ((), (), ())


def test_the_performer_is_the_prf_one() -> None:
    def performer(number: str, kind: str) -> str:
        entity = f"<assignedEntity>{professional(number)}</assignedEntity>"
        return f'<performer typeCode="{kind}">{entity}</performer>'

    both = performer("1", "SPRF") + performer("2", "PRF")
    for content, expected in ((both, "2"), (performer("1", "SPRF"), "1")):
        found = read_cda(cda(exams=exam(performer=content))).exams[0].performer
        assert found is not None
        assert found.identifier == expected


# --- times ---


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20210108111700+0100", datetime(2021, 1, 8, 11, 17, tzinfo=PARIS)),
        ("20210108111700", datetime(2021, 1, 8, 11, 17)),  # noqa: DTZ001 - site local
        ("20210108", datetime(2021, 1, 8)),  # noqa: DTZ001 - site local
        ("2021010811", datetime(2021, 1, 8, 11)),  # noqa: DTZ001 - site local
        ("202101081117", datetime(2021, 1, 8, 11, 17)),  # noqa: DTZ001 - site local
        ("20210108111742.123-0330", datetime(2021, 1, 8, 14, 47, 42, tzinfo=UTC)),
        ("202101081117+0000", datetime(2021, 1, 8, 11, 17, tzinfo=UTC)),
    ],
)
def test_times(written: str, read: datetime) -> None:
    found = read_cda(cda(time=f'<effectiveTime value="{written}"/>')).effective_time
    assert found == read
    assert (found.tzinfo is None) == (read.tzinfo is None)


@pytest.mark.parametrize(
    "written",
    [
        "2021",
        "202101",
        "2021010",
        "20210132",
        "20210229",
        "2021010825",
        "20210108116000",
        "20210108111760",
        "20210108.5",
        "20210108111700+1",
        "20210108111700+1500",
        "20210108111700+0160",
        "20210108111700Z",
        "00000101",
        "00010101000000+1400",
        "09991231",
        "99991231235959-1400",
        "２０２１０１０８",
        "hier",
    ],
)
def test_texts_that_are_no_time(written: str) -> None:
    error = refused(cda(time=f'<effectiveTime value="{written}"/>'))
    assert (error.code, error.condition) == ("cda_element_invalid", 102)
    assert error.detail == "CDA: effectiveTime"


def test_periods() -> None:
    noon = datetime(2021, 1, 8, 12, tzinfo=UTC)
    for period, expected in (
        ('<effectiveTime value="2021010812+0000"/>', Interval(noon, noon)),
        ('<effectiveTime><low value="2021010812+0000"/></effectiveTime>', Interval(noon, None)),
        ('<effectiveTime><high value="2021010812+0000"/></effectiveTime>', Interval(None, noon)),
    ):
        assert read_cda(cda(exams=exam(period=period))).exams[0].period == expected
    error = refused(cda(exams=exam(period='<effectiveTime><low value="x"/></effectiveTime>')))
    assert error.detail == "CDA: serviceEvent/effectiveTime/low"


# --- refusals ---

NO_STRUCTURE = professional(structure="")
LEGAL = "legalAuthenticator/assignedEntity"
MISSING: dict[str, tuple[bytes, str]] = {
    "id": (cda(id=""), "id"),
    "id without root": (cda(id='<id extension="1"/>'), "id"),
    "code": (cda(code=""), "code"),
    "code null": (cda(code='<code nullFlavor="UNK"/>'), "code"),
    "effectiveTime": (cda(time=""), "effectiveTime"),
    "effectiveTime null": (cda(time='<effectiveTime nullFlavor="UNK"/>'), "effectiveTime"),
    "confidentialityCode": (cda(confidentiality=""), "confidentialityCode"),
    "recordTarget": (cda(patient=""), "recordTarget/patientRole"),
    "author": (cda(author=""), "author/assignedAuthor"),
    "legalAuthenticator": (cda(legal_authenticator=""), LEGAL),
    "its id": (
        cda(legal_authenticator=PARTS["legal_authenticator"].replace("1.2.250.1.71.4.2.1", "1.2")),
        f"{LEGAL}/id",
    ),
    "its extension": (
        cda(
            legal_authenticator=PARTS["legal_authenticator"].replace(
                'extension="801234560801"', 'nullFlavor="UNK"'
            )
        ),
        f"{LEGAL}/id",
    ),
    "its name": (
        cda(legal_authenticator=PARTS["legal_authenticator"].replace("TESTEUSE", "")),
        f"{LEGAL}/assignedPerson/name/family",
    ),
    "its person": (
        cda(
            legal_authenticator="<legalAuthenticator><assignedEntity>"
            '<id root="1.2.250.1.71.4.2.1" extension="1"/></assignedEntity></legalAuthenticator>'
        ),
        f"{LEGAL}/assignedPerson/name/family",
    ),
    "its structure": (
        cda(
            legal_authenticator="<legalAuthenticator><assignedEntity>"
            f"{NO_STRUCTURE}</assignedEntity></legalAuthenticator>"
        ),
        f"{LEGAL}/representedOrganization/id",
    ),
    "order": (cda(orders=""), "inFulfillmentOf/order"),
    "placer": (cda(orders=order(placer="")), "inFulfillmentOf/order/id"),
    "placer element": (
        cda(orders="<inFulfillmentOf><order/></inFulfillmentOf>"),
        "inFulfillmentOf/order/id",
    ),
    "accession": (cda(orders=order(accession="")), "inFulfillmentOf/order/accessionNumber"),
    "accession of the second": (
        cda(orders=order() + order(accession=" ")),
        "inFulfillmentOf/order/accessionNumber",
    ),
    "accession in another namespace": (
        cda(orders=order().replace("ps:", "")),
        "inFulfillmentOf/order/accessionNumber",
    ),
    "act": (cda(exams=exam(code="")), "code"),
    "performer": (
        cda(exams=exam(performer="<performer/>")),
        "serviceEvent/performer/assignedEntity",
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_element_is_named(name: str) -> None:
    data, element = MISSING[name]
    error = refused(data)
    assert (error.code, error.condition) == ("cda_element_missing", 101)
    assert error.detail == f"CDA: {element}"


@pytest.mark.parametrize(
    ("data", "code", "condition", "detail"),
    [
        (b"", "document_not_xml", 102, "not well-formed"),
        (b"<ClinicalDocument", "document_not_xml", 102, "not well-formed"),
        (
            b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "document_not_xml",
            102,
            "declares a document type",
        ),
        (b"<ClinicalDocument/>", "document_not_cda", 102, "ClinicalDocument"),
        (b'<a xmlns="urn:hl7-org:v3"/>', "document_not_cda", 102, "ClinicalDocument"),
        (
            cda(confidentiality='<confidentialityCode code="L"/>'),
            "cda_element_invalid",
            103,
            "confidentialityCode",
        ),
        (
            cda(version='<versionNumber value="-1"/>'),
            "cda_element_invalid",
            102,
            "versionNumber",
        ),
        (
            cda(patient=patient('<id root="1.2.3" extension="1"/>')),
            "ins_missing",
            101,
            "recordTarget/patientRole/id",
        ),
        (
            cda(patient=patient(PATIENT_IDS.replace(INS, "279035121518988"))),
            "ins_invalid",
            102,
            "recordTarget/patientRole/id",
        ),
        (
            cda(
                patient=patient(
                    f'{PATIENT_IDS}<id root="{INS_OID}" extension="{ins("1800175000001")}"/>'
                )
            ),
            "ins_invalid",
            102,
            "recordTarget/patientRole/id: more than one INS",
        ),
        (cda(exams=""), "study_missing", 101, "documentationOf/serviceEvent/id"),
        (cda(exams=exam(ids="")), "study_missing", 101, "documentationOf/serviceEvent/id"),
        (
            cda(exams=exam() + exam('<id root="1.2.03"/>')),
            "cda_element_invalid",
            102,
            "documentationOf/serviceEvent/id",
        ),
        (
            cda(exams=exam(f'<id root="1.{"2" * 63}"/>')),
            "cda_element_invalid",
            102,
            "documentationOf/serviceEvent/id",
        ),
    ],
)
def test_a_wrong_document_is_refused(data: bytes, code: str, condition: int, detail: str) -> None:
    error = refused(data)
    assert (error.code, error.condition, error.detail) == (code, condition, f"CDA: {detail}")


def test_only_a_missing_ins_has_its_application_code() -> None:
    assert refused(cda(patient=patient("<id/>"))).application_code == "903"
    assert refused(cda(id="")).application_code == ""


def test_the_longest_uid_is_read() -> None:
    longest = "1." + "2" * 62
    assert (
        read_cda(cda(exams=exam(f'<id root="{longest}"/>'))).exams[0].study_instance_uid == longest
    )


# --- any bytes ---


@given(st.binary(max_size=200))
def test_any_bytes_raise_only_a_message_error(data: bytes) -> None:
    assert refused(data).code in {"document_not_xml", "document_not_cda"}


GOOD = cda()


def outcome_of(data: bytes) -> str:
    try:
        read_cda(data)
    except MessageError as error:
        return error.code
    return "read"


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_document_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    assert outcome_of(bytes(raw)) in {
        "read",
        "document_not_xml",
        "document_not_cda",
        "cda_element_missing",
        "cda_element_invalid",
        "ins_missing",
        "ins_invalid",
        "traits_incomplete",
        "study_missing",
        "too_many_studies",
    }


@given(
    st.sampled_from(sorted(PARTS)),
    st.recursive(
        st.text("abc<>&\"'é 0123456789.+", max_size=5).map(
            lambda t: t.replace("&", "").replace("<", "").replace(">", "")
        ),
        lambda inner: st.builds(
            lambda tag, a, v, children: f'<{tag} {a}="{v}">{"".join(children)}</{tag}>',
            st.sampled_from(
                ["id", "code", "name", "family", "patient", "patientRole", "serviceEvent", "low"]
            ),
            st.sampled_from(["root", "extension", "value", "code", "qualifier", "typeCode"]),
            st.sampled_from(["", "1.2.3", INS_OID, "BR", "20210108", "N", "²"]),
            st.lists(inner, max_size=3),
        ),
        max_leaves=8,
    ),
)
def test_any_element_in_place_of_a_part_is_read_or_refused(part: str, content: str) -> None:
    assert outcome_of(cda(**{part: content})) != ""
    assert TRANSLATIONS in cda().decode()


# --- large contents


def test_a_pdf_that_the_parser_would_refuse_is_left_out() -> None:
    """libxml2 takes no text above 10 MB, and need not: the body is not read."""
    large = of_case(CASES["C"], pdf_size=12 * 1024 * 1024)
    assert len(large) > 16 * 1024 * 1024
    assert read_cda(large, location="OBX^1^5") == read_cda(of_case(CASES["C"]), location="OBX^1^5")


@given(st.lists(st.binary(max_size=20), max_size=6), st.integers(0, 5))
def test_nothing_but_long_runs_of_base64_is_left_out(pieces: list[bytes], place: int) -> None:
    run = b"QUJD\n" * 220_000
    pieces.insert(min(place, len(pieces)), b"<" + run + b">")
    whole = b"".join(pieces)
    left = _without_large_contents(whole)
    assert len(whole) - len(left) >= len(run)
    assert [char for char in left if char in b"<>&'\""] == [
        char for char in whole if char in b"<>&'\""
    ]
    assert _without_large_contents(left) == left


def test_it_takes_a_time_that_grows_with_the_bytes_alone() -> None:
    almost = (b"A" * 1_000_000 + b"<") * 20
    assert _without_large_contents(almost) == almost


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('<time value="20210108111700+0100"/>', datetime(2021, 1, 8, 11, 17, tzinfo=PARIS)),
        ("", None),
        ('<time nullFlavor="UNK"/>', None),
        ('<time value="yesterday"/>', None),
    ],
)
def test_a_time_of_signature_that_cannot_be_read_stops_no_report(
    written: str, read: datetime | None
) -> None:
    signed = PARTS["legal_authenticator"].replace(
        "<legalAuthenticator>", f"<legalAuthenticator>{written}"
    )
    assert read_cda(cda(legal_authenticator=signed)).validated_at == read
