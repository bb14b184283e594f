"""The publication in the way of another one is named, and none where nobody is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.drimbox.operations.in_the_way import in_the_way
from functions.drimbox.publication.messages import load
from tests.drimbox.operations.override_scenes import (
    CASE,
    OTHER,
    A,
    B,
    Scene,
    held_report,
    on,
    version,
)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A report that is held, since the PACS does not have its study."""
    with held_report() as made:
        yield made


def way(scene: Scene, study: object = A) -> str:
    world = scene.world
    site, entry = world.at_rest, world.entry(scene.id)
    (record,) = (world.records.get(one) for one in entry.studies if one == study)
    return in_the_way(site, entry, record, load(site, scene.id))


def test_nobody_is_in_the_way_of_a_study_that_waits_for_the_pacs(scene: Scene) -> None:
    assert way(scene) == ""


def test_a_later_message_is_in_the_way(scene: Scene) -> None:
    later = scene.send(version(2))
    assert way(scene) == later


def test_another_report_is_in_the_way_of_a_choice(scene: Scene) -> None:
    scene.archive(B)
    other = scene.send(on(B, OTHER))
    scene.choose(B)
    scene.replay()
    assert way(scene, B) == other


def test_a_later_version_is_found_where_an_operator_put_it(scene: Scene) -> None:
    first = scene.id
    scene.archive(B)
    scene.id = scene.send(version(2))
    scene.choose(B)
    scene.replay()
    assert way(replace(scene, id=first)) == scene.id


def test_a_change_of_images_has_nobody_to_name(scene: Scene) -> None:
    scene.archive(A)
    scene.replay()
    order = replace(scene, id=scene.send(CASE, "OMI"))
    assert way(order) == ""
    world = scene.world
    record = replace(world.records.get(A), current=None)
    entry = world.entry(order.id)
    (known,) = entry.studies.values()
    held = replace(known, reason="study_left_out")
    entry = replace(entry, studies={A: held})
    assert in_the_way(world.at_rest, entry, record, load(world.at_rest, order.id)) == ""
