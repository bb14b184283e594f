"""A masked document is its author's and the treating doctor's; it is there for nobody else."""

from __future__ import annotations

import json

import pytest

from simulators.dmp.patients import BadPatient, Patient
from simulators.dmp.registry import REPOSITORY_ID
from simulators.dmp.vihf import AIR
from simulators.history.history import History, history
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import APPROVED, Query, Retrieval, Vihf

STRANGER = "899700000099"


@pytest.fixture(scope="module")
def made() -> History:
    return history("demo")


@pytest.fixture
def full(bench: Bench, made: History) -> Bench:
    bench.registry.load(json.loads(made.body())["documents"])
    return bench


def vihf(bench: Bench, made: History, who: str, mode: str = AIR) -> Vihf:
    patient = f"{made.patient.ins}^^^&{made.patient.ins_oid}&ISO^NH"
    return Vihf(bench.site, patient=patient, mode=mode, professional=who)


def shown(bench: Bench, made: History, who: str, mode: str = AIR) -> set[str]:
    """The entryUUIDs of the masked documents that a search shows."""
    acting = vihf(bench, made, who, mode)
    slots = (
        ("$XDSDocumentEntryPatientId", (f"'{acting.patient}'",)),
        ("$XDSDocumentEntryStatus", (APPROVED,)),
    )
    found = bench.query(Query(bench.site, slots=slots, vihf=acting)).entries
    return {one.get("id", "") for one in found} & set(masked(bench))


def masked(bench: Bench) -> dict[str, str]:
    """entryUUID -> uniqueId of the masked documents in force."""
    return {
        one["entry_uuid"]: one["unique_id"]
        for one in bench.held
        if "MASQUE_PS" in one["confidentiality_codes"] and one["availability_status"] == "Approved"
    }


def told(bench: Bench, made: History, doctor: str) -> None:
    facts = {"ins": made.patient.ins, "oid": made.patient.ins_oid, "treating_doctor": doctor}
    bench.registry.describe_patient(*Patient.read(facts))


def test_the_author_sees_it_and_a_stranger_does_not(full: Bench, made: History) -> None:
    told(full, made, "")
    author = next(one for one in made.plan.exams if "MASQUE_PS" in one.masking).signer.identifier
    assert masked(full)
    assert shown(full, made, author) == set(masked(full))
    assert shown(full, made, STRANGER) == set()
    assert shown(full, made, STRANGER, "INDIRECTE") == set(masked(full))


def test_the_treating_doctor_sees_it_as_anybody_does_until_one_is_told(
    full: Bench, made: History
) -> None:
    assert shown(full, made, STRANGER) == set(masked(full))
    told(full, made, STRANGER)
    assert shown(full, made, STRANGER) == set(masked(full))
    told(full, made, "899700000098")
    assert shown(full, made, STRANGER) == set()
    with pytest.raises(BadPatient):
        Patient.read({"ins": made.patient.ins, "oid": made.patient.ins_oid, "treating_doctor": 1})


@pytest.mark.parametrize(("doctor", "there"), [("", False), (STRANGER, True)])
def test_its_bytes_are_there_for_the_same_people(
    full: Bench, made: History, doctor: str, *, there: bool
) -> None:
    told(full, made, doctor)
    unique_id = next(iter(masked(full).values()))
    acting = vihf(full, made, STRANGER)
    body, kind = Retrieval(full.site, ((REPOSITORY_ID, unique_id),), acting).build()
    answer = full.registry.execute("iti-43", body, kind, full.site.peer)
    assert (b"XDSDocumentUniqueIdError" not in answer.body) is there
