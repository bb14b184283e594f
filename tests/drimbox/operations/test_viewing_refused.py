"""The operators' list of refused messages: why and what to do, in words; no content."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.errors import Forbidden
from functions.drimbox.operations.viewing_refused import count_new, list_refused
from functions.drimbox.publication.refused import RefusedMessage
from functions.drimbox.tenants.model import Permission
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, remedy
from tests.drimbox.operations.conftest import but, only
from tests.fakes.world import World


def noted(world: World, code: str = "ins_invalid") -> None:
    at = world.clock.now()
    world.refused.note(RefusedMessage(f"m-{code}", at, "RIS|SITE", "1", code, "PID^1^3"))


def test_a_refusal_is_told_in_words(world: World) -> None:
    for code in ("ins_invalid", "control_id_reused"):
        noted(world, code)
    caller = only(Permission.VIEW)
    told = list_refused(world.refused, world.audit, world.clock, caller, None)
    first, second = sorted(told["refused"], key=lambda one: str(one["code"]), reverse=True)
    assert first["words"] == MESSAGE_FAULTS["ins_invalid"].by_language()
    assert first["todo"] == remedy("version").by_language()
    assert second["todo"] == remedy("control_id_reused").by_language()
    assert told["next"] is None
    assert ("refused.listed", "shown") in world.audit.events()


def test_an_old_refusal_is_not_new(world: World) -> None:
    noted(world)
    assert count_new(world.refused, world.clock, 100) == 1
    world.clock.advance(timedelta(days=2))
    assert count_new(world.refused, world.clock, 100) == 0
    caller = only(Permission.VIEW)
    assert list_refused(world.refused, world.audit, world.clock, caller, None)["refused"]


def test_the_list_needs_the_permission_to_view(world: World) -> None:
    with pytest.raises(Forbidden):
        list_refused(world.refused, world.audit, world.clock, but(Permission.VIEW), None)
