"""Report and images side by side: the page tells the difference that held the publication."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.operations.comparing import compare
from functions.drimbox.operations.view import view
from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.report.model import Report
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, report
from tests.fakes.world import OPERATOR, World, study_index


def shown(held: Reported) -> dict[str, Any]:
    world = held.world
    facts = view(world.at_rest, world.archive, world.known, OPERATOR, held.id)
    study: dict[str, Any] = facts["studies"][0]
    return study


def differing(study: dict[str, Any]) -> list[str]:
    return [one["field"] for one in study["compared"] if one["differs"]]


@pytest.mark.parametrize(
    ("changes", "reason", "fields"),
    [
        ({"accession_number": "OTHER-1"}, "accession_mismatch", ["accession"]),
        ({"accession_number": ""}, "accession_mismatch", ["accession"]),
        ({"patient_id": "IPP999"}, "patient_mismatch", ["patient_id"]),
        (
            {"patient_name": "AUTRE^PERSONNE", "patient_birth_date": "20010203"},
            "traits_mismatch",
            ["name", "birth_date"],
        ),
    ],
)
def test_the_page_shows_both_sides_and_names_the_difference(
    world: World, changes: dict[str, str], reason: str, fields: list[str]
) -> None:
    world.archive_study(CASE, **changes)
    held = report(world)
    study = shown(held)
    assert study["reason"] == reason
    assert differing(study) == fields
    for name, value in changes.items():
        assert study["images"][name] == value
    [accession] = [one for one in study["compared"] if one["field"] == "accession"]
    assert accession["report"] == [CASE.orders[0].accession]


def test_a_replay_shows_what_it_found_itself(world: World) -> None:
    world.archive_study(CASE, accession_number="OTHER-1")
    held = report(world)
    world.archive_study(CASE, accession_number="OTHER-2")
    world.replay(held.id)
    world.work()
    assert shown(held)["images"]["accession_number"] == "OTHER-2"
    world.archive_study(CASE)
    world.replay(held.id)
    world.work()
    study = shown(held)
    assert (study["outcome"], differing(study)) == ("published", [])


def test_a_published_report_differs_in_nothing(published: Reported) -> None:
    study = shown(published)
    assert differing(study) == []
    assert [one["field"] for one in study["compared"]] == [
        "patient_id",
        "name",
        "birth_date",
        "accession",
    ]


def test_before_the_pacs_was_read_nothing_is_compared(held: Reported) -> None:
    assert shown(held)["compared"] == []


def test_used_names_and_a_patient_without_local_identifier(published: Reported) -> None:
    message = load(published.world.site, published.id)
    assert isinstance(message, ReportMessage)
    said: Report = message.report
    patient = replace(said.document.patient, local_ids=(), used_family="USED", used_given="")
    bare = replace(said, document=replace(said.document, patient=patient))
    index = study_index(STUDY, accession="X", patient=patient.ins.value)
    rows = {one["field"]: one for one in compare(bare, index)}
    assert rows["patient_id"]["differs"] is False
    assert rows["name"]["report"] == [
        f"{patient.birth_family}^{patient.birth_given}",
        f"USED^{patient.birth_given}",
    ]
    unused = replace(patient, used_family="")
    alone = replace(said, document=replace(said.document, patient=unused))
    assert len({one["field"]: one for one in compare(alone, index)}["name"]["report"]) == 1
