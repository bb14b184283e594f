"""The header of a CDA: chosen by meaning, complete, or refused with the element's name."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.parties import Code, Identifier, Interval, Organisation
from functions.drimbox.report.cda import read_cda
from functions.drimbox.report.model import ClinicalDocument
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
from tests.drimbox.report.refusals import refused

PARIS = timezone(timedelta(hours=1))
LOINC = "2.16.840.1.113883.6.1"


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
            title="",
            custodian="",
            encounter="",
            body="",
            exams=exam(performer="", period=""),
            patient=patient(f'<id extension="{INS}" root="{INS_OID}"/>'),
        )
    )
    assert (document.set_id, document.version, document.title) == (None, 1, "")
    assert (document.custodian, document.facility_type) == (None, None)
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


def test_the_author_is_the_person_and_not_a_device() -> None:
    device = (
        '<author><assignedAuthor><id root="1.2.3"/><assignedAuthoringDevice/></assignedAuthor>'
        "</author>"
    )
    assert read_cda(cda(author=device + PARTS["author"])).author.identifier == "801234560801"
    assert refused(cda(author=device)).detail == "CDA: author/assignedAuthor/assignedPerson"


# --- refusals ---

NO_STRUCTURE = professional(structure="")
LEGAL = "legalAuthenticator/assignedEntity"
MISSING: dict[str, tuple[bytes, str]] = {
    "id": (cda(id=""), "id"),
    "id without root": (cda(id="<id/>"), "id"),
    "versionNumber": (cda(version=""), "versionNumber"),
    "code": (cda(code=""), "code"),
    "code null": (cda(code='<code nullFlavor="UNK"/>'), "code"),
    "effectiveTime": (cda(time=""), "effectiveTime"),
    "effectiveTime null": (cda(time='<effectiveTime nullFlavor="UNK"/>'), "effectiveTime"),
    "confidentialityCode": (cda(confidentiality=""), "confidentialityCode"),
    "recordTarget": (cda(patient=""), "recordTarget"),
    "author": (cda(author=""), "author/assignedAuthor/assignedPerson"),
    "legalAuthenticator": (cda(legal_authenticator=""), "legalAuthenticator"),
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
        f"{LEGAL}/assignedPerson",
    ),
    "its structure": (
        cda(
            legal_authenticator="<legalAuthenticator><assignedEntity>"
            f"{NO_STRUCTURE}</assignedEntity></legalAuthenticator>"
        ),
        f"{LEGAL}/representedOrganization/id",
    ),
    "order": (cda(orders=""), "inFulfillmentOf"),
    "placer": (cda(orders=order(placer="")), "inFulfillmentOf/order/id/@extension"),
    "placer element": (
        cda(orders="<inFulfillmentOf><order/></inFulfillmentOf>"),
        "inFulfillmentOf/order/id",
    ),
    "accession": (
        cda(orders=order(accession="")),
        "inFulfillmentOf/order/accessionNumber/@extension",
    ),
    "accession of the second": (
        cda(orders=order() + order(accession=" ")),
        "inFulfillmentOf[2]/order/accessionNumber/@extension",
    ),
    "accession in another namespace": (
        cda(orders=order().replace("ps:", "")),
        "inFulfillmentOf/order/accessionNumber",
    ),
    "act": (cda(exams=exam(code="")), "documentationOf/serviceEvent/code"),
    "performer": (
        cda(exams=exam(performer="<performer/>")),
        "documentationOf/serviceEvent/performer/assignedEntity",
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
            "recordTarget/patientRole/id[1]",
        ),
        (
            cda(
                patient=patient(
                    f'{PATIENT_IDS}<id root="{INS_OID}" extension="{ins("1800175000001")}"/>'
                )
            ),
            "ins_invalid",
            198,
            "recordTarget/patientRole/id: more than one INS",
        ),
        (cda(exams=""), "study_missing", 101, "documentationOf/serviceEvent/id"),
        (cda(exams=exam(ids="")), "study_missing", 101, "documentationOf/serviceEvent/id"),
        (
            cda(exams=exam() + exam('<id root="1.2.03"/>')),
            "cda_element_invalid",
            102,
            "documentationOf[2]/serviceEvent/id",
        ),
        (
            cda(exams=exam(f'<id root="1.{"2" * 63}"/>')),
            "cda_element_invalid",
            102,
            "documentationOf/serviceEvent/id: too long",
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
        "ins_unknown_oid",
        "traits_incomplete",
        "study_missing",
        "too_many_studies",
        "document_code",
        "cda_element_repeated",
        "cda_null_flavor",
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


# --- the document's own identity ---


@pytest.mark.parametrize(
    "code",
    [
        '<code code="11502-2" codeSystem="2.16.840.1.113883.6.1"/>',
        '<code code="18748-4" codeSystem="1.2.250.1.213.1.1.4.12"/>',
        '<code code="55115-0" codeSystem="2.16.840.1.113883.6.1"/>',
        '<code code="18748-40" codeSystem="2.16.840.1.113883.6.1"/>',
    ],
)
def test_another_document_than_an_imaging_report_is_refused(code: str) -> None:
    error = refused(cda(code=code))
    assert (error.code, error.condition, error.detail) == ("document_code", 103, "CDA: code")


@pytest.mark.parametrize("system", ['codeSystem="2.16.840.1.113883.5.1"', ""])
@pytest.mark.parametrize("code", ["N", "R"])
def test_a_confidentiality_of_another_code_system_is_refused(code: str, system: str) -> None:
    element = f'<confidentialityCode code="{code}" {system}/>'
    error = refused(cda(confidentiality=element))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)


@pytest.mark.parametrize("code", ["n", "NORMAL", "L", "", "N R", "N\u200b"])
def test_a_confidentiality_that_is_none_is_refused(code: str) -> None:
    part = PARTS["confidentiality"].replace('"N"', f'"{code}"')
    assert refused(cda(confidentiality=part)).code == "cda_element_invalid"


@pytest.mark.parametrize("value", ["0", "00", "-1", "1.0", "x", "", "1" * 10, "²"])
def test_a_version_is_a_number_from_one(value: str) -> None:
    error = refused(cda(version=f'<versionNumber value="{value}"/>'))
    assert (error.code, error.detail) == ("cda_element_invalid", "CDA: versionNumber")
    assert read_cda(cda(version='<versionNumber value="010"/>')).version == 10


UUID = "90E1C8EC-F951-4B26-A305-A34848818DD6"


@pytest.mark.parametrize("part", ["id", "set_id", "related"])
@pytest.mark.parametrize(
    "root", ["1.2.03", "RIS", f"{{{UUID}}}", f"urn:uuid:{UUID}", "", UUID[:-1]]
)
def test_the_root_of_a_document_is_an_oid_or_a_uuid(part: str, root: str) -> None:
    def document(value: str) -> bytes:
        element = f'<id root="{value}" extension="E"/>'
        return cda(
            **{
                part: {
                    "id": element,
                    "set_id": element.replace("<id", "<setId"),
                    "related": f'<relatedDocument typeCode="RPLC"><parentDocument>{element}'
                    "</parentDocument></relatedDocument>",
                }[part]
            }
        )

    assert read_cda(document(UUID)) != read_cda(cda())
    assert refused(document(root)).code == "cda_element_invalid"


def _related(kind: str, identifier: str) -> str:
    return (
        f'<relatedDocument typeCode="{kind}"><parentDocument>{identifier}</parentDocument>'
        "</relatedDocument>"
    )


@pytest.mark.parametrize("kind", ["rplc", "REPLACE", "", "RPLC APND"])
def test_a_relation_that_may_be_a_replacement_is_refused(kind: str) -> None:
    error = refused(cda(related=_related(kind, '<id root="1.2.4"/>')))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)
    assert error.detail == "CDA: relatedDocument/@typeCode"


@pytest.mark.parametrize("kind", ["APND", "XFRM"])
def test_other_relations_replace_nothing(kind: str) -> None:
    assert read_cda(cda(related=_related(kind, '<id root="1.2.4"/>') * 2)).replaces is None


def test_a_replacement_names_the_other_document() -> None:
    for own, replaced in (
        (f'<id root="{DOCUMENT}"/>', f'<id root="{DOCUMENT}"/>'),
        (f'<id root="{UUID}" extension="E"/>', f'<id root="{UUID.lower()}" extension="E"/>'),
    ):
        error = refused(cda(id=own, related=_related("RPLC", replaced)))
        assert (error.code, error.detail) == (
            "cda_element_invalid",
            "CDA: relatedDocument/parentDocument/id",
        )
    missing = refused(cda(related='<relatedDocument typeCode="RPLC"/>'))
    assert missing.detail == "CDA: relatedDocument/parentDocument"


def test_a_device_or_nobody_beside_the_author() -> None:
    nobody = '<author><assignedAuthor nullFlavor="NA"/></author>'
    assert read_cda(cda(author=nobody + PARTS["author"])).author.identifier == "801234560801"
    assert refused(cda(author=nobody)).detail == "CDA: author/assignedAuthor/assignedPerson"


def test_the_time_of_signature_may_be_repeated() -> None:
    twice = PARTS["legal_authenticator"].replace(
        "<legalAuthenticator>", "<legalAuthenticator>" + '<time value="20210108"/>' * 2
    )
    assert read_cda(cda(legal_authenticator=twice)).validated_at is None


# --- a sweep over every element and attribute of the header ---

V3 = "{urn:hl7-org:v3}"
# Without it the document is another one, which replaces nothing: TXA-13 is compared with it.
MAY_BE_ABSENT = {f"{V3}relatedDocument"}


def _decisive(document: ClinicalDocument) -> tuple[object, ...]:
    """The data that identify, limit or order; those of the two lists as sets."""
    patient_read, signer = document.patient, document.legal_authenticator
    assert signer.organisation is not None
    return (
        (document.id, document.version, document.code.code, document.effective_time),
        (document.replaces, document.confidentiality),
        (patient_read.ins, patient_read.birth_family, patient_read.birth_date),
        (patient_read.sex, patient_read.birth_place),
        (signer.identifier, signer.family, signer.organisation.structure_id),
        frozenset(document.orders),
        frozenset(one.study_instance_uid for one in document.exams),
        frozenset(code for one in document.exams for code in one.modalities),
    )


def _spoilings(element: etree._Element) -> Iterator[Callable[[etree._Element], object]]:
    """Ways to spoil an element of a copy of the tree."""
    name = etree.QName(element).localname
    if element.tag not in MAY_BE_ABSENT:
        yield lambda one: cast("etree._Element", one.getparent()).remove(one)
        yield lambda one: setattr(one, "tag", f"{{urn:other}}{name}")
    yield lambda one: one.addnext(copy.deepcopy(one))
    yield lambda one: one.set("nullFlavor", "UNK")
    yield lambda one: setattr(one, "text", " ")
    for attribute in map(str, element.attrib):
        if attribute != "displayName":
            yield lambda one, attribute=attribute: one.set(attribute, "")  # type: ignore[misc]
            yield lambda one, attribute=attribute: one.attrib.pop(attribute)  # type: ignore[misc]


def test_no_spoiled_element_changes_a_datum_that_decides() -> None:
    """It is refused, or the datum is read as it was: never as absent, never as another."""
    data = cda(body="", related=_related("RPLC", '<id root="1.2.4"/>'))
    expected = _decisive(read_cda(data))
    root = etree.fromstring(data)
    spoiled = 0
    for place, element in enumerate(root.iter()):
        for spoil in _spoilings(element) if place else ():
            tree = copy.deepcopy(root)
            spoil(next(islice(tree.iter(), place, None)))
            spoiled += 1
            with suppress(MessageError):
                assert _decisive(read_cda(etree.tostring(tree))) == expected, element.tag
    assert spoiled > 500
