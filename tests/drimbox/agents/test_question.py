"""functions.drimbox.agents.question: the states that follow each other."""

from __future__ import annotations

from datetime import timedelta

from functions.drimbox.agents.question import KEPT, LIFE, Answer, State, answered, asked, failed
from functions.drimbox.jobs.job import Kind, Wish
from tests.fakes.memory import VirtualClock

WISH = Wish(Kind.INDEX, {"study": "1.2.1"})
AT = VirtualClock().now()


def test_a_question_expires_without_an_answer_and_forgets_the_patient() -> None:
    one = asked(WISH, "m1", AT, sealed="…", before=None)
    end = AT + LIFE[Kind.INDEX]
    assert (one.key, one.attempt, one.expires_at) == (WISH.key, 1, end)
    assert one.as_of(end - timedelta(seconds=1)) is one
    gone = one.as_of(end)
    assert (gone.state, gone.sealed, gone.ended_at) == (State.EXPIRED, "", end)
    assert gone.as_of(end + timedelta(days=1)) is gone


def test_an_ended_question_stands_for_a_day_and_forgets_the_patient() -> None:
    one = asked(WISH, "m1", AT, sealed="…", before=None)
    kept = Answer("answers/1", 3, "0" * 64)
    done = answered(one, AT, word="found", answer=kept)
    given_up = failed(one, AT, "pacs_unavailable")
    for ended in (done, given_up):
        assert (ended.sealed, ended.ended_at) == ("", AT)
        assert ended.as_of(AT + KEPT - timedelta(seconds=1)) is ended
        # The bucket may have deleted the answer, and DynamoDB may not yet have the question.
        old = ended.as_of(AT + KEPT)
        assert (old.state, old.ended_at) == (State.EXPIRED, AT)
        assert (old.word, old.answer, old.reason) == ("", None, "")
    assert (done.word, done.answer) == ("found", kept)
    assert given_up.reason == "pacs_unavailable"


def test_the_next_attempt_has_nothing_of_the_one_before() -> None:
    one = answered(asked(WISH, "m1", AT, before=None), AT, word="absent", answer=None)
    again = asked(WISH, "m2", AT, before=one)
    assert (again.attempt, again.state, again.word, again.ended_at) == (2, State.ASKED, "", None)
    assert again.correlation_id == "m2"


def test_every_kind_of_question_has_its_time() -> None:
    assert set(LIFE) == set(Kind) - {Kind.FILL}
