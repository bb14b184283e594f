"""The last step settles what the DMP has, and nothing else."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import Change
from functions.drimbox.publication.steps.settle import settle_publication
from tests.fakes.world import World


def test_nothing_is_settled_that_is_not_current(world: World, change: Change) -> None:
    with pytest.raises(Held) as raised:
        settle_publication(world.site, change, world.cache)
    assert raised.value.code == "internal_error"
    unseen = Change("demo", "f" * 32, Uid("1.2.3"), 0)
    with pytest.raises(Held):
        settle_publication(world.site, unseen, world.cache)
    assert ("manifest.published", "success") not in world.audit.events()
