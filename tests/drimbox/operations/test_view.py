"""One publication, whole."""

from __future__ import annotations

import json

import pytest

from functions.drimbox.errors import Absent
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.view import view
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, report
from tests.drimbox.publication.note_scenes import note
from tests.fakes.world import OPERATOR, World, case


def test_a_held_report(held: Reported) -> None:
    seen = view(held.world.at_rest, held.world.archive, held.world.known, OPERATOR, held.id)
    assert (seen["kind"], seen["action"], seen["state"]) == ("report", "publish", "held")
    (study,) = seen["studies"]
    assert study["reason"] == "study_not_found"
    assert study["todo"]["en"]
    assert study["replayable"]
    assert study["pending"]["state"] == "held"
    assert not study["pending"]["may_be_in_dmp"]
    assert (study["in_dmp"], study["images"]) == (None, None)
    assert seen["report"]["patient"]["ins"] == CASE.ins
    assert seen["report"]["exams"][0]["study_instance_uid"] == STUDY
    assert seen["validated_at"]
    assert [one["outcome"] for one in seen["history"]] == ["in_progress", "held"]
    assert json.loads(json.dumps(seen)) == seen
    (viewed,) = [
        facts for (e, *_), facts in held.world.audit.records.items() if e == "publication.viewed"
    ]
    assert viewed == {"who": "operator-1", "message_id": held.id, "ins": CASE.ins}


def test_a_published_report_shows_the_dmp_and_the_images(published: Reported) -> None:
    world = published.world
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, published.id)["studies"]
    current = world.records.get(STUDY).current
    assert current is not None
    assert study["in_dmp"]["manifest_uid"] == current.manifest_uid
    assert study["in_dmp"]["by_this_publication"]
    assert study["images"]["patient_id"] == CASE.ipp
    assert sum(one["instances"] for one in study["images"]["series"]) > 0
    assert not study["replayable"]


def test_a_script_in_a_description_stays_text(world: World) -> None:
    script = "<script>alert(1)</script>"
    world.archive_study(CASE, description=script)
    seen = report(world)
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, seen.id)["studies"]
    assert study["images"]["description"] == script


def test_another_report_of_the_study_tells_whom_it_waits_for(published: Reported) -> None:
    world = published.world
    other = report(world, case("D"), control_id="2")
    assert view(world.at_rest, world.archive, world.known, OPERATOR, other.id)["state"] == "held"
    assert (
        view(world.at_rest, world.archive, world.known, OPERATOR, published.id)["state"]
        == "published"
    )


def test_an_order_change_has_no_report(world: World) -> None:
    message_id = world.send(CASE, "OMI", control_id="9").message_id
    world.work()
    seen = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)
    assert seen["kind"] == "order_change"
    assert "report" not in seen
    assert any(one["segment"] == "IPC" for one in seen["message"]["segments"])


def test_an_unknown_publication_is_absent(world: World) -> None:
    with pytest.raises(Absent):
        view(world.at_rest, world.archive, world.known, OPERATOR, "m")
    with pytest.raises(Absent):
        export(world.at_rest, world.archive, OPERATOR, "m")


def test_a_rejection_note_names_its_objects_and_no_patient(published: Reported) -> None:
    world = published.world
    assert world.give(note()).failure is None
    world.work()
    (message_id,) = [name for name, e in world.log.entries.items() if e.kind == "rejection_note"]
    seen = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)
    assert (seen["kind"], seen["rejected"]) == ("rejection_note", {STUDY: [f"{STUDY}.1.3"]})
    assert CASE.ins not in str(seen)


def test_a_message_of_an_unknown_kind_is_an_error_of_ours(
    held: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.drimbox.operations.view.load_judged", lambda *_: object())
    with pytest.raises(AssertionError):
        view(held.world.at_rest, held.world.archive, held.world.known, OPERATOR, held.id)


def test_a_report_whose_study_another_change_holds_names_that_change(held: Reported) -> None:
    waiting = held.world.send(CASE, control_id="2").message_id
    at = held.world.clock.now()
    opened = {STUDY: StudyOutcome(Outcome.IN_PROGRESS, "", at)}
    held.world.log.open(MessageEntry(waiting, at, 0, "", opened))
    (study,) = view(held.world.at_rest, held.world.archive, held.world.known, OPERATOR, waiting)[
        "studies"
    ]
    assert (study["waits_for"], study["pending"], study["in_dmp"]) == (held.id, None, None)
