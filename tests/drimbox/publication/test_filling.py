"""functions.drimbox.publication.filling: a series is cached only while it may be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.images.cache import SeriesKeys, read_index
from functions.drimbox.oid import Uid
from functions.drimbox.publication.asking_pacs import IMAGES, PACS
from functions.drimbox.publication.filling import fill_cache
from functions.drimbox.publication.serving import Served, served
from tests.drimbox.images.samples import FolderPacs, MemoryStore, instance
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World

SERIES: Final = Uid(f"{STUDY}.1")


def source(failure: Exception | None = None) -> FolderPacs:
    """The PACS with the three objects of the published series."""
    objects = [
        instance(
            number,
            StudyInstanceUID=STUDY,
            SeriesInstanceUID=SERIES,
            SOPInstanceUID=f"{SERIES}.{number}",
        )
        for number in (1, 2, 3)
    ]
    return FolderPacs(objects, failure)


def fill(
    world: World, cache: MemoryStore, pacs: FolderPacs, series: Uid = SERIES
) -> dict[str, Any]:
    return fill_cache(world.site, cache, pacs, STUDY, series, spool=world.folder)


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def keys(current: Served) -> SeriesKeys:
    return SeriesKeys(STUDY, current.manifest.sop_instance_uid, SERIES, current.notes)


def cached(world: World) -> list[Any]:
    """The facts of the audit records of cached series."""
    return [facts for (event, *_), facts in world.audit.records.items() if event == "series.cached"]


def test_a_published_series_is_cached_and_audited(world: World) -> None:
    play(world, ["P1"])
    cache, current = MemoryStore(), in_force(world)
    outcome = fill(world, cache, source())
    index = read_index(cache, keys(current))
    assert index is not None
    assert outcome == {"outcome": "cached", "bytes": index.size}
    facts = {
        "who": "drimbox",
        "study_instance_uid": STUDY,
        "manifest_uid": current.manifest.sop_instance_uid,
    }
    assert cached(world) == [facts]
    assert ("series.cached", f"{current.edition}/{SERIES}", "success") in world.audit.records


def test_a_second_filling_asks_nobody_and_leaves_the_same_record(world: World) -> None:
    play(world, ["P1"])
    cache = MemoryStore()
    first = fill(world, cache, source())
    again = source(PacsUnavailable("must not be asked"))
    assert fill(world, cache, again) == first
    assert again.asked == []
    assert len(cached(world)) == 1


@pytest.mark.parametrize("series", [SERIES, Uid(f"{STUDY}.9")])
def test_a_series_that_may_not_be_served_is_not_fetched(world: World, series: Uid) -> None:
    if series != SERIES:
        play(world, ["P1"])  # published, but without that series
    cache, pacs = MemoryStore(), source()
    assert fill(world, cache, pacs, series) == {"outcome": "withdrawn"}
    assert (pacs.asked, cache.objects, cached(world)) == ([], {}, [])


@dataclass
class Meanwhile(FolderPacs):
    """A PACS that gives its objects, and ``happens`` before the last of them."""

    happens: Callable[[], object] = lambda: None

    def retrieve_series(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        *first, last = super().retrieve_series(study, series, spool)
        yield from first
        self.happens()
        yield last


def rejected(world: World) -> None:
    assert world.give(note()).failure is None


def withdrawn(world: World) -> None:
    play(world, ["W2"])


@pytest.mark.parametrize("change", [rejected, withdrawn])
def test_a_series_whose_study_changes_meanwhile_does_not_stay(
    world: World, change: Callable[[World], None]
) -> None:
    play(world, ["P1"])
    former = keys(in_force(world))
    cache = MemoryStore(objects={"studies/9.9/m/s/index.json": b"of another study"})
    pacs = Meanwhile(source().objects, happens=lambda: change(world))
    assert fill(world, cache, pacs) == {"outcome": "superseded"}
    assert former.index in cache.written
    assert list(cache.objects) == ["studies/9.9/m/s/index.json"]
    assert cached(world) == []


def test_a_pacs_that_is_away_opens_the_circuit_of_the_images_alone(world: World) -> None:
    play(world, ["P1"])
    cache = MemoryStore()
    while world.circuits.get(IMAGES).circuit is not Circuit.OPEN:
        with pytest.raises(PacsUnavailable, match="away"):
            fill(world, cache, source(PacsUnavailable("away")))
    pacs = source()
    with pytest.raises(PacsUnavailable, match="asked again later"):
        fill(world, cache, pacs)
    assert pacs.asked == []
    assert world.circuits.get(PACS).circuit is Circuit.CLOSED
    assert cached(world) == []
