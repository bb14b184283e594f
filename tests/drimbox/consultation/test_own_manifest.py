"""The manifest of an exam of this site: a file's word that it is ours is not enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.consultation.own_manifest import own_manifest
from functions.drimbox.dmp.registry import ReferenceId
from functions.drimbox.publication import archive
from functions.drimbox.publication.serving import Served, served
from tests.drimbox.consultation.source_scenes import OWN, entry
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World

FILE = {"given_at": "2026-11-29T13:22:05+00:00"}


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    play(made, ["P1"])
    yield made
    made.close()


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def named(world: World, **changes: Any) -> Any:
    """An entry that names our study and our manifest."""
    reference = ReferenceId(STUDY, "", "urn:ihe:iti:xds:2016:studyInstanceUID")
    uid = in_force(world).manifest.sop_instance_uid
    return replace(entry(1, OWN, unique_id=uid, reference_ids=(reference,)), **changes)


def found(world: World, one: Any) -> Served | None:
    return own_manifest(one, world.records, world.archive)


def test_the_dmp_names_our_manifest(world: World) -> None:
    assert found(world, named(world)) == in_force(world)
    assert found(world, named(world, unique_id="2.25.9")) is None
    assert found(world, named(world, reference_ids=())) is None


def test_a_file_whose_manifest_is_not_ours_byte_for_byte_names_nothing(world: World) -> None:
    """Its patient would be the page's, and the images another patient's."""
    data = archive.require(
        world.archive, archive.key_of(in_force(world).intent_id, archive.MANIFEST)
    )
    ours = {"sha1": hashlib.sha1(data).hexdigest(), "size": len(data), **FILE}  # noqa: S324
    assert found(world, named(world, **ours)) == in_force(world)
    for forged in ({"sha1": "0" * 40}, {"sha1": ""}, {"size": len(data) + 1}, {"size": None}):
        assert found(world, named(world, **{**ours, **forged})) is None
