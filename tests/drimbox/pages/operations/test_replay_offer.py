"""functions.drimbox.pages.operations.replay_offer: first where a replay alone may help."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from functions.drimbox.pages.operations.replay_offer import comes_first, may_replay
from functions.drimbox.wording.held import HELD_REASONS, Replay
from tests.drimbox.pages.operations.publication_scenes import FACTS, HELD_WHOLE, page

LATER = "2099-01-01T00:00:00+00:00"


def held(reason: str) -> dict[str, Any]:
    facts = copy.deepcopy(FACTS)
    advice = HELD_REASONS[reason]
    told = {"words": advice.by_language(), "todo": advice.todo.by_language()}
    facts["studies"][0] |= {"reason": reason, **told}
    return facts


def verbs(facts: dict[str, Any]) -> list[str]:
    return [str(one) for one in page(facts).xpath("//main//input[@name='verb']/@value")]


@pytest.mark.parametrize("reason", HELD_REASONS)
def test_a_replay_comes_first_where_the_cause_may_go_away_by_itself_alone(reason: str) -> None:
    """The page of `traits_mismatch` began with a replay, which nothing but a correction helps."""
    facts = held(reason)
    first = HELD_REASONS[reason].replay is Replay.AT_ONCE
    assert comes_first(facts) is first
    offered = [one for one in verbs(facts) if one not in ("confirm_identity", "release_import")]
    assert (offered[0] == "replay") is first
    (box,) = page(facts).xpath("//main//form[.//input[@value='replay']]")
    assert (box.xpath(".//button/@class") == ["main"]) is first
    assert (HELD_REASONS[reason].todo.fr in box.text_content()) is not first


def test_an_override_after_the_hold_is_the_change_that_it_needed() -> None:
    facts = held("accession_mismatch")
    facts["overrides"] = [{**FACTS["overrides"][0], "at": LATER}]
    assert comes_first(facts)
    facts["studies"][0]["changed_at"] = LATER
    assert not comes_first(facts)


def test_a_message_that_is_held_whole_tells_its_remedy_first() -> None:
    (box,) = page(HELD_WHOLE).xpath("//main//form[.//input[@value='replay']]")
    assert "Le déclarer, puis rejouer" in box.text_content()
    assert not comes_first(HELD_WHOLE)
    assert may_replay(HELD_WHOLE)


def test_a_message_that_an_override_takes_up_is_replayed_at_once() -> None:
    facts = {**FACTS, "ignored": "not_for_dmp", "studies": []}
    assert may_replay(facts)
    assert comes_first(facts)
    assert not may_replay({**facts, "override": 0})


def test_a_study_that_is_not_replayable_demands_nothing() -> None:
    facts = held("accession_mismatch")
    facts["studies"][0]["replayable"] = False
    assert comes_first(facts)
