"""A publication among faulty reports, registries and other executions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.dmp.xds import APPROVED
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    Held,
    StorageUnavailable,
)
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from functions.drimbox.publication.steps.submission import Submission
from tests.drimbox.publication.steps.scenes import Registry, in_doubt
from tests.fakes.memory import MemoryBlobs
from tests.fakes.world import DB_URL, DEVICE, TENANT, World


def test_a_registry_that_refuses_to_tell_is_not_sent_to_again(world: World, change: Change) -> None:
    in_doubt(world, change)
    dmp = Registry(DmpRefused(("XDSUnknownPatientId",)))
    with pytest.raises(Held) as raised:
        publish_manifest(world.site, change, dmp, DEVICE)
    assert (raised.value.code, raised.value.detail) == ("dmp_refused", "XDSUnknownPatientId")
    assert dmp.sent == 0


def test_two_queries_too_close_do_not_prove_an_absence(world: World, change: Change) -> None:
    in_doubt(world, change)
    dmp = Registry((), (), (), DmpOutcomeUnknown("later"))
    for _ in range(2):
        with pytest.raises(DmpOutcomeUnknown):
            publish_manifest(world.site, change, dmp, DEVICE)
        world.clock.advance(timedelta(seconds=1))
    assert dmp.sent == 0
    world.clock.advance(timedelta(seconds=5))
    with pytest.raises(DmpOutcomeUnknown):
        publish_manifest(world.site, change, dmp, DEVICE)  # sent; its entry is not known yet
    assert dmp.sent == 1


@pytest.mark.parametrize("answer", [(), DmpRefused(("XDSRegistryError",)), DmpOutcomeUnknown("x")])
def test_a_registry_that_never_names_the_entry_does_not_stop_a_publication(
    world: World, change: Change, answer: Any
) -> None:
    dmp = Registry(*[answer] * 3)
    with pytest.raises(DmpOutcomeUnknown, match="its entry is not known yet"):
        publish_manifest(world.site, change, dmp, DEVICE)
    world.clock.advance(TENANT.outage_patience - timedelta(seconds=1))
    with pytest.raises(DmpOutcomeUnknown):
        publish_manifest(world.site, change, dmp, DEVICE)
    world.clock.advance(timedelta(seconds=1))
    assert publish_manifest(world.site, change, dmp, DEVICE)["outcome"] == "continue"
    assert dmp.sent == 1
    assert settle_publication(world.site, change, world.cache, world.fills)["outcome"] == "continue"
    (settled,) = [key for key in world.archive.objects if key.endswith("settled.json")]
    assert json.loads(world.archive.objects[settled])["entry_uuid"] == ""
    assert ("manifest.published", "success") in world.audit.events()


class Away(MemoryBlobs):
    """A store that does not answer for now."""

    def get(self, key: str) -> bytes | None:
        raise StorageUnavailable("away")


@pytest.mark.parametrize("store", ["inbox", "archive"])
def test_an_outage_of_our_own_store_is_never_told_as_one_of_the_dmp(
    world: World, change: Change, store: str
) -> None:
    world.clock.advance(2 * TENANT.outage_patience)
    dmp = Registry()
    site = (
        replace(world.site, inbox=Away())
        if store == "inbox"
        else replace(world.site, archive=Away())
    )
    with pytest.raises(StorageUnavailable):
        publish_manifest(site, change, dmp, DEVICE)
    assert dmp.sent == 0


def test_a_change_that_another_message_took_over_sends_nothing(
    world: World, change: Change
) -> None:
    other = replace(change, message_id="f" * 32)
    dmp = Registry()
    assert publish_manifest(world.site, other, dmp, DEVICE)["outcome"] == "continue"
    assert dmp.sent == 0
    world.log.open(MessageEntry(other.message_id, world.clock.now(), 0, ""))
    assert settle_publication(world.site, other, world.cache, world.fills)["outcome"] == "continue"
    assert world.jobs.jobs == {}
    assert world.entry(other.message_id).state == "superseded"


def test_steps_of_what_is_done_do_no_harm_twice(world: World, change: Change) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    revision = world.records.get(change.study_instance_uid).revision
    for _ in range(2):
        assert admit_report(world.site, change)["outcome"] == "continue"
        assert index_study(world.site, change, world.pacs, world.known)["outcome"] == "continue"
        assert (
            build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)["outcome"]
            == "continue"
        )
        assert publish_manifest(world.site, change, world.connect, DEVICE)["outcome"] == "continue"
        settle_publication(world.site, change, world.cache, world.fills)
    assert world.records.get(change.study_instance_uid).revision == revision
    assert len(world.manifests()) == 1


@pytest.mark.parametrize("sent_before", [True, False])
def test_another_document_under_our_identifier_is_for_a_human(
    world: World, change: Change, sent_before: bool
) -> None:
    if sent_before:
        in_doubt(world, change)
    intent = Submission.begin(world.site, change).intent
    other = SimpleNamespace(
        unique_id=intent.manifest_uid,
        entry_uuid="urn:uuid:1",
        sha1="0" * 40,
        size=1,
        is_approved=True,
        status=APPROVED,
    )
    dmp = Registry((other,))
    with pytest.raises(Held) as raised:
        publish_manifest(world.site, change, dmp, DEVICE)
    assert raised.value.code == "different_document_in_dmp"
    assert dmp.sent == (0 if sent_before else 1)
