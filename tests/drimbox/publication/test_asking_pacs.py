"""Calls to the PACS through the circuit breaker: an outage is probed, an error is an answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import (
    DrimboxError,
    PacsUnavailable,
)
from functions.drimbox.publication.asking_pacs import PACS, asking_pacs
from tests.fakes.world import World

MINUTE = timedelta(minutes=1)


def _ask_pacs(world: World, error: DrimboxError | None) -> str:
    """ "asked", "answered" or "waits"."""
    said = "waits"
    with suppress(DrimboxError), asking_pacs(world.site.breaker):
        said = "asked"
        if error is not None:
            raise error.with_traceback(None)
        said = "answered"
    return said


def test_a_dead_pacs_is_asked_once_a_minute(world: World) -> None:
    said = []
    for _ in range(600):
        world.clock.advance(timedelta(seconds=1))
        said.append(_ask_pacs(world, PacsUnavailable("503")))
    assert said.count("asked") == 3 + 9
    world.clock.advance(MINUTE)
    assert _ask_pacs(world, None) == "answered"
    assert world.circuits.get(PACS).circuit is Circuit.RECOVERING


def test_a_study_that_waits_for_the_pacs_learns_that_it_is_away(world: World) -> None:
    for _ in range(3):
        _ask_pacs(world, PacsUnavailable("503"))
    with pytest.raises(PacsUnavailable, match="asked again later"), asking_pacs(world.site.breaker):
        pass
