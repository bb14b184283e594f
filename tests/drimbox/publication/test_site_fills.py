"""functions.drimbox.publication.site_fills: an agent is told of a series; its words stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.agents.answering import Envelope
from functions.drimbox.agents.question import Answer
from functions.drimbox.errors import Absent, BadRequest, Conflict, StorageUnavailable
from functions.drimbox.jobs.job import LOST_AFTER, Job, Kind, Result, State, Wish, ended
from functions.drimbox.publication.site_fills import Words
from tests.drimbox.images.samples import CT
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import STUDY, play
from tests.drimbox.publication.site_scenes import (
    SERIES,
    asked,
    current,
    desk,
    in_force,
    keys,
    published,
    say_so,
)
from tests.fakes.world import World

BROUGHT = Envelope(1, "answered", incoming=Answer("demo/elsewhere", 3, "0" * 64))
GIVEN_UP = Envelope(1, "failed", reason="pacs_refused")


def test_an_agent_is_told_of_exactly_the_objects_of_the_manifest(world: World) -> None:
    job = published(world)
    facts = desk(world).show(job.key)
    assert facts["job"] == f"fill-{job.key.removeprefix('fill#')}"
    assert (facts["kind"], facts["protocol"], facts["attempt"]) == ("fill", 1, 1)
    assert facts["expires_at"] is None
    assert facts["ask"] == {
        "study_instance_uid": STUDY,
        "series_instance_uid": SERIES,
        "manifest_uid": in_force(world).manifest.sop_instance_uid,
        "notes": 0,
        "instances": {str(CT): [f"{SERIES}.{number}" for number in (1, 2, 3)]},
    }
    place = facts["incoming"]["key"]
    assert place == f"demo/{keys(world).incoming}{current(world, job).revision}.multipart"
    assert desk(world).show(job.key) == facts, "an agent that begins anew has the same place"


def test_rejected_objects_are_not_asked_for(world: World) -> None:
    published(world)
    assert world.give(note()).failure is None
    facts = desk(world).show(asked(world).key)
    assert facts["ask"]["notes"] == 1
    (found,) = facts["ask"]["instances"].values()
    assert 0 < len(found) < 3


def test_a_body_that_was_brought_rings_for_a_worker_at_once(world: World) -> None:
    job = published(world)
    world.fill_queue.messages.clear()
    place = desk(world).show(job.key)["incoming"]["key"]
    say_so(world, job, place, b"abc")
    kept = current(world, job)
    body = Words.decode(kept.told).body
    assert kept.state is State.ASKED
    assert body is not None
    assert (f"demo/{body.key}", body.size) == (place, 3)
    assert kept.due_at == world.clock.now() + LOST_AFTER
    assert world.fill_queue.messages == [(job.key, timedelta(0))]


def test_an_earlier_place_of_the_series_is_taken(world: World) -> None:
    """An agent goes on with an upload that it began under an earlier key."""
    job = published(world)
    say_so(world, job, f"demo/{keys(world).incoming}0.multipart", b"abc")
    assert current(world, job).told


@pytest.mark.parametrize("name", ["", "1", "1.multipart/2", "../../1.multipart", "9" * 999])
def test_the_name_of_a_body_is_one_that_an_agent_was_told(name: str, world: World) -> None:
    """A refused body is deleted with all that its name begins: "" would be the whole folder."""
    job = published(world)
    with pytest.raises(BadRequest, match="/incoming/key"):
        say_so(world, job, f"demo/{keys(world).incoming}{name}", b"abc")
    assert not current(world, job).told


@pytest.mark.parametrize(
    "place",
    ["other/incoming/1.2.3/e/s/1.multipart", "demo/studies/1.2.3/x", "demo/incoming/9/e/s/1", ""],
)
def test_a_body_elsewhere_is_refused(place: str, world: World) -> None:
    job = published(world)
    with pytest.raises(BadRequest, match="/incoming/key"):
        say_so(world, job, place, b"abc")
    assert not current(world, job).told


def test_an_answer_without_a_body_is_refused(world: World) -> None:
    job = published(world)
    with pytest.raises(BadRequest, match="/incoming"):
        desk(world).take(job.key, Envelope(1, "answered", answer={}))


def test_an_agent_that_gives_up_rings_for_a_worker_too(world: World) -> None:
    job = published(world)
    given_up = Envelope(1, "failed", reason="object_unservable", objects=(f"{SERIES}.2",))
    assert desk(world).take(job.key, given_up) is State.ASKED
    words = Words(None, "object_unservable", (f"{SERIES}.2",))
    assert Words.decode(current(world, job).told) == words


def test_of_two_agents_the_first_is_believed(world: World) -> None:
    job = published(world)
    desk(world).take(job.key, GIVEN_UP)
    kept = current(world, job)
    with pytest.raises(Conflict):
        desk(world).take(job.key, GIVEN_UP)
    with pytest.raises(Conflict):
        desk(world).show(job.key)
    assert current(world, job) == kept


def test_an_answer_to_another_attempt_is_late(world: World) -> None:
    job = published(world)
    with pytest.raises(Conflict):
        desk(world).take(job.key, replace(GIVEN_UP, attempt=2))
    assert not current(world, job).told


def test_an_answer_beside_another_writer_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody asks for the series in the same moment."""
    job, put, times = published(world), world.jobs.put, [0]

    def overtaken(one: Job) -> bool:
        times[0] += 1
        if times[0] == 1:
            put(current(world, job))
        return put(one)

    monkeypatch.setattr(world.jobs, "put", overtaken)
    desk(world).take(job.key, GIVEN_UP)
    assert current(world, job).told
    monkeypatch.setattr(world.jobs, "put", lambda _: False)
    world.jobs.jobs[job.key] = replace(current(world, job), told="")
    with pytest.raises(StorageUnavailable):
        desk(world).take(job.key, GIVEN_UP)


def test_a_job_that_is_not_there_is_nobodys(world: World) -> None:
    published(world)
    other = Wish(Kind.FILL, {"study": "1"}).key
    with pytest.raises(Absent):
        desk(world).show(other)
    with pytest.raises(Absent):
        desk(world).take(other, GIVEN_UP)
    assert not desk(world).give_up(other)


def test_a_series_that_nobody_wishes_any_more_is_not_asked_for(world: World) -> None:
    job = published(world)
    play(world, ["W2"])
    with pytest.raises(Conflict):
        desk(world).show(job.key)


def test_a_series_that_is_not_of_the_manifest_is_not_asked_for(world: World) -> None:
    job = published(world)
    facts = {**job.wish.facts, "series": f"{STUDY}.9"}
    other = world.fills.ask(Wish(Kind.FILL, facts), "c1")
    with pytest.raises(Conflict):
        desk(world).show(other.key)


def test_a_job_that_no_agent_could_do_is_given_up_once(world: World) -> None:
    job = published(world)
    assert desk(world).give_up(job.key)
    assert Words.decode(current(world, job).told) == Words(reason="agent_failed")
    assert not desk(world).give_up(job.key)


def test_an_agent_that_comes_again_rings_for_the_worker_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue was away when it spoke: nobody else may ever ask for a published series."""
    job = published(world)

    def away(_: Job, *, after: timedelta) -> None:
        raise StorageUnavailable(str(after))

    with monkeypatch.context() as patched:
        patched.setattr(world.fill_queue, "send", away)
        with pytest.raises(StorageUnavailable):
            desk(world).take(job.key, GIVEN_UP)
    world.fill_queue.messages.clear()
    with pytest.raises(Conflict):
        desk(world).take(job.key, GIVEN_UP)
    assert world.fill_queue.messages == [(job.key, timedelta(0))]


def test_an_agent_that_comes_to_an_ended_job_rings_for_nobody(world: World) -> None:
    job = published(world)
    done = Result(State.ANSWERED, "cached")
    assert world.jobs.put(ended(current(world, job), done, world.clock.now()))
    world.fill_queue.messages.clear()
    with pytest.raises(Conflict):
        desk(world).take(job.key, GIVEN_UP)
    assert world.fill_queue.messages == []
