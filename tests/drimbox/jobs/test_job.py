"""functions.drimbox.jobs.job: the states that follow each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.drimbox.jobs.job import (
    BEAT,
    EARLY,
    INTERNAL_ERROR,
    LEASE,
    LONG_REST,
    LOST_AFTER,
    LOST_AFTER_AT_SITE,
    MOST_ATTEMPTS,
    MOST_LOST,
    REST,
    SILENCE,
    WORKER_LOST,
    Job,
    Kind,
    Result,
    State,
    Wish,
    asked,
    asked_again,
    ended,
    later,
    pause,
    renewed,
    taken,
    told,
)

AT: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WISH: Final = Wish(Kind.FILL, {"study": "1.2.3", "series": "1.2.3.1", "edition": "2.25.1/0"})
DONE: Final = Result(State.ANSWERED, "cached")


def new() -> Job:
    return asked(WISH, "c1", AT)


def held(job: Job, at: datetime = AT) -> Job:
    """The job with a worker."""
    mine = taken(job, "w1", at)
    assert mine is not None
    return mine


def test_a_wish_is_known_by_all_that_it_asks_and_by_nothing_else() -> None:
    turned = Wish(Kind.FILL, dict(sorted(WISH.facts.items())))
    assert turned.key == WISH.key
    assert WISH.key.startswith("fill#")
    others = {
        Wish(Kind.FILL, {**WISH.facts, name: value}).key
        for name, value in {"study": "1.2.4", "series": "1.2.3.2", "edition": "2.25.1/1"}.items()
    }
    assert len(others | {WISH.key}) == 4
    assert not any(value in WISH.key for value in WISH.facts.values())


def test_a_job_is_asked_taken_and_answered() -> None:
    job = new()
    assert (job.state, job.due_at, job.attempts) == (State.ASKED, AT + LOST_AFTER, 0)
    mine = held(job)
    assert (mine.state, mine.due_at, mine.attempts) == (State.TAKEN, AT + LEASE, 1)
    assert mine.worker == "w1"
    done = ended(mine, DONE, AT)
    assert (done.state, done.reason, done.due_at) == (State.ANSWERED, "cached", AT)
    assert taken(done, "w2", AT) is None, "a message that comes twice"
    failed = ended(mine, Result(State.FAILED, INTERNAL_ERROR, LONG_REST), AT)
    assert (failed.due_at, taken(failed, "w2", AT)) == (AT + LONG_REST, None)


def test_one_worker_at_a_time_and_the_next_one_after_the_lease() -> None:
    mine = held(new())
    assert taken(mine, "w2", mine.due_at - timedelta(seconds=1)) is None
    second = held(mine, mine.due_at)
    assert (second.state, second.attempts, second.lost) == (State.TAKEN, 2, 1)
    assert second.due_at == mine.due_at + LEASE


def test_a_lease_that_is_renewed_is_as_long_as_a_new_one() -> None:
    mine = held(new())
    again = renewed(mine, AT + BEAT)
    assert again == replace(mine, due_at=AT + BEAT + LEASE)
    assert taken(again, "w2", mine.due_at) is None
    late = renewed(mine, mine.due_at + LEASE)
    assert late.due_at == mine.due_at + 2 * LEASE, "nobody has taken it meanwhile"


@pytest.mark.parametrize("by", ["delivery", "request"])
def test_a_job_that_kills_its_workers_is_given_up(by: str) -> None:
    job = held(new())
    for lost in range(1, MOST_LOST + 1):
        again = job if by == "delivery" else asked_again(job, job.due_at)
        job = held(again, job.due_at)
        assert job.lost == lost
    at = job.due_at
    given_up = taken(job, "w1", at) if by == "delivery" else asked_again(job, at)
    assert given_up is not None
    assert (given_up.state, given_up.reason) == (State.FAILED, WORKER_LOST)
    assert given_up.due_at == at + LONG_REST
    afresh = asked_again(given_up, given_up.due_at)
    assert (afresh.state, afresh.attempts, afresh.lost, afresh.reason) == (State.ASKED, 0, 0, "")
    assert (job.asked_at, afresh.asked_at) == (AT, AT), "its asker has waited all the time"
    late = given_up.due_at + SILENCE + timedelta(seconds=1)
    assert asked_again(given_up, late).asked_at == late, "nobody has waited for it meanwhile"


def test_a_job_that_kills_its_workers_again_rests_longer_each_time() -> None:
    job, rests = new(), []
    for _ in range(9):
        job = held(job, job.due_at)
        while job.state is State.TAKEN:
            given_up = taken(job, "w1", job.due_at)
            assert given_up is not None
            at, job = job.due_at, given_up
        assert job.reason == WORKER_LOST
        rests.append((job.due_at - at) / LONG_REST)
        job = asked_again(job, job.due_at)
    assert rests == [1, 2, 4, 8, 16, 32, 64, 96, 96]
    away = ended(held(job, job.due_at), Result(State.FAILED, "pacs_unavailable", REST), AT)
    assert away.given_up == 9, "the other side was away: that says nothing of the workers"
    assert ended(held(job, job.due_at), DONE, AT).given_up == 0


def test_no_worker_takes_a_job_before_its_pause_is_over() -> None:
    mine = held(new())
    after = later(mine, "pacs_unavailable", AT)
    assert after.ready_at == AT + pause(mine)
    assert taken(after, "w1", AT) is None
    assert taken(after, "w1", after.ready_at - EARLY - timedelta(milliseconds=1)) is None
    assert held(after, after.ready_at - EARLY).attempts == 2
    again = asked_again(after, after.due_at)
    assert again.ready_at == after.due_at, "a message that was lost is sent without a pause"


def test_a_lost_message_is_sent_again_more_and_more_rarely() -> None:
    job, at, waited = new(), AT, []
    for _ in range(7):
        waited.append((job.due_at - at) / LOST_AFTER)
        at = job.due_at
        job = asked_again(job, at)
    assert waited == [1, 2, 4, 8, 16, 32, 32]
    assert (job.attempts, job.asked_at) == (0, AT)
    late = job.due_at + SILENCE
    assert asked_again(job, late).asked_at == AT
    late += timedelta(seconds=1)
    assert asked_again(job, late).asked_at == late, "nobody has waited for it meanwhile"
    assert asked_again(held(job, at), at + LEASE).due_at == at + LEASE + LOST_AFTER


def test_pauses_grow_differ_and_end() -> None:
    job, at = new(), AT
    waited = timedelta(0)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = held(job, at)
        longest = timedelta(seconds=min(3 * 2 ** (attempt - 1), 300))
        assert longest / 2 <= pause(job) <= longest
        assert pause(job) == pause(job)
        waited += pause(job)
        after = later(job, "pacs_unavailable", at)
        if attempt < MOST_ATTEMPTS:
            assert (after.state, after.due_at) == (State.ASKED, at + pause(job) + LOST_AFTER)
        job = after
        at = job.ready_at
    assert (job.state, job.reason, job.due_at) == (State.FAILED, "pacs_unavailable", at + REST)
    assert timedelta(minutes=13) < waited < timedelta(minutes=35)
    keys = [replace(held(new()), key=f"fill#{number}") for number in range(20)]
    assert len({pause(one) for one in keys}) > 10


def test_an_agent_at_a_site_is_given_longer_than_a_worker() -> None:
    job = asked(WISH, "c1", AT, LOST_AFTER_AT_SITE)
    assert job.due_at == AT + LOST_AFTER_AT_SITE
    assert asked_again(job, job.due_at, LOST_AFTER_AT_SITE).due_at == AT + 3 * LOST_AFTER_AT_SITE


def test_what_an_agent_has_said_rings_for_a_worker_as_a_first_message() -> None:
    job = asked_again(asked(WISH, "c1", AT, LOST_AFTER_AT_SITE), AT, LOST_AFTER_AT_SITE)
    said = told(job, "words", AT)
    assert (said.state, said.told, said.sent, said.attempts) == (State.ASKED, "words", 1, 0)
    assert said.due_at == AT + LOST_AFTER
    # Its message may be lost: a worker is rung for again, not the agent.
    again = asked_again(said, said.due_at, LOST_AFTER_AT_SITE)
    assert (again.told, again.due_at) == ("words", said.due_at + 2 * LOST_AFTER)
    mine = held(again, again.due_at)
    assert mine.told == "words"
    assert ended(mine, DONE, mine.due_at).told == ""


@pytest.mark.parametrize(
    ("reason", "words", "patience"),
    [
        (StorageUnavailable.code, "words", LOST_AFTER),
        (PacsUnavailable.code, "", LOST_AFTER_AT_SITE),
        (INTERNAL_ERROR, "", LOST_AFTER_AT_SITE),
    ],
)
def test_an_agent_is_asked_again_unless_our_own_storage_was_away(
    reason: str, words: str, patience: timedelta
) -> None:
    mine = held(told(asked(WISH, "c1", AT, LOST_AFTER_AT_SITE), "words", AT))
    again = later(mine, reason, AT, LOST_AFTER_AT_SITE)
    assert (again.told, again.reason) == (words, reason)
    assert again.due_at == again.ready_at + patience
