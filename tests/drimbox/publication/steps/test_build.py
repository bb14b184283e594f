"""The build step: an intent, a manifest and its signature, once and for all tries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pydicom
import pytest

from functions.aws.clock import RandomUids
from functions.drimbox.dmp.signing import SHA1, SHA256
from functions.drimbox.errors import Held
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.record import State
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.index import index_study
from tests.drimbox.publication.scenes import MESSAGES, STUDY, play
from tests.fakes.world import DB_URL, World, case


@pytest.fixture
def indexed(world: World) -> Change:
    """A report whose study is archived and whose manifest is not built yet."""
    report = case("C")
    world.archive_study(report)
    message_id = world.send(report).message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    change = Change("demo", message_id, Uid(report.studies[0]), 0)
    admit_report(world.site, change)
    index_study(world.site, change, world.pacs, world.known)
    return change


def files(world: World, change: Change) -> dict[str, bytes]:
    """The archived files of the first attempt, by name."""
    folder = archive.key_of(archive.intent_id(change, 1), "")
    return {
        key.removeprefix(folder): data
        for key, data in world.archive.objects.items()
        if key.startswith(folder)
    }


def state(world: World) -> State:
    pending = world.records.get(STUDY).pending
    assert pending is not None
    return pending.state


def test_everything_of_the_intent_is_archived_before_the_first_send(
    world: World, indexed: Change
) -> None:
    assert (
        build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=world.uids)["outcome"]
        == "continue"
    )
    kept = files(world, indexed)
    assert set(kept) == {
        archive.STUDY,
        archive.INTENT,
        archive.MANIFEST,
        archive.SIGNATURE,
        archive.MESSAGE,
    }
    intent = archive.Intent.decode(kept[archive.INTENT])
    manifest = read(kept[archive.MANIFEST])
    assert (manifest.sop_instance_uid, manifest.series_instance_uid) == (
        intent.manifest_uid,
        intent.series_uid,
    )
    (series,) = manifest.series
    assert series.retrieve_url.startswith(f"{DB_URL}/tenants/demo/dicomweb/studies/{STUDY}/")
    assert intent.signature_uid.encode() in kept[archive.SIGNATURE]
    assert (state(world), world.dmp_calls) == (State.INTENT, 0)


def test_the_manifest_names_the_repository_that_the_tenant_chose(
    world: World, indexed: Change
) -> None:
    tenant = replace(world.site.tenant, retrieve_location_uid=Uid("1.2.250.1.999.7"))
    build_manifest(
        replace(world.site, tenant=tenant), indexed, world, DB_URL, SHA1, uids=world.uids
    )
    root = pydicom.dcmread(BytesIO(files(world, indexed)[archive.MANIFEST]))
    (evidence,) = root.CurrentRequestedProcedureEvidenceSequence
    named = {one.RetrieveLocationUID for one in evidence.ReferencedSeriesSequence}
    assert named == {"1.2.250.1.999.7"}


def test_the_manifest_leads_to_the_host_that_the_tenant_names(
    world: World, indexed: Change
) -> None:
    tenant = replace(world.site.tenant, retrieve_url="https://images.site.example:8455/one/rs")
    build_manifest(
        replace(world.site, tenant=tenant), indexed, world, DB_URL, SHA1, uids=world.uids
    )
    (series,) = read(files(world, indexed)[archive.MANIFEST]).series
    assert series.retrieve_url == (
        f"https://images.site.example:8455/one/rs/studies/{STUDY}/series/{series.series_instance_uid}"
    )


def test_a_step_that_runs_again_later_has_the_first_try_s_bytes(
    world: World, indexed: Change
) -> None:
    before = world.records.get(STUDY)
    build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=world.uids)
    kept = files(world, indexed)
    world.clock.advance(timedelta(hours=1))
    world.records.records[STUDY] = before  # it was killed before the record said so
    build_manifest(world.site, indexed, world, DB_URL, SHA256, uids=world.uids)
    assert files(world, indexed) == kept
    world.calls.names.clear()
    state = build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=world.uids)
    assert state["prepare"] is True
    assert world.calls.names == ["records.get"], "once it is said, nothing is done"
    world.calls.names.clear()
    world.tenant = replace(world.tenant, cache_on_publication=False)
    unprepared = build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=world.uids)
    assert (unprepared["prepare"], world.calls.names) == (False, ["records.get"])


def test_no_identifier_of_an_intent_follows_from_what_others_know(
    world: World, indexed: Change
) -> None:
    """The manifest's UID proves that a caller has read the DMP: the same study of the same message
    of the same tenant, built elsewhere, has other ones."""
    before, kept = world.records.get(STUDY), dict(world.archive.objects)
    made: list[str] = []
    for uids in (RandomUids(), RandomUids()):
        world.records.records[STUDY] = before
        world.archive.objects = dict(kept)
        build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=uids)
        intent = json.loads(files(world, indexed)[archive.INTENT])
        made += [value for name, value in intent.items() if name not in {"at", "former"}]
    assert len(made) == 8
    assert len({*made}) == 8


def test_a_structure_that_cannot_sign_builds_nothing(world: World, indexed: Change) -> None:
    world.signs = False
    with pytest.raises(Held) as raised:
        build_manifest(world.site, indexed, world, DB_URL, SHA1, uids=world.uids)
    assert raised.value.code == "no_certificate_for_structure"
    assert archive.MANIFEST not in files(world, indexed)
    assert state(world) is State.RECEIVED


def test_another_message_s_change_is_left_to_it(world: World, indexed: Change) -> None:
    other = replace(indexed, message_id="f" * 32)
    assert (
        build_manifest(world.site, other, world, DB_URL, SHA1, uids=world.uids)["outcome"]
        == "continue"
    )
    assert state(world) is State.RECEIVED


def test_a_withdrawal_has_an_intent_and_nothing_to_build(world: World) -> None:
    play(world, ["P1"])
    message_id = world.send(MESSAGES["W1"], control_id="W1").message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    change = Change("demo", message_id, STUDY, 0)
    admit_report(world.site, change)
    world.signs = False
    build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    assert set(files(world, change)) == {archive.INTENT, archive.MESSAGE}
    assert state(world) is State.INTENT
