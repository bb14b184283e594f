"""functions.drimbox.publication.accepting: the body of an agent is served, or judged at fault."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.agents.answering import Envelope
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.accepting import accept_series
from functions.drimbox.images.cache import is_unservable, read_index
from functions.drimbox.jobs.job import LONG_REST, LOST_AFTER_AT_SITE, Job, State
from functions.drimbox.operations.view import view
from functions.drimbox.publication import accepting
from functions.drimbox.publication.filling import CORRECTION_WINDOW
from tests.drimbox.images.samples import MemoryStore
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import STUDY, play
from tests.drimbox.publication.site_scenes import (
    SERIES,
    asked,
    body,
    bring,
    current,
    desk,
    in_force,
    judge,
    keys,
    objects,
    published,
)
from tests.fakes.world import OPERATOR, World


def audited(world: World, event: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Key, result and facts of the audit records of that event."""
    return [
        (key, result, dict(facts))
        for (name, key, result), facts in world.audit.records.items()
        if name == event
    ]


def outcome(world: World) -> tuple[str, str]:
    (message_id, *_) = world.log.entries
    (study,) = view(world.at_rest, world.archive, world.known, OPERATOR, message_id)["studies"]
    return study["outcome"], study.get("reason", "")


def given_up(world: World, job: Job, reason: str, *at_fault: str) -> None:
    attempt = current(world, job).attempts + 1
    desk(world).take(job.key, Envelope(attempt, "failed", reason=reason, objects=at_fault))


def test_a_series_that_the_agent_brought_is_cached_and_audited(world: World) -> None:
    job, cache = published(world), MemoryStore()
    place = bring(world, cache, job, body(objects(), keys(world)))
    assert not judge(world, cache, job)
    index = read_index(cache, keys(world))
    assert index is not None
    assert index.body_under(keys(world)) == place
    done = current(world, job)
    assert (done.state, done.reason, done.told) == (State.ANSWERED, "cached", "")
    ((key, result, _),) = audited(world, "series.cached")
    assert (key, result) == (f"{in_force(world).edition}/{SERIES}", "success")
    assert cache.kept == [place]
    assert outcome(world) == ("published", "")
    # Asked for again, the series is there: the agent is not rung for.
    assert asked(world).state is State.ANSWERED


def test_a_body_that_is_not_the_series_is_refused_told_and_deleted(world: World) -> None:
    job, cache = published(world), MemoryStore()
    whole = body(objects(), keys(world))
    place = bring(world, cache, job, whole.replace(b"Content-Length", b"content-length"))
    assert judge(world, cache, job)
    assert read_index(cache, keys(world)) is None
    assert place not in cache.objects
    ((_, result, facts),) = audited(world, "series.refused")
    assert result == "agent_body_refused"
    assert facts == {
        "who": "agent",
        "study_instance_uid": STUDY,
        "series_instance_uid": SERIES,
        "manifest_uid": in_force(world).manifest.sop_instance_uid,
        "fault": "the body is laid out otherwise",
    }
    assert outcome(world) == ("held", "agent_body_refused")
    failed = current(world, job)
    assert (failed.state, failed.due_at) == (State.FAILED, world.clock.now() + LONG_REST)


def test_objects_that_the_agent_names_at_fault_reach_an_operator(world: World) -> None:
    job, cache = published(world), MemoryStore()
    given_up(world, job, "object_unservable", f"{SERIES}.2", "1.2.3.4.of-another-series")
    assert judge(world, cache, job)
    assert is_unservable(cache, keys(world))
    assert json.loads(cache.objects[keys(world).unservable]) == [f"{SERIES}.2"]
    assert outcome(world) == ("held", "object_unservable")
    failed = current(world, job)
    assert failed.due_at == world.clock.now() + CORRECTION_WINDOW
    # Once the site has corrected them, a body is accepted.
    world.clock.advance(CORRECTION_WINDOW)
    again = asked(world)
    bring(world, cache, again, body(objects(), keys(world)))
    judge(world, cache, again)
    assert read_index(cache, keys(world)) is not None
    assert not is_unservable(cache, keys(world))


@pytest.mark.parametrize(
    ("reason", "at_fault", "told"),
    [
        ("pacs_refused", (), "pacs_refused"),
        ("agent_failed", (), "agent_failed"),
        ("unsupported", (), "agent_outdated"),
        ("object_unservable", ("1.2.3",), "agent_failed"),
    ],
)
def test_a_series_that_the_agent_gives_up_is_held(
    reason: str, at_fault: tuple[str, ...], told: str, world: World
) -> None:
    job, cache = published(world), MemoryStore()
    given_up(world, job, reason, *at_fault)
    assert judge(world, cache, job)
    assert outcome(world) == ("held", told)
    assert current(world, job).due_at == world.clock.now() + LONG_REST


def test_a_pacs_that_is_away_is_asked_again_by_the_agent(world: World) -> None:
    job, cache = published(world), MemoryStore()
    given_up(world, job, "pacs_unavailable")
    assert not judge(world, cache, job)
    again = current(world, job)
    assert (again.state, again.told, again.attempts) == (State.ASKED, "", 1)
    assert desk(world).show(job.key)["attempt"] == 2
    assert again.due_at > world.clock.now() + timedelta(seconds=1)
    bring(world, cache, job, body(objects(), keys(world)))
    world.clock.advance(LOST_AFTER_AT_SITE)
    assert not judge(world, cache, job)
    assert read_index(cache, keys(world)) is not None


def test_our_own_storage_that_is_away_costs_the_site_nothing(world: World) -> None:
    job, cache = published(world), MemoryStore(broken={"index.json": StorageUnavailable("down")})
    bring(world, cache, job, body(objects(), keys(world)))
    assert not judge(world, cache, job)
    again = current(world, job)
    assert (again.state, bool(again.told)) == (State.ASKED, True)
    world.clock.advance(timedelta(minutes=5))
    assert not judge(world, cache, job)
    assert current(world, job).state is State.ANSWERED


def test_a_message_before_the_agent_has_said_anything_is_no_answer(world: World) -> None:
    """The site was reached in another way when the job was asked."""
    job, cache = published(world), MemoryStore()
    assert not judge(world, cache, job)
    again = current(world, job)
    assert (again.state, again.reason) == (State.ASKED, "pacs_unavailable")


def test_a_body_of_a_withdrawn_study_is_deleted(world: World) -> None:
    job, cache = published(world), MemoryStore()
    place = bring(world, cache, job, body(objects(), keys(world)))
    cache.objects["incoming/1.2.3/e/s/1.multipart"] = b"of another study"
    play(world, ["W2"])
    assert not judge(world, cache, job)
    assert current(world, job).reason == "superseded"
    assert place not in cache.objects
    assert list(cache.objects) == ["incoming/1.2.3/e/s/1.multipart"]


def test_a_study_that_is_withdrawn_meanwhile_leaves_no_series(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, cache = published(world), MemoryStore()
    former = keys(world)
    bring(world, cache, job, body(objects(), former))

    def overtaken(*args: Any, **more: Any) -> object:
        found = accept_series(*args, **more)
        play(world, ["W2"])
        return found

    monkeypatch.setattr(accepting, "accept_series", overtaken)
    assert not judge(world, cache, job)
    assert current(world, job).reason == "superseded"
    assert former.index in cache.written
    assert cache.objects == {}
    assert audited(world, "series.cached") == []


def test_a_body_made_before_a_rejection_is_superseded(world: World) -> None:
    job, cache = published(world), MemoryStore()
    bring(world, cache, job, body(objects(), keys(world)))
    assert world.give(note()).failure is None
    assert not judge(world, cache, job)
    assert current(world, job).reason == "superseded"
    assert cache.objects == {}
