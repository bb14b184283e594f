"""functions.drimbox.publication.steps.archive_settled: once for each intent."""

from __future__ import annotations

import json
from dataclasses import replace

from functions.drimbox.publication import archive
from functions.drimbox.publication.steps.archive_settled import archive_settled
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World


def test_an_outcome_is_archived_once_under_its_intent(world: World) -> None:
    play(world, ["P1"])
    published = world.records.get(STUDY).current
    assert published is not None
    key = archive.key_of(published.intent_id, archive.SETTLED)
    told = json.loads(world.archive.objects[key])
    assert (told["action"], told["manifest_uid"]) == ("publish", published.manifest_uid)
    archive_settled(world.site, replace(published, version=9))
    assert json.loads(world.archive.objects[key]) == told
    play(world, ["W1"])
    withdrawn = world.records.get(STUDY).withdrawn
    assert withdrawn is not None
    told = json.loads(world.archive.objects[archive.key_of(withdrawn.intent_id, archive.SETTLED)])
    assert (told["action"], told["entry_uuid"]) == ("withdraw", "")
