"""Every verb has its permission, and a refusal leaves its record and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.drimbox.errors import Forbidden
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.operations.deciding_traits import Decision, decide_traits
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import Query, list_publications
from functions.drimbox.operations.reading_raw import read_raw
from functions.drimbox.operations.releasing_import import release_import
from functions.drimbox.operations.replaying import replay, replay_cause
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.tenants.model import Permission
from tests.drimbox.operations.conftest import OTHER, STUDY, Reported, but, nowhere, only
from tests.fakes.world import World

VERBS: dict[str, tuple[Permission, Callable[[World, Caller, str], object]]] = {
    "list": (Permission.VIEW, lambda w, by, _: list_publications(w.at_rest, by, Query())),
    "view": (Permission.VIEW, lambda w, by, m: view(w.at_rest, w.archive, w.known, by, m)),
    "export": (Permission.EXPORT, lambda w, by, m: export(w.at_rest, w.archive, by, m)),
    "read_raw": (Permission.EXPORT, lambda w, by, m: read_raw(w.at_rest, by, m)),
    "replay": (
        Permission.REPLAY,
        lambda w, by, m: replay(w.at_rest, w.queue, by, message_id=m),
    ),
    "bulk": (
        Permission.BULK,
        lambda w, by, _: replay_cause(w.at_rest, w.queue, by, reason="study_not_found", after=None),
    ),
    "override": (
        Permission.EDIT,
        lambda w, by, m: override(w.at_rest, by, message_id=m, choice=Choice({STUDY: OTHER}, None)),
    ),
    "confirm_identity": (
        Permission.IDENTITY,
        lambda w, by, m: confirm_identity(
            w.at_rest, w.queue, by, message_id=m, word=Word(STUDY, "x")
        ),
    ),
    "decide_traits": (
        Permission.IDENTITY,
        lambda w, by, m: decide_traits(
            w.at_rest, w.known, by, message_id=m, decision=Decision(Keep.THESE, 1, "x")
        ),
    ),
    "release_import": (
        Permission.RELEASE,
        lambda w, by, m: release_import(w.at_rest, by, message_id=m, word=Word(STUDY, "x")),
    ),
    "withdraw": (
        Permission.WITHDRAW,
        lambda w, by, m: withdraw(w.at_rest, w.queue, by, message_id=m, study=STUDY),
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_without_its_permission_nothing_happens(held: Reported, verb: str) -> None:
    permission, act = VERBS[verb]
    world = held.world
    before = (dict(world.inbox.objects), dict(world.log.entries), dict(world.records.records))
    for caller in (but(permission), nowhere(but(permission))):
        with pytest.raises(Forbidden):
            act(world, caller, held.id)
    assert (world.inbox.objects, world.log.entries, world.records.records) == before
    assert world.queue.messages == []
    assert [one for one in world.audit.events() if one[0] == "operation.refused"] == [
        ("operation.refused", "not_permitted"),
        ("operation.refused", "not_an_operator"),
    ]
    (refused, strange) = [
        facts for (event, *_), facts in world.audit.records.items() if event == "operation.refused"
    ]
    assert refused == {"who": "operator-1", "permission": str(permission)}
    assert strange["who"] == "stranger"


def test_with_it_the_operator_is_known(world: World) -> None:
    caller = only(Permission.BULK)
    assert demand(world.audit, caller, Permission.BULK) is caller.operator
    assert world.audit.events() == []
