"""Calls to the PACS through the circuit breaker: an outage is probed, an error is an answer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import (
    DrimboxError,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.publication.asking_pacs import (
    IMAGES,
    PACS,
    asking_pacs,
    asking_site,
    is_away,
)
from functions.drimbox.tenants.model import Link
from tests.fakes.world import World

STUDY = Uid("1.2.3")
MINUTE = timedelta(minutes=1)


def _ask_pacs(world: World, error: DrimboxError | None, study: Uid = STUDY) -> str:
    """ "asked", "answered" or "waits"."""
    said = "waits"
    with suppress(DrimboxError), asking_pacs(world.site.breaker, study):
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


def test_a_pacs_that_names_a_time_is_not_asked_before_it(world: World) -> None:
    error = PacsUnavailable("status 429", retry_after=("300",))
    assert _ask_pacs(world, error) == "asked"
    world.clock.advance(5 * MINUTE - timedelta(seconds=1))
    assert _ask_pacs(world, None) == "waits"
    world.clock.advance(timedelta(seconds=1))
    assert _ask_pacs(world, None) == "answered"


def test_a_study_that_waits_for_the_pacs_learns_that_it_is_away(world: World) -> None:
    for _ in range(3):
        _ask_pacs(world, PacsUnavailable("503"))
    with (
        pytest.raises(PacsUnavailable, match="asked again later"),
        asking_pacs(world.site.breaker, STUDY),
    ):
        pass


def test_images_that_cannot_be_read_delay_no_publication(world: World) -> None:
    for _ in range(5):
        with suppress(PacsUnavailable), asking_pacs(world.site.breaker, STUDY, IMAGES):
            raise PacsUnavailable("cut")
    assert world.circuits.get(IMAGES).circuit is Circuit.OPEN
    assert _ask_pacs(world, None) == "answered"


def test_a_probe_that_meets_an_unusable_answer_has_found_the_pacs(world: World) -> None:
    for _ in range(3):
        _ask_pacs(world, PacsUnavailable("503"))
    world.clock.advance(MINUTE)
    assert _ask_pacs(world, PacsAnswerUnusable("2 of 3")) == "asked"
    assert world.circuits.get(PACS).circuit is Circuit.RECOVERING


@pytest.mark.parametrize(
    "error",
    [
        Held("pacs_uid_invalid"),
        PacsAnswerUnusable("2 of 3"),
        StorageUnavailable("ours"),
        None,
    ],
)
def test_an_error_that_is_no_outage_opens_no_circuit(
    world: World, error: DrimboxError | None
) -> None:
    said = {_ask_pacs(world, error) for _ in range(10)}
    assert said == {"answered" if error is None else "asked"}
    assert world.circuits.circuits == {}


def test_a_study_for_which_alone_the_pacs_fails_delays_no_other(world: World) -> None:
    for _ in range(20):
        assert _ask_pacs(world, PacsAnswerUnusable("status 500", failed=True)) == "asked"
        world.clock.advance(timedelta(seconds=20))
    assert world.circuits.get(PACS).circuit is Circuit.CLOSED
    assert _ask_pacs(world, None, Uid("1.2.4")) == "answered"


def test_a_pacs_that_fails_for_three_studies_in_a_row_is_away(world: World) -> None:
    failure = PacsAnswerUnusable("status 500", failed=True)
    asked = [_ask_pacs(world, failure, Uid(f"1.2.{n}")) for n in (3, 3, 4, 3, 5, 6)]
    assert asked == ["asked"] * 5 + ["waits"]


def test_series_that_came_while_studies_failed_alone_keep_the_images_open(world: World) -> None:
    failure = PacsAnswerUnusable("status 500", failed=True)
    for number in range(6):
        with asking_pacs(world.site.breaker, Uid("1.2.9"), IMAGES):
            world.clock.advance(MINUTE)
            with (
                suppress(PacsAnswerUnusable),
                asking_pacs(world.site.breaker, Uid(f"1.2.{number}"), IMAGES),
            ):
                raise failure
            world.clock.advance(MINUTE)
    assert world.circuits.get(IMAGES).circuit is Circuit.CLOSED


BROKEN, WHOLE = Uid("1.2.250.9.66"), Uid("1.2.250.9.67")


def _site(world: World, *, down: bool) -> Callable[[Uid], str]:
    """A PACS that fails for one study, or for all; the calls go through the real client."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get("0020000D") or request.url.path
        return httpx.Response(500) if down or BROKEN in asked else httpx.Response(200, json=[])

    def ask(study: Uid) -> str:
        with httpx.Client(transport=httpx.MockTransport(answer)) as http:
            pacs = DicomwebPacs(http, "https://pacs.example", spool=Path(tempfile.gettempdir()))
            try:
                with asking_pacs(world.site.breaker, study):
                    return f"found {pacs.find_study(study)}"
            except PacsUnavailable as error:
                return f"{type(error).__name__}: {error.detail}"

    return ask


def test_through_the_client_one_study_fails_alone(world: World) -> None:
    ask = _site(world, down=False)
    for _ in range(6):
        assert ask(BROKEN) == "PacsAnswerUnusable: status 500"
    assert ask(WHOLE) == "found None"


def test_through_the_client_an_outage_opens_the_circuit_at_the_third_failure(world: World) -> None:
    ask = _site(world, down=True)
    assert [ask(BROKEN) for _ in range(3)] == ["PacsUnavailable: status 500"] * 3
    assert ask(WHOLE) == "PacsUnavailable: asked again later"


def test_no_circuit_stands_before_an_agent(world: World) -> None:
    for _ in range(3):
        assert _ask_pacs(world, PacsUnavailable("503")) == "asked"
    assert is_away(world.site)
    world.tenant = replace(world.tenant, link=Link.AGENT)
    assert not is_away(world.site)
    before = world.circuits.get(PACS)
    with pytest.raises(PacsUnavailable, match="503"), asking_site(world.site, STUDY):
        raise PacsUnavailable("503")
    assert world.circuits.get(PACS) == before
