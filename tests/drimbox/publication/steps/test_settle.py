"""The last step settles what the DMP has, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.jobs.job import Result, State
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from tests.fakes.world import DEVICE, World


def test_nothing_is_settled_that_is_not_current(world: World, change: Change) -> None:
    with pytest.raises(Held) as raised:
        settle_publication(world.site, change, world.cache, world.fills)
    assert raised.value.code == "internal_error"
    unseen = Change("demo", "f" * 32, Uid("1.2.3"), 0)
    with pytest.raises(Held):
        settle_publication(world.site, unseen, world.cache, world.fills)
    assert ("manifest.published", "success") not in world.audit.events()


@pytest.mark.parametrize("caches", [True, False])
def test_the_series_are_asked_for_where_the_tenant_caches(
    world: World, change: Change, caches: bool
) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    world.tenant = replace(world.tenant, cache_on_publication=caches)
    for _ in range(2):
        state = settle_publication(world.site, change, world.cache, world.fills)
        assert state == change.state(outcome="continue", settled="published")
    wanted = [f"{change.study_instance_uid}.1"] if caches else []
    assert [job.wish.facts["series"] for job in world.jobs.jobs.values()] == wanted
    assert len(world.fill_queue.messages) == len(wanted)


def test_a_series_that_was_prepared_is_not_asked_for_again(world: World, change: Change) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    settle_publication(world.site, change, world.cache, world.fills)
    (key,) = world.jobs.jobs
    world.fills.work(key, lambda _: Result(State.ANSWERED, "cached"))
    settle_publication(world.site, change, world.cache, world.fills)
    assert len(world.fill_queue.messages) == 1


def test_a_series_that_was_prepared_longer_ago_than_it_is_kept_is_asked_for_again(
    world: World, change: Change
) -> None:
    world.tenant = replace(world.tenant, cache_days=1)
    publish_manifest(world.site, change, world.connect, DEVICE)
    settle_publication(world.site, change, world.cache, world.fills)
    (key,) = world.jobs.jobs
    world.fills.work(key, lambda _: Result(State.ANSWERED, "cached"))
    for age, messages in ((timedelta(hours=23), 1), (timedelta(hours=1), 2)):
        world.clock.advance(age)
        settle_publication(world.site, change, world.cache, world.fills)
        assert len(world.fill_queue.messages) == messages


def test_a_series_that_was_given_up_is_asked_for_after_a_replay(
    world: World, change: Change
) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    settle_publication(world.site, change, world.cache, world.fills)
    (key,) = world.jobs.jobs
    world.fills.work(key, lambda _: Result(State.FAILED, "unservable", timedelta(days=1)))
    settle_publication(world.site, change, world.cache, world.fills)
    assert len(world.fill_queue.messages) == 2
