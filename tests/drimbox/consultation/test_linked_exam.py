"""A report's link opens its exam, when all of it agrees with the report in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.drimbox.consultation.linked_exam import LinkedExam, linked_exam
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.errors import Absent
from functions.drimbox.oid import Uid
from simulators.ris.cases import Case, Flags
from tests.drimbox.publication.scenes import FIRST, STUDY, play, version
from tests.fakes.world import World, case


@pytest.fixture
def world() -> Iterator[World]:
    """A site, its PACS and a DMP, all new."""
    made = World()
    yield made
    made.close()


def linked(world: World, made: Case, study: str = "", **changes: str) -> LinkedExam:
    """The report of a link to ``made``, parts of which are replaced."""
    facts = {
        "accession": f"{made.accession_root}.{made.orders[0].accession}",
        "document": made.cda_id,
        **changes,
    }
    link = ReportLink(Uid(study or made.studies[0]), **facts)
    return linked_exam(link, world.records, world.archive)


def test_a_link_that_agrees_opens_its_report(world: World) -> None:
    play(world, ["P1"])
    found = linked(world, FIRST)
    assert found.patient.ins.value == FIRST.ins
    assert found.exam.study_instance_uid == STUDY
    assert found.title
    assert FIRST.ins not in repr(found)
    root, number = FIRST.accession_root, FIRST.orders[0].accession
    assert linked(world, FIRST, accession=f"{root}_{number}") == found


@pytest.mark.parametrize(
    "changes",
    [
        {"study": "1.2.250.1.213.4.5.2.1.999"},
        {"accession": "ACN103"},
        {"accession": f"{FIRST.accession_root}.ACN10"},
        {"accession": f"{FIRST.accession_root}.1{FIRST.orders[0].accession}"},
        {"accession": f"1{FIRST.accession_root}.{FIRST.orders[0].accession}"},
        {"document": f"{FIRST.cda_id}.2"},
        {"document": FIRST.cda_id[:-1]},
        {"document": f"{FIRST.cda_id}_"},
    ],
)
def test_a_link_that_does_not_agree_opens_nothing(world: World, changes: dict[str, str]) -> None:
    play(world, ["P1"])
    with pytest.raises(Absent):
        linked(world, FIRST, **changes)


def test_the_link_of_a_former_version_opens_nothing(world: World) -> None:
    play(world, ["P1", "R2"])
    assert linked(world, version(2)).exam.study_instance_uid == STUDY
    with pytest.raises(Absent):
        linked(world, FIRST)


def test_a_withdrawn_study_opens_nothing(world: World) -> None:
    play(world, ["P1", "W1"])
    assert world.records.get(STUDY).withdrawn is not None
    with pytest.raises(Absent):
        linked(world, FIRST)


def restricted(world: World, **flags: bool) -> Case:
    """A published report with these flags."""
    made = replace(FIRST, flags=Flags(**{"invisible_patient": False, **flags}))
    world.archive_study(made)
    assert world.send(made).code == "AA"
    world.work()
    return made


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({}, []),
        ({"invisible_patient": True}, ["INVISIBLE_PATIENT"]),
        (
            {"invisible_patient": True, "invisible_rep_legaux": True},
            ["INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"],
        ),
    ],
)
def test_the_restrictions_of_the_manifest_are_carried(
    world: World, flags: dict[str, bool], told: list[str]
) -> None:
    assert linked(world, restricted(world, **flags)).confidentiality == ("N", *told)


def test_an_exam_that_is_masked_to_professionals_opens_nothing(world: World) -> None:
    made = restricted(world, masque_ps=True)
    assert world.records.get(STUDY).current is not None
    with pytest.raises(Absent):
        linked(world, made)


def recorded(world: World, *codes: str) -> None:
    """The record says these codes of the manifest in force."""
    record = world.records.get(STUDY)
    assert record.current is not None
    world.records.put(replace(record, current=replace(record.current, confidentiality=codes)))


def test_record_and_report_restrict_each_on_its_own(world: World) -> None:
    made = restricted(world, invisible_patient=True)
    recorded(world, "N", "NEW_ONE")
    assert linked(world, made).confidentiality == ("N", "NEW_ONE", "INVISIBLE_PATIENT")
    recorded(world)
    assert linked(world, made).confidentiality == ("N", "INVISIBLE_PATIENT")
    recorded(world, "N", "MASQUE_PS")
    with pytest.raises(Absent):
        linked(world, made)


def test_a_report_that_masks_counts_where_the_record_does_not(world: World) -> None:
    made = restricted(world, masque_ps=True)
    recorded(world, "N")
    with pytest.raises(Absent):
        linked(world, made)


def test_of_two_studies_each_has_its_own_accession_number(world: World) -> None:
    both = case("F")
    world.archive_study(both)
    assert world.send(both).code == "AA"
    world.work()
    first, second = (f"{both.accession_root}.{one.accession}" for one in both.orders)
    for study, accession in zip(both.studies, (first, second), strict=True):
        assert linked(world, both, study, accession=accession).exam.study_instance_uid == study
    with pytest.raises(Absent):
        linked(world, both, both.studies[1], accession=first)
