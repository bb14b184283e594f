"""The professional: the activity in which they read, and as whom the DMP knows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.drimbox.consultation.reader import (
    choose_activity,
    require_own_application,
    vihf_facts,
)
from functions.drimbox.dmp.vihf_facts import AuthenticationMode
from functions.drimbox.errors import Forbidden
from functions.drimbox.identity.access_token import ActiveToken
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid
from tests.fakes.world import LPS, STRUCTURE, TENANT

PATIENT = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
HERE = Activity(STRUCTURE, "Centre", "SA08", "10", "SM28")
ELSEWHERE = Activity("1999999999", "Ailleurs", "SA01", "10", "SM28")
PROFESSIONAL = HealthProfessional("899700367909", "ARDOUIN", "Solène", "10", "SM28", "SA07", ())


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
def test_a_professional_of_another_structure_is_forbidden(activities: tuple[Activity, ...]) -> None:
    with pytest.raises(Forbidden) as raised:
        choose_activity(TENANT, replace(PROFESSIONAL, activities=activities))
    assert raised.value.code == "no_activity_here"


def test_a_consultation_speaks_in_air_mode_for_the_activity() -> None:
    facts = vihf_facts(PROFESSIONAL, HERE, PATIENT, LPS)
    assert facts.mode is AuthenticationMode.INDIRECTE_RENFORCEE
    assert facts.professional_id == "899700367909"
    assert facts.subject_name == "Solène ARDOUIN"
    assert (facts.structure_id, facts.sector) == (STRUCTURE, "SA08")
    assert not facts.secret_connection


def test_a_fact_missing_in_the_activity_comes_from_the_professional() -> None:
    bare = replace(HERE, sector="", profession="", specialty="")
    facts = vihf_facts(PROFESSIONAL, bare, PATIENT, LPS)
    assert (facts.sector, facts.profession, facts.specialty) == ("SA07", "10", "SM28")


def test_a_professional_without_specialty_is_forbidden_where_one_is_due() -> None:
    bare = replace(HERE, specialty="")
    with pytest.raises(Forbidden, match="specialty") as raised:
        vihf_facts(replace(PROFESSIONAL, specialty=""), bare, PATIENT, LPS)
    assert raised.value.code == "incomplete_professional"


def test_a_token_of_another_application_is_forbidden() -> None:
    token = ActiveToken("t", "s", "899700367909", "ours", datetime(2026, 11, 26, tzinfo=UTC))
    require_own_application(token, "ours")
    with pytest.raises(Forbidden) as raised:
        require_own_application(token, "other")
    assert raised.value.code == "foreign_application"
