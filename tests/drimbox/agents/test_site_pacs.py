"""functions.drimbox.agents.site_pacs: an asker waits, and asks again once the answer came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.agents.presence import SEEN, PacsSeen
from functions.drimbox.agents.question import KEPT, LIFE, Answer
from functions.drimbox.agents.site_pacs import SearchedSite, SurveyedPacs, failure, kept
from functions.drimbox.agents.told import REASONS
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.agents.scenes import ROW, STUDY, Place, index, state, told

OTHER = Uid("1.2.2")
CRITERIA = StudyCriteria("P1", "", "", "20261121", "20261127")


def awaited(place: Place, **of: Any) -> AnswerAwaited:
    with pytest.raises(AnswerAwaited) as raised:
        place.pacs(**of).find_study(STUDY)
    return raised.value


def test_a_study_is_asked_for_and_read_once_the_answer_has_come() -> None:
    place = Place()
    waiting = awaited(place)
    assert place.bell.rung == [waiting.job]
    assert not waiting.has_come()
    place.answer(told())
    assert waiting.has_come()
    assert place.pacs().find_study(STUDY) == index()
    # The change that was woken has another wake, and knows the job.
    assert place.pacs(attempt=1, awaited=waiting.job).find_study(STUDY) == index()
    assert place.bell.rung == [waiting.job]


def test_a_later_wish_meets_no_earlier_answer() -> None:
    place = Place()
    first = awaited(place)
    place.answer({"found": False})
    assert place.pacs().find_study(STUDY) is None
    assert awaited(place, attempt=1).job != first.job


def test_an_awaited_job_that_expired_or_is_gone_is_asked_anew() -> None:
    place = Place()
    first = awaited(place)
    assert awaited(place, attempt=1, awaited=first.job).job == first.job
    place.clock.advance(LIFE[Kind.INDEX])
    place.states.put(state(place.clock))
    second = awaited(place, attempt=1, awaited=first.job)
    assert second.job != first.job
    place.questions.questions.clear()
    assert awaited(place, attempt=2, awaited=second.job).job not in {first.job, second.job}


@pytest.mark.parametrize("pacs", [PacsSeen.REACHABLE, PacsSeen.UNREACHABLE])
def test_nobody_is_asked_while_no_agent_serves(pacs: PacsSeen) -> None:
    place = Place()
    place.states.put(state(place.clock, pacs=pacs))
    if pacs is PacsSeen.REACHABLE:
        place.clock.advance(SEEN)
    with pytest.raises(AgentAway) as raised:
        place.pacs().find_study(STUDY)
    assert not raised.value.has_come()
    assert place.bell.rung == []
    place.states.put(state(place.clock))
    assert raised.value.has_come()
    assert place.agent.is_there()
    # An answer that has come is read also while the agent is away.
    waiting = awaited(place)
    place.answer(told())
    place.clock.advance(SEEN)
    assert place.pacs(awaited=waiting.job).find_study(STUDY) == index()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_each_reason_of_an_agent_is_an_error_of_ours(reason: str) -> None:
    place = Place()
    awaited(place)
    if reason != "object_unservable":
        place.fail(reason)
        with pytest.raises(type(failure(reason))):
            place.pacs().find_study(STUDY)
    raised = failure(reason)
    if isinstance(raised, Held):
        assert raised.code in HELD_REASONS
    else:
        assert raised.code == reason


def test_a_failure_of_the_pacs_is_none_of_the_agent() -> None:
    assert isinstance(failure("pacs_answer_unusable"), PacsAnswerUnusable)
    unreachable = failure("pacs_unavailable")
    assert type(unreachable) is PacsUnavailable
    assert failure("unsupported").code == "agent_outdated"


def test_an_answer_that_is_not_as_it_was_kept_is_not_read() -> None:
    place = Place()
    awaited(place)
    place.answer(told())
    (key,) = place.answers.objects
    place.answers.objects[key] += b" "
    with pytest.raises(StorageUnavailable):
        place.pacs().find_study(STUDY)
    del place.answers.objects[key]
    with pytest.raises(StorageUnavailable):
        place.pacs().find_study(STUDY)
    for answer in (None, Answer("answers/none", 1, "0" * 64)):
        with pytest.raises(StorageUnavailable):
            kept(place.answers, answer)


def test_an_answer_of_long_ago_is_asked_for_anew() -> None:
    """Its change could not go on for a day: neither the item nor the object may be relied on."""
    place = Place()
    first = awaited(place)
    place.answer(told())
    place.answers.objects.clear()
    place.clock.advance(KEPT)
    place.states.put(state(place.clock))
    assert awaited(place, awaited=first.job).job == first.job
    place.answer(told(), attempt=2)
    assert place.pacs(awaited=first.job).find_study(STUDY) == index()


def test_a_look_asks_for_the_presence_alone() -> None:
    place = Place()
    with pytest.raises(AnswerAwaited):
        place.pacs().has_study(STUDY)
    place.answer({"studies": [{"study_instance_uid": "1.2.1", "found": True}]})
    assert place.pacs().has_study(STUDY)
    assert place.answers.objects == {}
    with pytest.raises(AnswerAwaited):
        place.pacs(attempt=1).has_study(STUDY)
    place.answer({"studies": [{"study_instance_uid": "1.2.1", "found": False}]})
    assert not place.pacs(attempt=1).has_study(STUDY)
    with pytest.raises(AnswerAwaited):
        place.pacs(attempt=2).has_study(STUDY)
    place.answer({"studies": [{"study_instance_uid": "1.2.1", "reason": "pacs_refused"}]})
    with pytest.raises(Held, match="pacs_refused"):
        place.pacs(attempt=2).has_study(STUDY)


def test_one_survey_tells_of_many_studies() -> None:
    place = Place()
    pacs = SurveyedPacs(place.agent, "run", {"page": "run/0"}, [STUDY, OTHER, Uid("1.2.3")])
    for study in (STUDY, OTHER):
        with pytest.raises(AnswerAwaited):
            pacs.find_study(study)
    assert len(set(place.bell.rung)) == 1
    place.answer(
        {
            "studies": [
                {"study_instance_uid": "1.2.1", **told()},
                {"study_instance_uid": "1.2.2", "found": False},
                {"study_instance_uid": "1.2.3", "reason": "pacs_answer_unusable"},
            ]
        }
    )
    assert pacs.find_study(STUDY) == index()
    assert pacs.find_study(OTHER) is None
    with pytest.raises(PacsAnswerUnusable):
        pacs.find_study(Uid("1.2.3"))
    with pytest.raises(PacsUnavailable, match="does not tell"):
        pacs.find_study(Uid("1.2.4"))


class Person:
    """Waits so often; ``then`` happens before the last time."""

    def __init__(self, times: int, then: Any = None) -> None:
        self.times, self.then = times, then

    def __call__(self) -> bool:
        self.times -= 1
        if self.times == 1 and self.then is not None:
            self.then()
        return self.times > 0


def searched(place: Place, person: Person) -> SearchedSite:
    return SearchedSite(place.agent, "request", place.criteria, person)


def test_a_person_waits_for_the_answer_to_a_search() -> None:
    place = Place()
    rows = [ROW, {**ROW, "study_instance_uid": "1.2.2", "patient_id": "P2"}]
    answer = {"studies": rows, "left_out": 0, "complete": True}
    found = searched(place, Person(3, lambda: place.answer(answer))).search(CRITERIA, most=50)
    # The other patient's study is none that was asked for.
    assert [one.study_instance_uid for one in found.studies] == [STUDY]
    assert (found.left_out, found.complete) == (1, False)
    (question,) = place.questions.questions.values()
    assert question.sealed == ""
    again = searched(place, Person(1)).search(CRITERIA, most=50)
    assert again == found


def test_an_answer_that_came_for_nobody_is_shown_to_the_next_search() -> None:
    place = Place()
    with pytest.raises(AnswerAwaited):
        searched(place, Person(2)).search(CRITERIA, most=50)
    (question,) = place.questions.questions.values()
    assert place.criteria.open(question.key, question.sealed) == CRITERIA
    place.answer({"studies": [ROW], "left_out": 0, "complete": True})
    found = searched(place, Person(1)).search(CRITERIA, most=50)
    assert (len(found.studies), found.left_out, found.complete) == (1, 0, True)
    # A minute later the PACS is asked again.
    place.clock.advance(timedelta(minutes=1))
    with pytest.raises(AnswerAwaited):
        searched(place, Person(1)).search(CRITERIA, most=50)


def test_more_studies_than_were_asked_for_are_left_out() -> None:
    place = Place()
    rows = [{**ROW, "study_instance_uid": f"1.2.{n}"} for n in range(3)]
    with pytest.raises(AnswerAwaited):
        searched(place, Person(1)).search(CRITERIA, most=2)
    place.answer({"studies": rows, "left_out": 0, "complete": True})
    found = searched(place, Person(1)).search(CRITERIA, most=2)
    assert (len(found.studies), found.complete) == (2, False)
    assert replace(found, studies=()).left_out == 0
