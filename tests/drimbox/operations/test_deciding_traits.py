"""An operator decides which of two sets of traits is right; no report passes with the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.errors import Absent, BadRequest, Conflict
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.operations.deciding_traits import Decision, decide_traits
from functions.drimbox.operations.overriding import MOST_OVERRIDES, Choice, override
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.known_traits import Keep, KnownTraits
from functions.drimbox.publication.messages import load_override
from functions.drimbox.publication.overrides import Override
from functions.drimbox.publication.ports import KnownPatient
from tests.drimbox.operations.conftest import CASE, Reported, report
from tests.fakes.memory import MemoryPatients
from tests.fakes.world import OPERATOR, SECRET, SENDER, World, case

OTHER = replace(case("M"), archived_traits=None)
GOOD: Mapping[str, Any] = {"keep": "these", "revision": 2, "reason": " Checked ", "confirm": True}


@pytest.fixture
def diverging(world: World) -> Reported:
    """Two sets of traits stand for one INS: the second report was confirmed."""
    world.archive_study(CASE)
    report(world, CASE, control_id="1")
    world.archive_study(OTHER)
    said = report(world, OTHER, control_id="2")
    word = Word(said.study, "Checked")
    confirm_identity(world.at_rest, world.queue, OPERATOR, message_id=said.id, word=word)
    world.work()
    assert said.outcome.outcome == "published"
    return said


def seen(said: Reported) -> dict[str, Any]:
    world = said.world
    return view(world.at_rest, world.archive, world.known, OPERATOR, said.id)


def decide(said: Reported, keep: Keep, *, revision: int | None = None) -> int:
    """The operator decides on the revision that the page shows."""
    shown = seen(said)["known_traits"]["revision"] if revision is None else revision
    decision = Decision(keep, shown, "The ward has checked")
    site, known = said.world.at_rest, said.world.known
    return decide_traits(site, known, OPERATOR, message_id=said.id, decision=decision)


def later(world: World, token: str) -> tuple[str, str]:
    """How a later report with the first traits ends, and one with the second's."""
    ends: list[str] = []
    for what in (CASE, OTHER):
        fresh = what.fresh(token)
        world.archive_study(fresh)
        ends.append(str(report(world, fresh, control_id=f"{token}{len(ends)}").outcome.outcome))
    return ends[0], ends[1]


def test_a_later_report_shows_that_two_sets_are_known(diverging: Reported) -> None:
    world = diverging.world
    fresh = CASE.fresh("later")
    world.archive_study(fresh)
    for said in (diverging, report(world, fresh, control_id="3")):
        shown = seen(said)["known_traits"]
        assert (shown["sets"], shown["decidable"]) == (2, True)
        assert "birth_date" in shown["differing"]


def test_one_set_is_not_shown(published: Reported) -> None:
    assert "known_traits" not in seen(published)


@pytest.mark.parametrize(
    ("keep", "ends"),
    [(Keep.THESE, ("held", "published")), (Keep.OTHERS, ("published", "held"))],
)
def test_reports_with_the_forgotten_traits_are_held(
    diverging: Reported, keep: Keep, ends: tuple[str, str]
) -> None:
    world = diverging.world
    assert later(world, "before") == ("published", "published")
    number = decide(diverging, keep)
    assert later(world, "after") == ends
    # Nothing diverges any more, and the publication stays published.
    shown = seen(diverging)
    assert "known_traits" not in shown
    assert shown["state"] == "published"
    # The message names the operator and the reason; so does the audit.
    (kept,) = [one for one in shown["overrides"] if one["decision"]]
    assert (kept["number"], kept["who"]) == (number, OPERATOR.subject)
    assert kept["decision"]["keep"] == keep
    assert kept["decision"]["reason"] == "The ward has checked"
    assert "birth_date" in kept["decision"]["traits"]
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "traits.decided"]
    assert (facts["who"], facts["keep"], facts["sets"]) == (OPERATOR.subject, keep, "1 of 2")
    assert (facts["ins"], facts["reason"]) == (OTHER.ins, "The ward has checked")


def test_a_former_choice_stays_and_a_later_one_decides_nothing(diverging: Reported) -> None:
    world = diverging.world
    before = load_override(world.at_rest, diverging.id, 1)
    number = decide(diverging, Keep.THESE)
    kept = load_override(world.at_rest, diverging.id, number)
    assert (kept.identity, kept.studies, kept.sender) == (before.identity, {}, None)
    override(world.at_rest, OPERATOR, message_id=diverging.id, choice=Choice({}, SENDER))
    assert load_override(world.at_rest, diverging.id, number + 1).decision is None


def test_a_decision_counts_against_what_the_operator_saw(diverging: Reported) -> None:
    before = diverging.world.patients.patients.copy()
    with pytest.raises(Conflict) as refused:
        decide(diverging, Keep.THESE, revision=1)
    assert refused.value.code == "traits_changed"
    assert diverging.world.patients.patients == before
    assert "traits.decided" not in {event for event, _ in diverging.world.audit.events()}


class _Faster(MemoryPatients):
    """Another writer is always faster."""

    def put(self, patient: KnownPatient) -> bool:
        return False


def test_a_decision_that_comes_too_late_is_not_in_force(diverging: Reported) -> None:
    world, number = diverging.world, diverging.world.entry(diverging.id).override
    known = KnownTraits(_Faster(world.patients.patients), SECRET)
    decision = Decision(Keep.THESE, seen(diverging)["known_traits"]["revision"], "x")
    with pytest.raises(Conflict):
        decide_traits(world.at_rest, known, OPERATOR, message_id=diverging.id, decision=decision)
    assert world.entry(diverging.id).override == number


def test_a_report_that_agrees_with_all_sets_or_none_decides_nothing(diverging: Reported) -> None:
    world = diverging.world
    third = replace(OTHER.fresh("third"), traits=replace(OTHER.traits, birth_date="20120126"))
    world.archive_study(third)
    said = report(world, third, control_id="3")
    assert said.outcome.outcome == "held"
    assert seen(said)["known_traits"]["decidable"] is False
    with pytest.raises(Absent):
        decide(said, Keep.THESE)
    # Both sets agree with the report where they differ in traits that it does not give.
    ((key, patient),) = world.patients.patients.items()
    first, second = patient.sets
    shared = {name: first[name] for name in first if name in second and first[name] == second[name]}
    sets = (shared, {**shared, "more": "x"})
    world.patients.patients[key] = patient.with_sets(sets)
    shown = seen(diverging)["known_traits"]
    assert (shown["decidable"], shown["differing"]) == (False, [])
    with pytest.raises(Absent):
        decide(diverging, Keep.OTHERS)


def test_where_nothing_diverges_nothing_is_decided(published: Reported) -> None:
    with pytest.raises(Absent):
        decide(published, Keep.THESE, revision=1)
    with pytest.raises(Absent):
        decide(replace(published, id="unknown"), Keep.THESE, revision=1)


def _ignore(said: Reported) -> str:
    entry = said.world.entry(said.id)
    said.world.log.entries[said.id] = replace(entry, ignored="not_for_dmp")
    return said.id


def _order(said: Reported) -> str:
    site, queue = said.world.at_rest, said.world.queue
    by = withdraw(site, queue, OPERATOR, message_id=said.id, study=said.study)
    said.world.work()
    return by


@pytest.mark.parametrize("other", [_ignore, _order])
def test_a_message_left_aside_and_one_without_report_decide_nothing(
    diverging: Reported, other: Callable[[Reported], str]
) -> None:
    """An override would make a message replayable that was left aside."""
    revision = seen(diverging)["known_traits"]["revision"]
    with pytest.raises(Absent):
        decide(replace(diverging, id=other(diverging)), Keep.THESE, revision=revision)


def test_the_number_of_decisions_is_bounded(diverging: Reported) -> None:
    world = diverging.world
    world.log.set_override(diverging.id, MOST_OVERRIDES)
    world.inbox.objects[f"overrides/{diverging.id}/{MOST_OVERRIDES}.json"] = Override(
        MOST_OVERRIDES, "o", world.clock.now()
    ).encode()
    before = world.patients.patients.copy()
    with pytest.raises(Conflict):
        decide_traits(
            world.at_rest,
            world.known,
            OPERATOR,
            message_id=diverging.id,
            decision=Decision(Keep.THESE, 2, "x"),
        )
    assert world.patients.patients == before


def test_a_decision_is_read() -> None:
    assert Decision.read(GOOD) == Decision(Keep.THESE, 2, "Checked")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"confirm": False}, "not_confirmed"),
        ({"confirm": "yes"}, "not_confirmed"),
        ({"reason": " "}, "bad_reason"),
        ({"reason": "two\nlines"}, "bad_reason"),
        ({"keep": "all"}, "bad_keep"),
        ({"keep": ""}, "bad_keep"),
        ({"keep": None}, "bad_keep"),
        ({"keep": ["these"]}, "bad_keep"),
        ({"revision": "2"}, "bad_revision"),
        ({"revision": True}, "bad_revision"),
        ({"revision": 2.0}, "bad_revision"),
        ({"revision": None}, "bad_revision"),
        ({"more": 1}, "bad_body"),
    ],
)
def test_an_ill_formed_decision_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Decision.read({**GOOD, **changes})
    said = refused.value
    assert code in (said.code, f"bad_{said.field.removeprefix('/')}")


@pytest.mark.parametrize("name", GOOD)
def test_each_field_is_needed(name: str) -> None:
    with pytest.raises(BadRequest):
        Decision.read({key: value for key, value in GOOD.items() if key != name})
