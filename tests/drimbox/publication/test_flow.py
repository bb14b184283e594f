"""From a validated report to a manifest in the DMP, step by step, without AWS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations.queue import describe
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.record import State
from tests.drimbox.publication.scenes import outcome
from tests.fakes.world import World, case


@pytest.mark.parametrize("name", ["A", "C", "E", "Q", "U", "W", "I", "G1"])
@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_a_report_is_published_once(world: World, name: str, form: str) -> None:
    report = case(name)
    world.archive_study(report)
    reception = world.send(report, form)  # type: ignore[arg-type]
    assert reception.code == "AA"
    world.work()
    (document,) = world.manifests()
    assert document["availability_status"] == "Approved"
    assert set(document["confidentiality_codes"]) == {"N", "INVISIBLE_PATIENT"}
    assert document["reference_ids"][1].startswith(report.studies[0])
    assert outcome(world, reception.message_id, report.studies[0]) == ("published", "")
    record = world.records.get(Uid(report.studies[0]))
    assert record.pending is None
    assert record.current is not None
    assert record.current.manifest_uid == document["unique_id"]
    assert record.current.entry_uuid == document["entry_uuid"]
    assert ("manifest.published", "success") in world.audit.events()


def test_two_studies_of_one_report_give_two_manifests_with_their_own_accession(
    world: World,
) -> None:
    report = case("F")
    world.archive_study(report)
    world.send(report)
    world.work()
    found = {d["reference_ids"][1].split("^")[0]: d for d in world.manifests()}
    assert set(found) == set(report.studies)
    for study in report.archived_studies():
        accession = found[study.study_instance_uid]["reference_ids"][0]
        assert accession.startswith(f"{study.accession}^")


def test_a_study_that_never_comes_is_held_after_the_tenants_wait(world: World) -> None:
    report = case("G2")
    before = world.clock.now()
    reception = world.send(report)
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == ("held", "study_not_found")
    waited = world.clock.now() - before
    assert timedelta(seconds=60) <= waited < timedelta(minutes=10)
    assert world.manifests() == []
    pending = world.records.get(Uid(report.studies[0])).pending
    assert pending is not None
    assert pending.state is State.HELD


def test_a_held_report_is_published_by_a_replay_once_the_study_is_there(world: World) -> None:
    report = case("C")
    reception = world.send(report)
    world.work()
    assert outcome(world, reception.message_id, report.studies[0])[0] == "held"
    world.archive_study(report)
    number = world.replay(reception.message_id)
    assert number == 1
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == ("published", "")
    assert len(world.manifests()) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accession_number": "ACN999"}, "accession_mismatch"),
        ({"accession_number": ""}, "accession_mismatch"),
        ({"patient_id": "IPP999"}, "patient_mismatch"),
        (
            {"patient_name": "AUTRE^PERSONNE", "patient_birth_date": "20120125"},
            "traits_mismatch",
        ),
        ({"series": ()}, "empty_study"),
    ],
)
def test_images_of_somebody_else_are_not_published(
    world: World, changes: dict[str, object], reason: str
) -> None:
    report = case("C")
    world.archive_study(report, **changes)
    reception = world.send(report)
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == ("held", reason)
    assert world.manifests() == []
    page = describe(world.at_rest, world.log.find("held", limit=10, after=None))
    (study,) = page["publications"][0]["studies"]
    assert study["reason"] == reason
    assert study["words"]["fr"]
    assert study["todo"]["en"]


def test_the_same_report_again_sends_nothing(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    world.send(report, control_id="1")
    world.work()
    calls = world.dmp_calls
    again = world.send(report, control_id="2")
    assert again.code == "AA"
    world.work()
    assert outcome(world, again.message_id, report.studies[0]) == ("unchanged", "")
    assert len(world.manifests()) == 1
    assert world.dmp_calls == calls


def test_another_report_of_a_published_study_is_held(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    world.send(report, control_id="1")
    world.work()
    other = case("C", "other")
    from dataclasses import replace  # noqa: PLC0415

    second = replace(report, cda_id=other.cda_id)
    reception = world.send(second, control_id="2")
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == (
        "held",
        "already_published",
    )
    assert len(world.manifests()) == 1


def test_a_corrected_report_takes_over_from_a_held_one(world: World) -> None:
    from dataclasses import replace  # noqa: PLC0415

    report = case("C")
    world.archive_study(report)
    wrong = replace(report, orders=case("A").orders)
    first = world.send(wrong, control_id="1")
    world.work()
    assert outcome(world, first.message_id, report.studies[0]) == ("held", "accession_mismatch")
    second = world.send(report, control_id="2")
    world.work()
    assert outcome(world, second.message_id, report.studies[0]) == ("published", "")
    assert outcome(world, first.message_id, report.studies[0])[0] == str(Outcome.SUPERSEDED)
    assert len(world.manifests()) == 1


def test_a_pacs_that_is_down_for_hours_only_delays(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    back = world.clock.now() + timedelta(hours=24)

    def down() -> None:
        if world.clock.now() < back:
            raise PacsUnavailable

    world.pacs.fails = down
    reception = world.send(report)
    world.work()
    assert world.clock.now() >= back
    assert outcome(world, reception.message_id, report.studies[0]) == ("published", "")


def test_a_pacs_that_stays_down_is_held_in_the_end(world: World) -> None:
    report = case("C")

    def down() -> None:
        raise PacsUnavailable

    world.pacs.fails = down
    reception = world.send(report)
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == ("held", "pacs_unreachable")


def test_a_structure_without_certificate_is_held(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    world.signs = False
    reception = world.send(report)
    world.work()
    assert outcome(world, reception.message_id, report.studies[0]) == (
        "held",
        "no_certificate_for_structure",
    )
