"""functions.drimbox.publication.news: a site is rung for where it wants to be told, alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.drimbox.publication.scenes import play
from tests.fakes.world import TENANT, World


@pytest.fixture(params=["", "https://ris.example/news"])
def world(request: pytest.FixtureRequest) -> World:
    """A site, and one that wants to be told."""
    return World(tenant=replace(TENANT, webhook_url=request.param))


def test_a_site_without_an_address_is_rung_for_never(world: World) -> None:
    play(world, ["P1"])
    wants = bool(world.tenant.webhook_url)
    assert bool(world.news.rung) is wants
    rings = [name for name in world.calls.names if name == "news.ring"]
    assert bool(rings) is wants
    world.close()
