"""The manifest that may be served now."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.serving import served
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World


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
