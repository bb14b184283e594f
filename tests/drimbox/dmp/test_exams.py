"""A search as a professional states it, and its answer as the DMP's entries say it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.exams import choose_activity, describe, read_query, reader_facts
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.dmp.vihf import AuthenticationMode
from functions.drimbox.errors import BadRequest, Forbidden
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Code
from functions.drimbox.identity.psc import Activity, HealthProfessional
from functions.drimbox.oid import Oid
from tests.fakes.world import LPS, STRUCTURE, TENANT

INS = {"ins": "279035121518989", "oid": "1.2.250.1.213.1.4.10"}
PATIENT = Ins(INS["ins"], Oid(INS["oid"]))
HERE = Activity(STRUCTURE, "Centre", "SA08", "10", "SM28")
ELSEWHERE = Activity("1999999999", "Ailleurs", "SA01", "10", "SM28")
PROFESSIONAL = HealthProfessional("899700367909", "ARDOUIN", "Solène", "10", "SM28", "SA07", ())


def test_a_whole_search_is_read() -> None:
    query = read_query(
        {**INS, "modality": "CT", "region": "774007", "from": "2021-01-01", "to": "2021-12-31"}
    )
    assert query.patient == PATIENT
    assert (query.modality, query.region) == ("CT", "774007")
    assert (query.service_from, query.service_to) == (date(2021, 1, 1), date(2021, 12, 31))


def test_only_the_patient_is_needed_and_one_day_is_a_period() -> None:
    query = read_query(INS)
    assert (query.modality, query.region) == ("", "")
    assert (query.service_from, query.service_to) == (None, None)
    one = read_query({**INS, "from": "2021-01-01", "to": "2021-01-01"})
    assert one.service_from == one.service_to


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ins": "279035121518988"}, "bad_ins"),
        ({"ins": ""}, "bad_ins"),
        ({"oid": "1.2.3"}, "bad_ins"),
        ({"oid": "x"}, "bad_ins"),
        ({"ins": 279035121518989}, "bad_ins"),
        ({"oid": None}, "bad_oid"),
        ({"modality": ["CT"]}, "bad_modality"),
        ({"modality": "C T"}, "bad_modality"),
        ({"modality": "CT')"}, "bad_modality"),
        ({"region": "1" * 19}, "bad_region"),
        ({"from": "2021-02-30"}, "bad_from"),
        ({"from": "20210101"}, "bad_from"),
        ({"from": "2021-W01-1"}, "bad_from"),
        ({"to": "٢٠٢١-٠١-٠١"}, "bad_to"),
        ({"from": "2021-01-02", "to": "2021-01-01"}, "bad_from"),
        ({"name": "X"}, "unknown_field"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as raised:
        read_query({**INS, **changes})
    assert raised.value.code == code
    for value in changes.values():
        assert not value or str(value) not in str(raised.value)


_FIELDS = st.sampled_from(["ins", "oid", "modality", "region", "from", "to", "x"])
_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(INS["ins"])


@given(st.dictionaries(_FIELDS, _VALUES))
def test_any_object_is_a_query_or_a_bad_request(facts: dict[str, Any]) -> None:
    with suppress(BadRequest):
        assert read_query(facts).patient.value == facts["ins"]


def test_the_first_activity_in_a_declared_structure_is_chosen() -> None:
    second = replace(HERE, profession="21")
    none = replace(HERE, structure_id="")
    several = replace(PROFESSIONAL, activities=(none, ELSEWHERE, HERE, second))
    assert choose_activity(TENANT, several) == (HERE, TENANT.structures[0])


def test_a_nine_digit_finess_is_the_declared_structure() -> None:
    bare = replace(HERE, structure_id=STRUCTURE[1:])
    assert choose_activity(TENANT, replace(PROFESSIONAL, activities=(bare,))) == (
        HERE,
        TENANT.structures[0],
    )


@pytest.mark.parametrize("activities", [(), (ELSEWHERE,), (replace(HERE, structure_id=""),)])
def test_who_does_not_work_here_is_forbidden(activities: tuple[Activity, ...]) -> None:
    with pytest.raises(Forbidden) as raised:
        choose_activity(TENANT, replace(PROFESSIONAL, activities=activities))
    assert raised.value.code == "no_activity_here"


def test_a_consultation_speaks_in_air_mode_for_the_activity() -> None:
    facts = reader_facts(PROFESSIONAL, HERE, PATIENT, LPS)
    assert facts.mode is AuthenticationMode.INDIRECTE_RENFORCEE
    assert facts.professional_id == "899700367909"
    assert facts.subject_name == "Solène ARDOUIN"
    assert (facts.structure_id, facts.sector) == (STRUCTURE, "SA08")
    assert not facts.secret_connection


def test_what_the_activity_does_not_say_the_professional_does() -> None:
    bare = replace(HERE, sector="", profession="", specialty="")
    facts = reader_facts(PROFESSIONAL, bare, PATIENT, LPS)
    assert (facts.sector, facts.profession, facts.specialty) == ("SA07", "10", "SM28")


def test_a_professional_without_specialty_is_forbidden_where_one_is_due() -> None:
    bare = replace(HERE, specialty="")
    with pytest.raises(Forbidden, match="specialty") as raised:
        reader_facts(replace(PROFESSIONAL, specialty=""), bare, PATIENT, LPS)
    assert raised.value.code == "incomplete_professional"


CT = Code("CT", "1.2.840.10008.2.16.4", "Scanner")
HEAD = Code("774007", "2.16.840.1.113883.6.96", "Tête")
ACT = Code("24727-0", "2.16.840.1.113883.6.1", "CT Head")


def entry(**changes: Any) -> DocumentEntry:
    facts: dict[str, Any] = {
        "unique_id": "2.25.7",
        "entry_uuid": "urn:uuid:1",
        "sha1": "",
        "size": 1,
        "status": xds.APPROVED,
        "patient_id": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
        "mime_type": "application/dicom",
        "type_code": None,
        "event_codes": (ACT, CT, HEAD),
        "confidentiality_codes": (Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        "facility_type": None,
        "practice_setting": None,
        "reference_ids": (
            ReferenceId("ACN000001", "1.2.3", xds.ACCESSION),
            ReferenceId("1.2.3.4", "", xds.STUDY_INSTANCE_UID),
        ),
        "author_persons": (),
        "author_institutions": ("Centre Ambroise^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447",),
        "legal_authenticator": "899700367909^ARDOUIN^Solène^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        "creation_time": "20210108111700",
        "service_start_time": "20210108102500",
        "service_stop_time": "",
        "title": "IRM",
        "repository_unique_id": "1.2",
    }
    return DocumentEntry(**{**facts, **changes})


def test_an_exam_is_described_from_its_entry() -> None:
    found = entry()
    said = describe(found)
    assert said["study_instance_uid"] == "1.2.3.4"
    assert said["manifest_id"] == "2.25.7"
    assert said["date"] == "20210108102500"
    assert [one["code"] for one in said["modalities"]] == [one.code for one in found.modalities]
    assert [one["code"] for one in said["regions"]] == [one.code for one in found.regions]
    assert said["modalities"][0]["code"] == "CT"
    assert said["act"] == {"code": ACT.code, "system": ACT.system, "display": ACT.display}
    assert said["structure"] == {"name": "Centre Ambroise", "id": "1750803447"}
    assert said["author"] == {"id": "899700367909", "family": "ARDOUIN", "given": "Solène"}
    assert said["status"] == "Approved"
    assert said["confidentiality"] == ["N"]
    assert said["accession_number"] == "ACN000001"
    assert "279035121518989" not in str(said)


def test_what_an_entry_lacks_is_empty() -> None:
    bare = entry(
        event_codes=(),
        reference_ids=(),
        author_institutions=(),
        legal_authenticator="",
        service_start_time="",
    )
    said = describe(bare)
    assert said["act"] is said["structure"] is said["author"] is None
    assert said["modalities"] == said["regions"] == []
    assert said["study_instance_uid"] == said["accession_number"] == ""
    assert said["date"] == "20210108111700"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_xon_and_xcn_are_described(institution: str, author: str) -> None:
    said = describe(entry(author_institutions=(institution,), legal_authenticator=author))
    assert said["structure"]["name"] == institution.partition("^")[0]
    assert (said["author"] is None) == (author == "")
