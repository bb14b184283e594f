"""Calls to the PACS through the circuit breaker: an outage is probed, an error is an answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import (
    DrimboxError,
    Held,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.publication.asking_pacs import IMAGES, PACS, asking_pacs
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


def test_images_that_cannot_be_read_delay_no_publication(world: World) -> None:
    for _ in range(5):
        with suppress(PacsUnavailable), asking_pacs(world.site.breaker, IMAGES):
            raise PacsUnavailable("cut")
    assert world.circuits.get(IMAGES).circuit is Circuit.OPEN
    assert _ask_pacs(world, None) == "answered"


@pytest.mark.parametrize("error", [Held("patient_mismatch"), StorageUnavailable("ours"), None])
def test_an_error_that_is_no_outage_opens_no_circuit(
    world: World, error: DrimboxError | None
) -> None:
    said = {_ask_pacs(world, error) for _ in range(10)}
    assert said == {"answered" if error is None else "asked"}
    assert world.circuits.circuits == {}
