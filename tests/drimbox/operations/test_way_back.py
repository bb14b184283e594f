"""Each state and each operator's act: none ends without honest words and a way on (decision
0105)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Final

import pytest

from functions.drimbox.errors import BadRequest, Conflict
from functions.drimbox.oid import Uid
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.publication.messages import ReportMessage, load
from functions.drimbox.publication.record import hold
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.operations.override_scenes import (
    CASE,
    OTHER,
    UNKNOWN,
    A,
    B,
    C,
    Scene,
    Step,
    dead_ends,
    held_report,
    on,
    version,
)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A report that is held, since the PACS does not have its study."""
    with held_report() as made:
        yield made


# ---- the studies that an operator may choose


def free(scene: Scene) -> None:
    scene.archive(B)


def of_another_patient(scene: Scene) -> None:
    scene.archive(B, patient="IPP999")


def of_another_order(scene: Scene) -> None:
    scene.archive(B, accession="OTHER")


def published_by_another(scene: Scene) -> None:
    scene.archive(B)
    scene.send(on(B, OTHER))


def published_by_a_later_one(scene: Scene) -> None:
    scene.archive(B)
    scene.send(on(B, replace(version(2, base=OTHER), action="NW", replaces="")))


def withdrawn_by_another(scene: Scene) -> None:
    published_by_another(scene)
    scene.send(on(B, version(1, "CA", base=OTHER)))


def withdrawn_by_an_operator(scene: Scene) -> None:
    scene.archive(B)
    other = scene.send(on(B, OTHER))
    scene.withdraw(other, B)


def held_by_another(scene: Scene) -> None:
    scene.send(on(B, OTHER))
    scene.archive(B)


def later_version_published(scene: Scene) -> None:
    scene.archive(B)
    scene.send(on(B, version(2)))


def later_version_withdrawn(scene: Scene) -> None:
    later_version_published(scene)
    scene.send(on(B, version(2, "CA")))


def later_version_held(scene: Scene) -> None:
    scene.send(on(B, version(2)))
    scene.archive(B)


def unknown(scene: Scene) -> None:
    """The PACS never had it."""


# The study of each is B, but for the last one.
TARGETS: Final[Mapping[str, tuple[Step, Uid]]] = {
    **{
        made.__name__: (made, B)
        for made in (
            free,
            of_another_patient,
            of_another_order,
            published_by_another,
            published_by_a_later_one,
            withdrawn_by_another,
            withdrawn_by_an_operator,
            held_by_another,
            later_version_published,
            later_version_withdrawn,
            later_version_held,
        )
    },
    "unknown": (unknown, UNKNOWN),
}
# The state of the chosen study once the choice was replayed; the report's own is set aside.
CHOSEN: Final = {
    "free": "published",
    "of_another_patient": "held patient_mismatch",
    "of_another_order": "held accession_mismatch",
    "published_by_another": "held chosen_study_taken",
    "published_by_a_later_one": "held chosen_study_taken",
    "withdrawn_by_another": "held chosen_study_taken",
    "withdrawn_by_an_operator": "held chosen_study_taken",
    "held_by_another": "held chosen_study_taken",
    "later_version_published": "superseded",
    "later_version_withdrawn": "superseded",
    "later_version_held": "superseded",
    "unknown": "held study_not_found",
}


def chosen(scene: Scene, target: str) -> Uid:
    """The operator has chosen that study, and replayed the choice."""
    prepare, study = TARGETS[target]
    prepare(scene)
    scene.choose(study)
    assert scene.replay()
    return study


@pytest.mark.parametrize("target", TARGETS)
def test_a_choice_is_compared_or_held_with_the_publication_in_its_way(
    scene: Scene, target: str
) -> None:
    before = _others(scene, target)
    study = chosen(scene, target)
    assert scene.states == {A: "set_aside", study: CHOSEN[target]}
    assert dead_ends(scene) == []
    assert _others(scene) == before, "another report's publication has changed"


def _others(scene: Scene, target: str = "") -> dict[str, str]:
    """The states of all publications but the report's own."""
    if target:
        twin = Scene(scene.world.twin(), scene.id, scene.sent)
        TARGETS[target][0](twin)
        found = _others(twin)
        twin.world.close()
        return found
    return {
        one: str(entry.state) for one, entry in scene.world.log.entries.items() if one != scene.id
    }


# ---- the acts that follow


def nothing(scene: Scene) -> None:
    """The operator goes away."""


def replays(scene: Scene) -> None:
    scene.replay()


def replays_twice(scene: Scene) -> None:
    scene.replay()
    scene.replay()


def undoes(scene: Scene) -> None:
    if scene.facts["undoing"] == "possible":
        scene.undo()


def undoes_and_replays(scene: Scene) -> None:
    undoes(scene)
    scene.replay()


def undoes_and_replays_once_the_study_is_there(scene: Scene) -> None:
    scene.archive(A)
    undoes(scene)
    scene.replay()
    scene.replay()


def changes_and_replays(scene: Scene) -> None:
    """Another study, which is free, is chosen in the place of the first choice."""
    scene.archive(C)
    if scene.facts["undoing"] == "possible":
        scene.choose(C)
        scene.replay()


def chooses_the_own_study(scene: Scene) -> None:
    """The report's own study is chosen in the place of the first choice."""
    (chosen_now,) = scene.facts["overrides"][-1]["studies"].values()
    if scene.facts["undoing"] == "possible":
        scene.choose(A, Uid(chosen_now))
        scene.replay()


def a_later_version(scene: Scene) -> None:
    scene.send(version(3))
    scene.replay()


def its_withdrawal(scene: Scene) -> None:
    scene.send(version(1, "CA"))
    scene.replay()


def a_withdrawal_then_undone(scene: Scene) -> None:
    scene.archive(A)
    scene.send(version(1, "CA"))
    undoes_and_replays(scene)


def a_later_version_then_undone(scene: Scene) -> None:
    scene.archive(A)
    scene.send(version(3))
    undoes_and_replays(scene)


def another_report_takes_the_named_study(scene: Scene) -> None:
    scene.archive(A)
    scene.send(on(A, replace(OTHER, cda_id=f"{OTHER.cda_id}.9")))
    undoes_and_replays(scene)


def corrected_in_the_pacs(scene: Scene) -> None:
    for study in (B, UNKNOWN):
        scene.archive(study)
    scene.replay()


AFTERWARDS: Final[Mapping[str, Step]] = {
    made.__name__: made
    for made in (
        nothing,
        replays,
        replays_twice,
        undoes,
        undoes_and_replays,
        undoes_and_replays_once_the_study_is_there,
        changes_and_replays,
        chooses_the_own_study,
        a_later_version,
        its_withdrawal,
        a_withdrawal_then_undone,
        a_later_version_then_undone,
        another_report_takes_the_named_study,
        corrected_in_the_pacs,
    )
}
_WITHDRAWN: Final = {"its_withdrawal", "a_withdrawal_then_undone"}
_LATER: Final = {"later_version_published", "later_version_withdrawn", "later_version_held"}


@pytest.mark.slow  # every cell; the tests of each module play the ways one by one
@pytest.mark.parametrize(("target", "act"), tuple(product(TARGETS, AFTERWARDS)))
def test_no_act_after_a_choice_is_a_dead_end(scene: Scene, target: str, act: str) -> None:
    study = chosen(scene, target)
    AFTERWARDS[act](scene)
    assert dead_ends(scene) == []
    assert unsafe(scene) == []
    if act in _WITHDRAWN and target not in _LATER:
        assert [one for one in (A, B, C, study) if _publishes(scene, one)] == []


def unsafe(scene: Scene) -> list[str]:
    """Manifests of a wrong patient or order, two of one study, and an old version beside a new."""
    found = []
    for study, manifests in scene.active().items():
        there = scene.world.pacs.studies[Uid(study)]
        if len(manifests) > 1:
            found.append(f"{study} has {len(manifests)} manifests")
        if (there.patient_id, there.accession_number) != (CASE.ipp, CASE.orders[0].accession):
            found.append(f"{study} is of somebody else")
    mine = [study for study in scene.world.pacs.studies if _publishes(scene, study)]
    held = {
        study
        for entry in scene.world.log.entries.values()
        for study, one in entry.studies.items()
        if one.reason == "study_left_out"
    }
    if len(mine) > 1 or (set(mine) - held and _is_outdated(scene)):
        found.append("the report is published twice, or beside a later version, and nobody is told")
    return found


def _is_outdated(scene: Scene) -> bool:
    """Whether a later version of the report came."""
    for message_id in scene.world.log.entries:
        message = load(scene.world.at_rest, message_id)
        if isinstance(message, ReportMessage) and message.report.document.version > 1:
            of_set = message.report.document.set_id
            return of_set is not None and of_set.root.upper() == CASE.set_id
    return False


def _publishes(scene: Scene, study: Uid) -> bool:
    """Whether a manifest of this very report is in force there."""
    current = scene.world.records.get(study).current
    return current is not None and current.message_id == scene.id


BACK: Final = ("of_another_patient", "published_by_another", "withdrawn_by_another", "unknown")


@pytest.mark.parametrize("target", BACK)
def test_an_undone_choice_brings_the_message_back_to_its_own_study(
    scene: Scene, target: str
) -> None:
    study = chosen(scene, target)
    scene.undo()
    assert scene.facts["undoing"] == "nothing"
    assert scene.replay()
    assert scene.states == {A: "held study_not_found", study: "set_aside"}
    scene.archive(A)
    assert scene.replay()
    assert scene.states == {A: "published", study: "set_aside"}
    assert str(A) in scene.active()
    assert scene.world.records.get(study).pending is None


@pytest.mark.parametrize("target", TARGETS)
def test_a_study_that_nobody_works_on_waits_for_no_publication(scene: Scene, target: str) -> None:
    """A study that is set aside, over, or held for another reason waits for nobody."""
    chosen(scene, target)
    with suppress(Conflict):
        scene.undo()
        scene.replay()
    for one in scene.facts["studies"]:
        is_waiting = one["outcome"] == "in_progress" or one.get("reason") == "change_pending"
        assert is_waiting or "waits_for" not in one
    if "in_progress" not in scene.states.values():
        assert "Attend la publication" not in scene.page().text_content()


@pytest.mark.parametrize("target", BACK)
def test_an_undone_choice_tells_what_its_next_replay_does(scene: Scene, target: str) -> None:
    study = chosen(scene, target)
    held = scene.states[study].startswith("held")
    assert all("next_replay" not in one for one in scene.facts["studies"])
    scene.undo()
    told = {one["study_instance_uid"]: one.get("next_replay") for one in scene.facts["studies"]}
    assert told == {A: "takes", study: "leaves" if held else None}
    text = scene.page().text_content()
    assert "est retirée : le prochain rejeu reprend cet examen" in text
    assert ("ne choisit plus cet examen : le prochain rejeu le quitte" in text) is held
    assert "n'est plus choisi" not in text
    scene.replay()
    assert all("next_replay" not in one for one in scene.facts["studies"])
    assert "n'est plus choisi" in scene.page().text_content()


@pytest.mark.parametrize("target", BACK)
def test_the_own_study_chosen_again_is_the_same(scene: Scene, target: str) -> None:
    study = chosen(scene, target)
    scene.choose(A, study)
    assert scene.replay()
    assert scene.states == {A: "held study_not_found", study: "set_aside"}


def test_a_choice_may_come_back_after_it_was_undone(scene: Scene) -> None:
    chosen(scene, "of_another_patient")
    scene.undo()
    scene.choose(B)  # before any replay
    scene.archive(B)
    assert scene.replay()
    assert scene.states == {A: "set_aside", B: "published"}
    for act in (scene.undo, lambda: scene.choose(C, B), lambda: scene.choose(C)):
        with pytest.raises(Conflict, match="override_published"):
            act()
    assert not scene.replay()


def test_the_words_tell_when_a_new_message_is_the_only_way(scene: Scene) -> None:
    chosen(scene, "free")
    assert "sous un nouveau MSH-10" in scene.page().text_content()
    scene.withdraw(scene.id, B)
    with pytest.raises(Conflict, match="override_published"):
        scene.undo()
    assert dead_ends(scene) == []
    scene.archive(A)
    again = scene.send(CASE)
    assert scene.world.entry(again).state == "published"


# ---- the reasons to be held


@pytest.mark.parametrize("reason", sorted(set(HELD_REASONS) - {"chosen_study_taken"}))
def test_each_held_reason_has_a_way_to_another_study_and_back(scene: Scene, reason: str) -> None:
    world, at = scene.world, scene.world.clock.now()
    record = world.records.get(A)
    assert record.pending is not None
    pending = replace(record.pending, state=record.pending.held_from or record.pending.state)
    world.records.put(hold(replace(record, pending=pending), reason, at))
    world.log.set_outcome(scene.id, A, StudyOutcome(Outcome.HELD, reason, at))
    assert dead_ends(scene) == []
    chosen(scene, "of_another_patient")
    undoes_and_replays(scene)
    assert scene.states == {A: "held study_not_found", B: "set_aside"}
    assert dead_ends(scene) == []


# ---- the states in which a message may be


def superseded(scene: Scene) -> None:
    scene.send(version(2))


def published(scene: Scene) -> None:
    scene.archive(A)
    scene.replay()


def withdrawn_since(scene: Scene) -> None:
    published(scene)
    scene.withdraw(scene.id, A)


def replaced_since(scene: Scene) -> None:
    published(scene)
    scene.send(version(2))


def unchanged(scene: Scene) -> None:
    published(scene)
    scene.id = scene.send(CASE)


def a_withdrawal(scene: Scene) -> None:
    published(scene)
    scene.id = scene.send(version(1, "CA"))


def already_published(scene: Scene) -> None:
    published(scene)
    scene.id = scene.send(on(A, replace(OTHER, set_id=CASE.set_id.replace("0", "1"))))


def a_choice_is_kept(scene: Scene) -> None:
    scene.archive(B)
    scene.choose(B)


def overtaken_before_the_choice(scene: Scene) -> None:
    a_choice_is_kept(scene)
    scene.send(version(2))


STATES: Final[Mapping[str, Step]] = {
    made.__name__: made
    for made in (
        superseded,
        published,
        withdrawn_since,
        replaced_since,
        unchanged,
        a_withdrawal,
        already_published,
        a_choice_is_kept,
        overtaken_before_the_choice,
    )
}


def _chooses(scene: Scene) -> None:
    scene.choose(B)


def _empties(scene: Scene) -> None:
    scene.override(Choice({}, None))


ACTS: Final[Mapping[str, Callable[[Scene], object]]] = {
    "replay": Scene.replay,
    "choose": _chooses,
    "empty": _empties,
    "undo": Scene.undo,
}


@pytest.mark.parametrize(("state", "act"), tuple(product(STATES, ACTS)))
def test_no_act_in_any_state_is_a_dead_end(scene: Scene, state: str, act: str) -> None:
    STATES[state](scene)
    before = dict(scene.states)
    assert dead_ends(scene) == []
    try:
        ACTS[act](scene)
    except (BadRequest, Conflict):
        assert scene.states == before
    assert dead_ends(scene) == []
    scene.replay()
    assert dead_ends(scene) == []
    assert unsafe(scene) == []
