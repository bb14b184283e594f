"""The last step settles what the DMP has, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import Change
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from tests.fakes.world import DEVICE, World


def test_nothing_is_settled_that_is_not_current(world: World, change: Change) -> None:
    with pytest.raises(Held) as raised:
        settle_publication(world.site, change, world.cache)
    assert raised.value.code == "internal_error"
    unseen = Change("demo", "f" * 32, Uid("1.2.3"), 0)
    with pytest.raises(Held):
        settle_publication(world.site, unseen, world.cache)
    assert ("manifest.published", "success") not in world.audit.events()


@pytest.mark.parametrize("caches", [True, False])
def test_the_series_to_cache_are_named_where_the_tenant_caches(
    world: World, change: Change, caches: bool
) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    world.tenant = replace(world.tenant, cache_on_publication=caches)
    state = settle_publication(world.site, change, world.cache)
    assert (state["settled"], state["fill_cache"]) == ("published", caches)
    assert state["series"] == ([f"{change.study_instance_uid}.1"] if caches else [])
