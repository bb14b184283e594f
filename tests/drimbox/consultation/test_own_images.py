"""Whether the images of an exam of this very site are ready: by its record and its cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.drimbox.consultation.exam_images import Content, content_of
from functions.drimbox.consultation.own_images import own_images
from functions.drimbox.dmp.registry import ReferenceId
from functions.drimbox.publication.serving import Served, served
from tests.drimbox.consultation.source_scenes import OWN, entry
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World


@dataclass
class Cache:
    """A cache by key."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        found = self.objects.get(key)
        return None if found is None else found[offset : offset + size]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def of_study(unique_id: str, study: str = STUDY) -> Any:
    reference = ReferenceId(study, "", "urn:ihe:iti:xds:2016:studyInstanceUID")
    return entry(1, OWN, unique_id=unique_id, reference_ids=(reference,))


def seen(world: World, one: Any, cache: Cache) -> tuple[bool, Content | None]:
    return own_images(one, world.records, world.archive, cache)  # type: ignore[arg-type]


def test_the_images_are_ready_once_every_series_is_cached(world: World) -> None:
    play(world, ["P1"])
    current, cache = in_force(world), Cache()
    one, content = of_study(current.manifest.sop_instance_uid), content_of(current.manifest)
    assert content.key_images == 0
    assert seen(world, one, cache) == (False, content)
    cache.objects = {current.keys(series).index: b"{}" for series in current.series}
    assert seen(world, one, cache) == (True, content)
    cache.objects.pop(current.keys(current.series[0]).index)
    assert seen(world, one, cache) == (False, content)


def test_another_manifest_and_a_foreign_study_are_not_ready(world: World) -> None:
    play(world, ["P1"])
    current = in_force(world)
    cache = Cache({current.keys(series).index: b"{}" for series in current.series})
    uid = current.manifest.sop_instance_uid
    assert seen(world, of_study("2.25.9"), cache) == (False, None)
    assert seen(world, of_study(uid, "1.2.3"), cache) == (False, None)
    assert seen(world, of_study(uid, "not a uid"), cache) == (False, None)
    assert seen(world, entry(1, OWN), cache) == (False, None)
