"""functions.drimbox.agents.desk: asked once, answered once, whatever is lost, doubled or late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.agents.question import LIFE, Question, State
from functions.drimbox.errors import Absent, Conflict, StorageUnavailable
from functions.drimbox.jobs.job import Kind, Wish
from tests.drimbox.agents.scenes import Place
from tests.fakes.memory import MemoryQuestions

WISH = Wish(Kind.INDEX, {"study": "1.2.1"})
MINUTE = timedelta(minutes=1)


def test_a_question_is_asked_once_and_rung_for_until_it_is_answered() -> None:
    place = Place()
    first = place.desk.ask(WISH, "m1")
    assert (first.state, first.attempt, first.revision) == (State.ASKED, 1, 1)
    # The first message may have been lost.
    assert place.desk.ask(WISH, "m1") == first
    assert place.bell.rung == [WISH.key, WISH.key]
    assert not place.desk.has_ended(WISH.key)
    place.desk.answer(WISH.key, 1, word="absent")
    assert place.desk.has_ended(WISH.key)
    assert place.desk.ask(WISH, "m1").word == "absent"
    assert len(place.bell.rung) == 2


def test_an_answer_that_is_too_old_is_asked_for_again() -> None:
    place = Place()
    place.desk.ask(WISH, "m1", lasts=MINUTE)
    place.desk.answer(WISH.key, 1, word="absent")
    place.clock.advance(MINUTE - timedelta(seconds=1))
    assert place.desk.ask(WISH, "m2", lasts=MINUTE).state is State.ANSWERED
    place.clock.advance(timedelta(seconds=1))
    again = place.desk.ask(WISH, "m2", lasts=MINUTE)
    assert (again.state, again.attempt, again.correlation_id) == (State.ASKED, 2, "m2")


def test_a_question_that_was_given_up_is_asked_again_after_a_minute() -> None:
    """A look at a wait asks the same until it is answered: one failure of the PACS would stand for
    a day."""
    place = Place()
    key = place.desk.ask(WISH, "m1").key
    place.desk.fail(key, 1, "pacs_unavailable")
    assert place.desk.ask(WISH, "m1").state is State.FAILED
    place.clock.advance(MINUTE)
    again = place.desk.ask(WISH, "m1")
    assert (again.state, again.attempt) == (State.ASKED, 2)
    place.desk.fail(key, 2, "pacs_unavailable")
    assert place.desk.ask(WISH, "m1", lasts=2 * MINUTE).state is State.FAILED
    place.clock.advance(MINUTE)
    assert place.desk.ask(WISH, "m1", lasts=2 * MINUTE).state is State.ASKED


def test_a_question_that_expired_is_asked_again() -> None:
    place = Place()
    place.desk.ask(WISH, "m1")
    place.clock.advance(LIFE[Kind.INDEX])
    assert place.desk.has_ended(WISH.key)
    with pytest.raises(Conflict, match="job"):
        place.desk.answer(WISH.key, 1, word="absent")
    assert place.desk.ask(WISH, "m1").attempt == 2


def test_the_answer_of_an_earlier_attempt_comes_too_late() -> None:
    place = Place()
    place.desk.ask(WISH, "m1")
    place.clock.advance(LIFE[Kind.INDEX])
    place.desk.ask(WISH, "m1")
    with pytest.raises(Conflict) as answered:
        place.desk.answer(WISH.key, 1, word="absent")
    with pytest.raises(Conflict) as given_up:
        place.desk.fail(WISH.key, 1, "pacs_unavailable")
    assert answered.value.code == given_up.value.code == "job_ended"
    assert place.desk.fail(WISH.key, 2, "pacs_unavailable").reason == "pacs_unavailable"


def test_a_question_that_ended_or_never_was_is_not_taken() -> None:
    place = Place()
    assert place.desk.look(WISH.key) is None
    assert place.desk.has_ended(WISH.key)
    with pytest.raises(Absent):
        place.desk.take(WISH.key)
    place.desk.ask(WISH, "m1")
    assert place.desk.take(WISH.key).state is State.ASKED
    place.desk.answer(WISH.key, 1, word="absent")
    with pytest.raises(Conflict):
        place.desk.take(WISH.key)
    with pytest.raises(Conflict):
        place.desk.answer(WISH.key, 1, word="found")


class Rival(MemoryQuestions):
    """Another writer is faster, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put(self, question: Question) -> bool:
        if self.times:
            self.times -= 1
            return False
        return super().put(question)


def test_another_writer_s_word_is_read_again() -> None:
    place = Place(questions=Rival(2))
    assert place.desk.ask(WISH, "m1").state is State.ASKED
    place.questions.times = 2  # type: ignore[attr-defined]
    assert place.desk.answer(WISH.key, 1, word="absent").state is State.ANSWERED
    place = Place(questions=Rival(99))
    with pytest.raises(StorageUnavailable):
        place.desk.ask(WISH, "m1")
    place = Place(questions=Rival(0))
    place.desk.ask(WISH, "m1")
    place.questions.times = 99  # type: ignore[attr-defined]
    with pytest.raises(StorageUnavailable):
        place.desk.fail(WISH.key, 1, "agent_failed")


def test_a_question_stands_while_to_ask_it_again_changes_nothing() -> None:
    place = Place()
    asked = place.desk.ask(WISH, "m1")
    assert place.desk.stands(asked)
    failed = place.desk.fail(WISH.key, 1, "pacs_unavailable")
    assert place.desk.stands(failed)
    place.clock.advance(MINUTE)
    assert not place.desk.stands(failed)
    answered = place.desk.answer(place.desk.ask(WISH, "m1").key, 2, word="absent")
    place.clock.advance(60 * MINUTE)
    assert place.desk.stands(answered)
    place.clock.advance(timedelta(days=1))
    late = place.desk.look(WISH.key)
    assert late is not None
    assert not place.desk.stands(late)
