"""One world per test, and a change that is about to be sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.index import index_study
from tests.fakes.world import DB_URL, World, case


@pytest.fixture
def world() -> Iterator[World]:
    """A site, its PACS and a DMP, all new."""
    made = World()
    yield made
    made.close()


@pytest.fixture
def change(world: World) -> Change:
    """A report whose manifest is built and not sent yet."""
    report = case("C")
    world.archive_study(report)
    message_id = world.send(report).message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    built = Change("demo", message_id, Uid(report.studies[0]), 0)
    admit_report(world.site, built)
    index_study(world.site, built, world.pacs, world.known)
    build_manifest(world.site, built, world, DB_URL, SHA1, uids=world.uids)
    return built
