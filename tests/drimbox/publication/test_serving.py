"""The images that may be served now, and the fill that a first request starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest

from functions.drimbox.errors import Absent, NotReady, StorageUnavailable
from functions.drimbox.images.retrieve import Target
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import FILL_WINDOW, ImageDesk, retrieve, served
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World

ANY: Final = "multipart/related; type=application/dicom; transfer-syntax=*"
SERIES: Final = f"{STUDY}.1"


@dataclass
class Fills:
    """Implements ``serving.Fills``: the fills that were started."""

    started: list[tuple[Any, ...]] = field(default_factory=list)

    def start(
        self,
        study_instance_uid: Uid,
        series: Any,
        *,
        correlation_id: str,
        edition: str,
        window: int,
    ) -> None:
        self.started.append((study_instance_uid, tuple(series), correlation_id, edition, window))


class Cache:
    """A cache that holds nothing yet."""

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        return None


def ask(world: World, fills: Fills, *uids: str, kos: str | None = None) -> None:
    """Ask for images, under the manifest in force if not under ``kos``."""
    current = world.records.get(STUDY).current
    cache: Any = Cache()
    desk = ImageDesk(world.records, world.archive, cache, fills, world.clock)
    stated = kos or (current.manifest_uid if current else "2.25.1")
    retrieve(desk, Target(STUDY, *uids), accept=[ANY], kos_sop_instance_uid=[stated])


@pytest.mark.parametrize("uids", [(), (SERIES,)])
def test_images_that_are_not_cached_start_one_fill_a_window(
    world: World, uids: tuple[str, ...]
) -> None:
    play(world, ["P1"])
    (message_id,), fills = world.log.entries, Fills()
    for _ in range(2):
        with pytest.raises(NotReady):
            ask(world, fills, *uids)
    first, second = fills.started
    assert first == second, "the same name, window and edition: one execution"
    study, series, correlation, edition, _ = first
    assert (study, series, correlation) == (STUDY, (Uid(SERIES),), message_id)
    world.clock.advance(timedelta(seconds=FILL_WINDOW))
    with pytest.raises(NotReady):
        ask(world, fills, *uids)
    assert fills.started[-1][-1] == first[-1] + 1
    assert world.give(note()).failure is None
    with pytest.raises(NotReady):
        ask(world, fills, *uids)
    assert fills.started[-1][-2] != edition, "a note makes another edition of the cache"


def test_images_of_no_manifest_in_force_start_nothing(world: World) -> None:
    fills = Fills()
    with pytest.raises(Absent):
        ask(world, fills, SERIES)
    play(world, ["P1"])
    with pytest.raises(Absent):
        ask(world, fills, SERIES, kos="2.25.1")
    with pytest.raises(Absent):
        ask(world, fills, "1.2.3")
    assert fills.started == []


def test_a_withdrawn_study_is_not_served_and_a_lost_manifest_is_an_error(world: World) -> None:
    play(world, ["P1"])
    record = world.records.get(STUDY)
    found = served(record, world.archive)
    assert found is not None
    assert found.edition == f"{found.manifest.sop_instance_uid}/0"
    with pytest.raises(StorageUnavailable):
        served(record, type(world.archive)())
    play(world, ["W1"])
    assert served(world.records.get(STUDY), world.archive) is None
