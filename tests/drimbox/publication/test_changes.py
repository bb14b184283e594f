"""Corrections and withdrawals: the DMP says what the latest message says, whatever the order."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.settle import settle_publication
from tests.drimbox.publication.scenes import FIRST, MESSAGES, STUDY, active, agrees, play
from tests.fakes.kept import kept
from tests.fakes.world import World


def outcomes(world: World) -> dict[str, str]:
    """How each version ended: outcome by CDA version and action."""
    return {message_id: entry.state for message_id, entry in world.log.entries.items()}


@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_a_correction_replaces_the_manifest(world: World, form: str) -> None:
    play(world, ["P1", "R2"], form)
    agrees(world, "R2")
    statuses = sorted(d["availability_status"] for d in world.manifests())
    assert statuses == ["Approved", "Deprecated"]
    assert ("manifest.replaced", "success") in world.audit.events()
    assert [entry.state for entry in world.log.entries.values()] == ["published"] * 2
    record = world.records.get(STUDY)
    assert record.current is not None
    assert record.current.version == 2


@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_a_withdrawal_leaves_nothing_to_find(world: World, form: str) -> None:
    play(world, ["P1", "W1"], form)
    agrees(world, "W1")
    assert [d["availability_status"] for d in world.manifests()] == ["Deleted"]
    assert ("manifest.withdrawn", "success") in world.audit.events()
    assert [entry.state for entry in world.log.entries.values()] == ["published", "withdrawn"]


def test_a_withdrawal_needs_no_images(world: World) -> None:
    play(world, ["P1"])
    world.pacs.studies.clear()
    assert world.send(MESSAGES["W1"], control_id="W1").code == "AA"
    world.work()
    agrees(world, "W1")


@pytest.mark.parametrize(("name", "kept"), [("P1", 2), ("R2", 1), ("W1", 1)])
def test_images_cached_for_a_former_manifest_are_forgotten(
    world: World, name: str, kept: int
) -> None:
    world.cache.keys = {f"studies/{STUDY}/2.25.1/series.multipart", f"studies/{STUDY}.1/2.25.1/x"}
    play(world, ["P1"] if name == "P1" else ["P1", name])
    assert len(world.cache.keys) == kept


@pytest.mark.parametrize(("name", "kept"), [("P1", 2), ("R2", 1), ("W1", 1)])
def test_bodies_that_an_agent_brought_for_a_former_manifest_are_forgotten(
    world: World, name: str, kept: int
) -> None:
    """Also those of an agent that the site has left."""
    world.cache.keys = {f"incoming/{STUDY}/2.25.1/s/1.multipart", f"incoming/{STUDY}.1/2.25.1/s/1"}
    play(world, ["P1"] if name == "P1" else ["P1", name])
    assert len(world.cache.keys) == kept


def test_the_bodies_of_the_manifest_in_force_stay_when_it_is_settled(world: World) -> None:
    play(world, ["P1", "R2"])
    record = world.records.get(STUDY)
    assert record.current is not None
    assert record.current.version > 1
    mine = f"incoming/{STUDY}/{record.current.manifest_uid}/s/1.multipart"
    world.cache.keys = {mine, f"incoming/{STUDY}/2.25.1/s/1.multipart"}
    change = Change("demo", record.current.message_id, STUDY, 0)
    settle_publication(world.site, change, world.cache, world.fills)
    assert world.cache.keys == {mine}


def test_a_change_of_visibility_alone_is_a_correction(world: World) -> None:
    play(world, ["P1"])
    shown = replace(
        FIRST,
        action="RO",
        flags=replace(FIRST.flags, invisible_patient=False, modif_conf_code=True),
    )
    assert world.send(shown, control_id="shown").code == "AA"
    world.work()
    (found,) = [d for d in world.manifests() if d["availability_status"] == "Approved"]
    assert found["confidentiality_codes"] == ["N"]


def test_a_correction_that_changes_nothing_sends_nothing(world: World) -> None:
    play(world, ["P1"])
    calls = world.dmp_calls
    reception = world.send(replace(FIRST, action="RO"), control_id="again")
    world.work()
    assert world.entry(reception.message_id).state == "unchanged"
    assert world.dmp_calls == calls


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    "names",
    [
        order
        for group in (("P1", "R2", "R3"), ("P1", "W1"), ("P1", "W1", "R2"), ("P1", "R2", "W2"))
        for order in permutations(group)
    ],
    ids="-".join,
)
def test_the_order_of_arrival_does_not_matter(
    world: World, names: tuple[str, ...], at_once: bool
) -> None:
    play(world, names, at_once=at_once)
    agrees(world, max(names, key=lambda name: (name[1], name[0])))
    assert {entry.state for entry in world.log.entries.values()} <= {
        "published",
        "withdrawn",
        "superseded",
    }


@pytest.mark.slow
def test_every_order_of_five_messages_and_their_duplicates() -> None:
    with kept():
        _play_every_order()


def _play_every_order() -> None:
    for names in permutations(("P1", "R2", "W2", "R3", "W3")):
        world = World()
        try:
            # The second half again: resends and later copies of messages already seen.
            play(world, (*names, *names[2:]))
            agrees(world, "W3")
        except AssertionError as error:
            raise AssertionError("-".join(names)) from error
        finally:
            world.close()


def test_a_manifest_of_another_system_is_left_to_a_human(world: World) -> None:
    play(world, ["P1"])
    world.records.records.clear()  # as if somebody else had published it
    for name in ("R2", "W1"):
        reception = world.send(MESSAGES[name], control_id=f"{name} alone")
        world.work()
        study = world.entry(reception.message_id).studies[STUDY]
        assert (study.outcome, study.reason) == ("held", "other_manifest_in_dmp")
        world.records.records.clear()
    assert len(active(world)) == 1


@pytest.mark.parametrize(("name", "held"), [("R2", "manifest_not_in_dmp"), ("W1", "")])
def test_a_manifest_withdrawn_by_somebody_else(world: World, name: str, held: str) -> None:
    play(world, ["P1"])
    record = world.records.get(STUDY)
    world.send(MESSAGES["W1"], control_id="elsewhere")
    world.work()
    world.records.records[STUDY] = replace(record, revision=record.revision + 10)
    reception = world.send(MESSAGES[name], control_id="ours")
    world.work()
    study = world.entry(reception.message_id).studies[STUDY]
    assert (study.outcome, study.reason) == (("held", held) if held else ("withdrawn", ""))
    assert active(world) == []


def test_a_manifest_that_the_dmp_has_never_heard_of_is_held(world: World) -> None:
    play(world, ["P1"])
    record = world.records.get(STUDY)
    assert record.current is not None
    lost = replace(record.current, manifest_uid=Uid("2.25.404"))
    world.records.records[STUDY] = replace(record, current=lost)
    for name in ("R2", "W2"):
        reception = world.send(MESSAGES[name], control_id=name)
        world.work()
        study = world.entry(reception.message_id).studies[STUDY]
        assert (study.outcome, study.reason) == ("held", "manifest_not_in_dmp")
