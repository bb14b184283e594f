"""A refused message is noted without its content, and the answer does not wait for the note."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.refused import LONGEST, RefusedMessage
from simulators.ris.messages import message
from tests.fakes.memory import MemoryRefused
from tests.fakes.world import SENDER, World, case

CASE = case("C")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def spoilt(world: World, control_id: str = "1") -> bytes:
    raw = message(CASE, "ORU", sender=SENDER, control_id=control_id, at=world.clock.now())
    return raw.replace(CASE.ins.encode(), CASE.ins[:-1].encode() + b"0")


def test_a_refusal_is_noted_once_an_hour_without_the_patient(world: World) -> None:
    for _ in range(2):
        assert world.resend(spoilt(world)).code == "AE"
    [one] = world.refused.found.values()
    assert (one.sender, one.control_id, one.times) == ("|".join(SENDER), "1", 2)
    assert one.location.startswith("PID")
    for secret in (CASE.ins[:-1], CASE.traits.family, CASE.ipp):
        assert secret not in repr(one)


def test_a_long_control_id_is_cut(world: World) -> None:
    world.resend(spoilt(world, control_id="9" * 300))
    assert {len(one.control_id) for one in world.refused.found.values()} <= {LONGEST}


def test_an_accepted_message_is_not_noted(world: World) -> None:
    assert world.send(CASE).code == "AA"
    assert world.refused.found == {}


def test_a_note_that_fails_changes_no_answer(world: World) -> None:
    class Down(MemoryRefused):
        def note(self, refused: RefusedMessage) -> None:
            raise StorageUnavailable(refused.code)

    world.refused = Down()
    assert world.resend(spoilt(world)).code == "AE"
    assert ("message.refused", "ins_invalid") in world.audit.events()
