"""functions.drimbox.agents.sealed_criteria: nobody reads whom a search is about."""

from __future__ import annotations

from dataclasses import replace

from functions.drimbox.agents.sealed_criteria import SealedCriteria
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.study.found_study import StudyCriteria
from tests.drimbox.agents.scenes import Place

CRITERIA = StudyCriteria("279035121518989", "A1", "CT", "20261101", "20261107")


def test_criteria_are_opened_at_their_own_place_alone() -> None:
    seals = Place().criteria
    sealed = seals.close("find#1", CRITERIA)
    assert CRITERIA.patient_id not in sealed
    assert seals.open("find#1", sealed) == CRITERIA
    assert seals.open("find#2", sealed) is None
    assert seals.open("find#1", "") is None
    assert "279035121518989" not in repr(seals)


def test_the_digest_is_that_of_the_criteria_and_of_the_tenant_s_secret() -> None:
    seals = Place().criteria
    other = SealedCriteria(b"another", Seal(b"another", "demo", "x"), lambda: b"")
    assert seals.digest(CRITERIA) == seals.digest(replace(CRITERIA))
    assert seals.digest(CRITERIA) != seals.digest(replace(CRITERIA, modality="MR"))
    assert seals.digest(CRITERIA) != other.digest(CRITERIA)
