"""A publication among faulty reports, registries and other executions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    Held,
    StorageUnavailable,
    StudyBusy,
)
from functions.drimbox.oid import Uid
from functions.drimbox.operations.queue import describe
from functions.drimbox.publication import archive
from functions.drimbox.publication.ports import (
    Change,
    MessageEntry,
    MessagePage,
    Outcome,
    StudyOutcome,
)
from functions.drimbox.publication.record import State, enter
from functions.drimbox.publication.registry_entries import active_entry
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.index import index_study
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.publication.steps.settle import settle_publication
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.publication.vihf_facts import vihf_facts
from functions.drimbox.wording.held import HELD_REASONS
from tests.fakes.memory import MemoryBlobs
from tests.fakes.world import DB_URL, DEVICE, LPS, TENANT, World, case


class Registry:
    """A DMP that takes everything and answers each query with the next thing of ``answers``."""

    def __init__(self, *answers: Any) -> None:
        self._answers: Iterator[Any] = iter(answers)
        self.sent = 0

    def submit(self, _: object) -> None:
        self.sent += 1

    def update(self, _: object) -> None:
        self.sent += 1

    def of_study(self, *_: object) -> tuple[Any, ...]:
        return ()

    def entries(self, _: Uid) -> tuple[Any, ...]:
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        found: tuple[Any, ...] = answer
        return found

    def __call__(self, *_: object) -> Registry:
        return self


def in_doubt(world: World, change: Change) -> None:
    """The change was sent once and nobody knows what became of it."""
    record = world.records.get(change.study_instance_uid)
    record = world.records.put(enter(record, State.SENDING, world.clock.now()))
    world.records.put(enter(record, State.UNKNOWN, world.clock.now()))


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
    assert settle_publication(world.site, change, world.cache)["outcome"] == "continue"
    (settled,) = [key for key in world.archive.objects if key.endswith("settled.json")]
    assert json.loads(world.archive.objects[settled])["entry_uuid"] == ""
    assert ("manifest.published", "success") in world.audit.events()


def test_a_change_that_another_message_took_over_sends_nothing(
    world: World, change: Change
) -> None:
    other = replace(change, message_id="f" * 32)
    dmp = Registry()
    assert publish_manifest(world.site, other, dmp, DEVICE)["outcome"] == "continue"
    assert dmp.sent == 0
    world.log.open(MessageEntry(other.message_id, world.clock.now(), 0, ""))
    assert settle_publication(world.site, other, world.cache)["series"] == []
    assert world.entry(other.message_id).state == "superseded"


def test_a_change_that_waits_for_another_is_held_in_the_end(world: World, change: Change) -> None:
    second = replace(case("C"), cda_id=case("C", "other").cda_id)
    message_id = world.send(second, control_id="2").message_id
    waiting = replace(change, message_id=message_id)
    with pytest.raises(StudyBusy):
        admit_report(world.site, waiting)  # not even opened: it has waited for no time
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    world.clock.advance(TENANT.outage_patience - timedelta(seconds=1))
    with pytest.raises(StudyBusy):
        admit_report(world.site, waiting)
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(Held) as raised:
        admit_report(world.site, waiting)
    assert raised.value.code == "change_pending"


def test_an_author_whose_profession_is_not_said_cannot_speak(world: World, change: Change) -> None:
    report = Submission.begin(world.site, change).report
    document = report.document
    author = replace(document.legal_authenticator, profession="")
    silent = replace(report, document=replace(document, legal_authenticator=author))
    assert vihf_facts(report, TENANT.structures[0], LPS).mode.value
    with pytest.raises(Held) as raised:
        vihf_facts(silent, TENANT.structures[0], LPS)
    assert (raised.value.code, raised.value.detail) == (
        "incomplete_report",
        "profession is missing",
    )


def test_several_active_entries_of_one_manifest_are_for_a_human() -> None:
    entry = SimpleNamespace(unique_id="2.25.1", is_approved=True, entry_uuid="urn:uuid:1")
    other = SimpleNamespace(unique_id="2.25.2", is_approved=True, entry_uuid="urn:uuid:2")
    assert active_entry(Registry((entry, other)), Uid("2.25.1")) == "urn:uuid:1"
    with pytest.raises(Held) as raised:
        active_entry(Registry((entry, entry)), Uid("2.25.1"))
    assert raised.value.code == "different_document_in_dmp"


def test_steps_of_what_is_done_do_no_harm_twice(world: World, change: Change) -> None:
    publish_manifest(world.site, change, world.connect, DEVICE)
    revision = world.records.get(change.study_instance_uid).revision
    for _ in range(2):
        assert admit_report(world.site, change)["outcome"] == "continue"
        assert index_study(world.site, change, world.pacs, world.known)["outcome"] == "continue"
        assert build_manifest(world.site, change, world, DB_URL, SHA1)["outcome"] == "continue"
        assert publish_manifest(world.site, change, world.connect, DEVICE)["outcome"] == "continue"
        settle_publication(world.site, change, world.cache)
    assert world.records.get(change.study_instance_uid).revision == revision
    assert len(world.manifests()) == 1


def test_the_archive_gives_what_was_written_first_or_fails() -> None:
    blobs = MemoryBlobs()
    assert archive.keep(blobs, "k", b"first", "text/xml") == b"first"
    assert archive.keep(blobs, "k", b"second", "text/xml") == b"first"
    with pytest.raises(StorageUnavailable):
        archive.require(blobs, "other")


def test_an_intent_is_the_same_for_the_same_attempt_and_comes_back_equal(
    world: World, change: Change
) -> None:
    at = world.clock.now()
    intent = archive.Intent.derive(change, 1, at)
    assert archive.Intent.derive(change, 1, at) == intent
    assert archive.Intent.decode(intent.encode()) == intent
    others = [
        archive.Intent.derive(one, attempt, at)
        for one, attempt in (
            (change, 2),
            (replace(change, tenant="other"), 1),
            (replace(change, message_id="m"), 1),
            (replace(change, study_instance_uid=Uid("1.2")), 1),
        )
    ]
    uids = [
        uid
        for one in (intent, *others)
        for uid in (one.submission_set_id, one.manifest_uid, one.series_uid, one.signature_uid)
    ]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize("reason", ["", *HELD_REASONS])
def test_every_reason_is_shown_in_words(world: World, reason: str) -> None:
    at = world.clock.now()
    outcome = StudyOutcome(Outcome.HELD if reason else Outcome.PUBLISHED, reason, at)
    page = MessagePage((MessageEntry("m", at, 2, "", {Uid("1.2.3"): outcome}),), "next")
    (shown,) = describe(page)["publications"]
    (study,) = shown["studies"]
    assert (shown["id"], shown["replays"], shown["received_at"]) == ("m", 2, at.isoformat())
    assert ("reason" in study) == bool(reason)
    if reason:
        assert all((*study["words"].values(), *study["todo"].values()))
    assert describe(page)["next"] == "next"
