"""The patient, the professionals and the structures of a header."""

from __future__ import annotations

import pytest

from functions.drimbox.identity.parties import Identifier, Organisation
from functions.drimbox.report.cda import read_cda
from tests.drimbox.report.build import (
    INS,
    INS_OID,
    IPP_OID,
    PARTS,
    PATIENT_IDS,
    PATIENT_NAME,
    cda,
    patient,
    professional,
)
from tests.drimbox.report.refusals import refusal, refused


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


PATIENT = "recordTarget/patientRole/patient"


def _gender(code: str, system: str = "2.16.840.1.113883.5.1") -> str:
    return f'<administrativeGenderCode code="{code}" codeSystem="{system}"/>'


@pytest.mark.parametrize(
    ("written", "read"), [("M", "M"), ("F", "F"), ("UN", "O"), ("O", "O"), ("U", "U")]
)
def test_sex(written: str, read: str) -> None:
    assert read_cda(cda(patient=patient(sex=_gender(written)))).patient.sex == read


@pytest.mark.parametrize("sex", [_gender("X"), _gender("f"), _gender(""), _gender("F", "1.2")])
def test_a_sex_of_no_value_set_is_refused(sex: str) -> None:
    error = refused(cda(patient=patient(sex=sex)))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)
    assert error.detail == f"CDA: {PATIENT}/administrativeGenderCode"


def _place(county: str) -> str:
    return f"<birthplace><place><addr>{county}</addr></place></birthplace>"


@pytest.mark.parametrize(
    ("part", "element"),
    [
        (patient(name=""), "name"),
        (patient(name='<name nullFlavor="MSK"/>'), "name"),
        (patient(name=f"<name>{_family('A', 'CL')}{_given('B')}</name>"), "name/family"),
        (patient(name=f"<name>{_family('A', 'BR')}</name>"), "name/given"),
        (patient(name=f"<name>{_family(' ', 'BR')}{_given('B')}</name>"), "name/family"),
        (
            patient(name=f'<name><family qualifier="BR" nullFlavor="UNK"/>{_given("B")}</name>'),
            "name/family",
        ),
        (patient(birth=""), "birthTime"),
        (patient(birth='<birthTime nullFlavor="UNK"/>'), "birthTime"),
        (patient(sex=""), "administrativeGenderCode"),
        (
            patient(sex='<administrativeGenderCode nullFlavor="UNK"/>'),
            "administrativeGenderCode",
        ),
        (patient(place=""), "birthplace"),
        (patient(place='<birthplace nullFlavor="UNK"/>'), "birthplace"),
        (patient(place=_place('<county nullFlavor="UNK"/>')), "birthplace/place/addr/county"),
        (patient(place=_place("<county> </county>")), "birthplace/place/addr/county"),
        (patient(place=_place("<city>REIMS</city>")), "birthplace/place/addr/county"),
    ],
)
def test_incomplete_traits(part: str, element: str) -> None:
    error = refused(cda(patient=part))
    assert (error.code, error.condition, error.application_code) == (
        "traits_incomplete",
        101,
        "905",
    )
    assert error.detail == f"CDA: {PATIENT}/{element}"


def test_a_role_without_person() -> None:
    role = f"<recordTarget><patientRole>{PATIENT_IDS}</patientRole></recordTarget>"
    assert refusal(cda(patient=role)) == ("traits_incomplete", PATIENT)


@pytest.mark.parametrize("birth", ["1979", "197903", "19790000", "19791301", "unknown"])
def test_a_birth_date_is_a_day_of_the_calendar(birth: str) -> None:
    part = patient(birth=f'<birthTime value="{birth}"/>')
    assert refusal(cda(patient=part)) == ("cda_element_invalid", f"{PATIENT}/birthTime")


@pytest.mark.parametrize("place", ["51215", "2A004", "2B033", "99127", "97411"])
def test_a_birth_place_is_a_commune(place: str) -> None:
    part = patient(place=_place(f"<county>{place}</county>"))
    assert read_cda(cda(patient=part)).patient.birth_place == place


@pytest.mark.parametrize(
    "place", ["5121", "512150", "2C004", "2a004", "REIMS", "51 215", "５１２１５"]
)
def test_a_birth_place_that_is_no_commune_is_refused(place: str) -> None:
    part = patient(place=_place(f"<county>{place}</county>"))
    assert refusal(cda(patient=part)) == (
        "cda_element_invalid",
        f"{PATIENT}/birthplace/place/addr/county",
    )


# --- names: a null part is absent, a repeated one is refused ---


def test_a_null_part_gives_way_to_the_next() -> None:
    """The first given name has a nullFlavor, the next has the value (C-CDA's examples)."""
    for parts in (
        f'<given nullFlavor="UNK"/>{_given("B")}{_family("A", "BR")}',
        f'<given qualifier="BR" nullFlavor="UNK"/>{_given("B", "BR")}{_family("A", "BR")}',
        f'{_given("B", "BR")}<family qualifier="BR" nullFlavor="MSK"/>{_family("A", "BR")}',
    ):
        found = read_cda(cda(patient=patient(name=f"<name>{parts}</name>"))).patient
        assert (found.birth_family, found.birth_given, found.birth_givens) == ("A", "B", "B")


def test_a_masked_name_gives_way_to_the_next() -> None:
    for name in (
        f'<name nullFlavor="MSK"/>{PATIENT_NAME}',
        f"{PATIENT_NAME}<name nullFlavor='MSK'/>",
    ):
        assert read_cda(cda(patient=patient(name=name))).patient.birth_family == "PAT-TROIS"


@pytest.mark.parametrize(
    ("name", "element"),
    [
        (PATIENT_NAME * 2, "name"),
        (f'<name use="P"><family>X</family></name>{PATIENT_NAME}', "name"),
        *(
            (PATIENT_NAME.replace("</name>", f"{part}</name>"), f"name/{kind}")
            for part, kind in (
                (_family("PAT-CINQ", "BR"), "family"),
                (_family("PAT-TROIS", "BR"), "family"),
                (_family("PAT-CINQ", "CL"), "family"),
                (_family("A", "SP") + _family("B", "SP"), "family"),
                (_given("ANNE", "BR"), "given"),
                (_given("ANNE", "CL"), "given"),
                (_given("ANNE", "BR SP"), "given"),
            )
        ),
        (f"<name>{_family('A')}{_family('B')}{_given('C')}</name>", "name/family"),
    ],
)
def test_a_repeated_part_of_a_name_is_refused(name: str, element: str) -> None:
    assert refusal(cda(patient=patient(name=name))) == (
        "cda_element_repeated",
        f"{PATIENT}/{element}",
    )


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("A<x/>B", ""),
        ("A\u202eB", ": a character that no identifier holds"),
        ("A\u200bB", ": a character that no identifier holds"),
        ("A\ufffdB", ": a character that no identifier holds"),
        ("A\x7fB", ": a character that no identifier holds"),
        ("A\ue000B", ": a character that no identifier holds"),
        ("A" * 101, ": too long"),
        ("A^B", ": a separator of DICOM"),
        ("A\\B", ": a separator of DICOM"),
        ("A=B", ": a separator of DICOM"),
    ],
)
def test_a_name_that_could_be_read_in_part_is_refused(family: str, reason: str) -> None:
    name = f"<name>{_family(family, 'BR')}{_given('B')}</name>"
    assert refusal(cda(patient=patient(name=name))) == (
        "cda_element_invalid",
        f"{PATIENT}/name/family{reason}",
    )


@pytest.mark.parametrize("qualifier", ["br", "NAISSANCE", "BR,CL", "BR X", "MID", "?"])
@pytest.mark.parametrize("part", ["family", "given"])
def test_an_unknown_qualifier_of_a_name_is_refused(part: str, qualifier: str) -> None:
    """It may be the birth name, or another that would be read as the birth name."""
    name = PATIENT_NAME.replace(f'<{part} qualifier="BR">', f'<{part} qualifier="{qualifier}">')
    error = refused(cda(patient=patient(name=name)))
    assert (error.code, error.condition) == ("cda_element_invalid", 103)
    assert error.detail == f"CDA: {PATIENT}/name/{part}[1]"


@pytest.mark.parametrize("qualifier", ["AD", "IN", "TITLE", "LS", "AC", "NB", "PR", "VV"])
def test_a_part_of_a_name_that_we_do_not_publish_is_left_out(qualifier: str) -> None:
    name = PATIENT_NAME.replace("</name>", f"{_given('X', qualifier)}</name>")
    assert read_cda(cda(patient=patient(name=name))) == read_cda(cda())


# --- identifiers ---

ROLE_ID = "recordTarget/patientRole/id"


def _id(root: str, extension: str) -> str:
    return f'<id root="{root}" extension="{extension}"/>'


@pytest.mark.parametrize(
    ("more", "code", "element"),
    [
        (_id("1.2.250.1.213.1.4.12", INS), "ins_unknown_oid", f"{ROLE_ID}[3]"),
        (_id("1.2.250.1.213.1.4.1", "X"), "ins_unknown_oid", f"{ROLE_ID}[3]"),
        (
            f'<id root="1.2.3" extension="{INS}" assigningAuthorityName="ASIP-SANTE-INS-NIR"/>',
            "ins_unknown_oid",
            f"{ROLE_ID}[3]",
        ),
        (
            f'<id extension="{INS}" assigningAuthorityName="asip-sante-ins-nia"/>',
            "ins_unknown_oid",
            f"{ROLE_ID}[3]",
        ),
        (_id(INS_OID, INS[:-1]), "ins_invalid", f"{ROLE_ID}: more than one INS"),
        (_id(INS_OID, ""), "ins_invalid", f"{ROLE_ID}: more than one INS"),
        (
            f'<id root="{INS_OID}" extension="{INS}" nullFlavor="UNK"/>',
            "cda_null_flavor",
            f"{ROLE_ID}[3]",
        ),
        (_id(IPP_OID, "IPP102"), "cda_element_repeated", f"{ROLE_ID}[3]"),
        (_id("1.2.3", ""), "cda_element_missing", f"{ROLE_ID}[3]/@extension"),
        ('<id extension="X"/>', "cda_element_invalid", f"{ROLE_ID}[3]"),
        (_id("SITE", "X"), "cda_element_invalid", f"{ROLE_ID}[3]"),
        (_id("0A1B2C3D-0000-4000-8000-000000000001", "X"), "cda_element_invalid", f"{ROLE_ID}[3]"),
        (_id("1.2.3", "X\\Y"), "cda_element_invalid", f"{ROLE_ID}[3]"),
    ],
)
def test_an_identifier_of_nobody_knows_whom_is_refused(more: str, code: str, element: str) -> None:
    assert refusal(cda(patient=patient(PATIENT_IDS + more))) == (code, element)


def test_the_same_local_identifier_twice_is_one() -> None:
    ids = PATIENT_IDS + _id(IPP_OID, "IPP101")
    assert read_cda(cda(patient=patient(ids))).patient.local_ids == (Identifier(IPP_OID, "IPP101"),)


@pytest.mark.parametrize("number", [2, 6, 7, 13, 14])
def test_a_retired_or_social_number_is_neither_an_ins_nor_of_the_site(number: int) -> None:
    ids = _id(f"1.2.250.1.213.1.4.{number}", "1121717802492545833548") + PATIENT_IDS
    assert read_cda(cda(patient=patient(ids))).patient.local_ids == (Identifier(IPP_OID, "IPP101"),)
    alone = _id(f"1.2.250.1.213.1.4.{number}", "1121717802492545833548")
    assert refusal(cda(patient=patient(alone))) == ("ins_missing", ROLE_ID)


# --- professionals and structures ---


def test_professionals_names_and_professions() -> None:
    name = "<name><prefix>M</prefix>" + _given("J", "CL") + _family("B", "CL") + "</name>"
    for code, expected in (
        ("G15_10/SM44", ("10", "SM44")),
        ("G15_21", ("21", "")),
        ("G16_10/SM26", ("10", "SM26")),
        ("", ("", "")),
        ("SECRETARIAT_MEDICAL", ("", "")),
        ("G15_10/SM44/X", ("", "")),
        ("médecin", ("", "")),
    ):
        assigned = professional(code=code, name=name)
        found = read_cda(
            cda(author=f"<author><assignedAuthor>{assigned}</assignedAuthor></author>")
        ).author
        assert (found.family, found.given) == ("B", "J")
        assert (found.profession, found.specialty) == expected


LEGAL = "legalAuthenticator/assignedEntity"


@pytest.mark.parametrize(
    ("found", "put", "code", "element"),
    [
        (
            'extension="801234560801"/>',
            'extension="801234560801"/><id root="1.2.250.1.71.4.2.1" extension="801234560802"/>',
            "cda_element_repeated",
            "id",
        ),
        ('extension="801234560801"', "", "cda_element_missing", "id/@extension"),
        ("<name><given>", "<name/><name><given>", "cda_element_repeated", "assignedPerson/name"),
        (
            "<family>",
            "<family>A</family><family>",
            "cda_element_repeated",
            "assignedPerson/name/family",
        ),
        (
            'extension="1750803447"/>',
            'extension="1750803447"/><id root="1.2.250.1.71.4.2.2" extension="1750803448"/>',
            "cda_element_repeated",
            "representedOrganization/id",
        ),
        (
            'extension="1750803447"',
            'extension="75 080"',
            "cda_element_invalid",
            "representedOrganization/id",
        ),
        (
            'extension="1750803447"',
            "",
            "cda_element_missing",
            "representedOrganization/id/@extension",
        ),
        (
            'codeSystem="1.2.250.1.213.1.1.4.9"',
            "",
            "cda_element_invalid",
            "representedOrganization/standardIndustryClassCode",
        ),
        (
            "</assignedPerson>",
            "</assignedPerson><representedOrganization/>",
            "cda_element_repeated",
            "representedOrganization",
        ),
    ],
)
def test_an_ambiguous_signer_is_refused(found: str, put: str, code: str, element: str) -> None:
    signer = PARTS["legal_authenticator"]
    assert found in signer
    assert refusal(cda(legal_authenticator=signer.replace(found, put, 1))) == (
        code,
        f"{LEGAL}/{element}",
    )


def test_a_second_number_of_another_authority_is_no_contradiction() -> None:
    """A structure's number is not of the FINESS in every official sample: nine digits alone."""
    signer = PARTS["legal_authenticator"].replace("1750803447", "101235555")
    signer = signer.replace("<code", '<id root="1.2.3" extension="7"/><code', 1)
    found = read_cda(cda(legal_authenticator=signer)).legal_authenticator
    assert found.identifier == "801234560801"
    assert found.organisation is not None
    assert found.organisation.structure_id == "101235555"


def test_what_cannot_be_seen_in_a_label_is_left_out() -> None:
    title = "<title>CR\u202e d\u00adimagerie\u200b</title>"
    assert read_cda(cda(title=title)).title == "CR dimagerie"


def test_an_organisation_may_have_no_name_and_no_setting() -> None:
    bare = '<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1750803447"/>'
    signer = (
        "<legalAuthenticator><assignedEntity>"
        f"{professional(structure=bare + '</representedOrganization>')}"
        "</assignedEntity></legalAuthenticator>"
    )
    found = read_cda(cda(legal_authenticator=signer)).legal_authenticator.organisation
    assert found == Organisation("1750803447")
