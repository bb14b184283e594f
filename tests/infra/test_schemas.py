"""The published schemas are those of the answers: each is compared with answers of the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.drimbox.operations import activity, causes
from functions.drimbox.operations.afterwards import Fate
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.operations.deciding_traits import Decision, decide_traits
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import Wish, keep
from functions.drimbox.operations.last_reconciliation import view_last_run
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.queue import STATES, Query, describe, list_publications
from functions.drimbox.operations.view import view
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.publication.message_entry import MessageKind, Outcome
from functions.drimbox.publication.record import State
from functions.drimbox.wording.held import HELD_REASONS
from infra.openapi import document
from infra.routes import HOSTS, JSON, ROUTES
from infra.schemas import SCHEMAS
from tests.drimbox.feed_check.scenes import HOLDS, order_change
from tests.drimbox.feed_check.scenes import UNPUBLISHED as NOT_PUBLISHED
from tests.drimbox.operations.conftest import OTHER, report
from tests.drimbox.pages.check.scenes import facts
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.reconciliation.site import archipelago
from tests.drimbox.report.build import message
from tests.fakes.memory import MemoryFilters
from tests.fakes.world import OPERATOR, SENDER, World, case
from tests.infra.schema_scenes import require


@pytest.fixture
def world() -> Iterator[World]:
    """A site, its PACS and a DMP, all new."""
    made = World()
    yield made
    made.close()


def shown(world: World, message_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The publications as they are shown, which the schemas have judged."""
    site = world.at_rest
    for message_id in message_ids:
        facts = view(site, world.archive, world.known, OPERATOR, message_id)
        require("Publication", facts)
        require("Export", export(site, world.archive, OPERATOR, message_id))
        yield facts


def listed(world: World) -> None:
    for state in STATES:
        page = list_publications(world.at_rest, OPERATOR, Query(state=state))
        require("Publications", describe(world.at_rest, page))


def test_publications_of_every_kind_and_state(world: World) -> None:
    held = report(world, case("C"), control_id="1")
    override(
        world.at_rest, OPERATOR, message_id=held.id, choice=Choice({held.study: OTHER}, SENDER)
    )
    ignored = replace(world.entry(held.id), message_id="ignored", ignored="not_for_dmp")
    world.log.entries["ignored"] = ignored
    world.inbox.objects.update(
        {
            key.replace(held.id, "ignored"): data
            for key, data in world.inbox.objects.items()
            if held.id in key
        }
    )
    world.archive_study(case("G1"))
    for control_id, name in (("2", "G1"), ("3", "G1_MAJ")):
        last = report(world, case(name), control_id=control_id)
    world.send(case("G1"), "OMI", control_id="4")
    world.work()
    site = world.at_rest
    withdraw(site, world.queue, OPERATOR, message_id=last.id, study=last.study)
    world.work()
    assert world.give(note()).failure is None
    world.work()
    listed(world)
    seen = list(shown(world, tuple(world.log.entries)))
    assert {one["kind"] for one in seen} == set(MessageKind) - {MessageKind.REPAIR}
    assert {one["state"] for one in seen} >= {Outcome.HELD, Outcome.WITHDRAWN, Fate.WITHDRAWN}


def test_a_publication_whose_identity_was_confirmed_and_decided(world: World) -> None:
    world.archive_study(case("C"))
    report(world, case("C"), control_id="1")
    other = replace(case("M"), archived_traits=None)
    world.archive_study(other)
    said = report(world, other, control_id="2")
    list(shown(world, (said.id,)))
    site, word = world.at_rest, Word(said.study, "x")
    confirm_identity(site, world.queue, OPERATOR, message_id=said.id, word=word)
    world.work()
    (facts,) = shown(world, (said.id,))
    decision = Decision(Keep.THESE, facts["known_traits"]["revision"], "x")
    decide_traits(site, world.known, OPERATOR, message_id=said.id, decision=decision)
    (facts,) = shown(world, (said.id,))
    assert [one["decision"] is None for one in facts["overrides"]] == [True, False]


def test_causes_counters_and_filters(world: World) -> None:
    report(world)
    require("Causes", causes.list_causes(world.causes, world.audit, OPERATOR))
    require("Activity", activity.report_activity(world.at_rest, OPERATOR, days=2))
    world.archive_study(case("G1"))
    report(world, case("G1"), control_id="2")
    require("Activity", activity.report_activity(world.at_rest, OPERATOR, days=2))
    wish = Wish("mine", {"state": "held"})
    require("Filters", {"filters": keep(MemoryFilters(), world.audit, OPERATOR, wish)})


def test_a_reconciliation() -> None:
    with archipelago() as world:
        world.leave_orphan(world.publish_at_once())
        world.reconcile("r")
        require("Reconciliation", view_last_run(world.site, OPERATOR, None))


def test_the_enumerations_are_those_of_the_code() -> None:
    assert set(SCHEMAS["Outcome"]["enum"]) == set(Outcome)
    assert set(SCHEMAS["StudyState"]["enum"]) == {*Outcome, *Fate}
    of_whole = {*Outcome} - {Outcome.SET_ASIDE}
    assert set(SCHEMAS["PublicationState"]["enum"]) == {*of_whole, *Fate, "ignored"}
    assert set(SCHEMAS["HeldReason"]["enum"]) == set(HELD_REASONS)
    assert set(SCHEMAS["PendingState"]["enum"]) == set(State)
    inputs = {
        one["name"]: one["schema"].get("enum")
        for one in document("in", "https://in.example")["paths"][
            "/v1/tenants/{tenant}/operations/publications"
        ]["get"]["parameters"]
    }
    assert set(inputs["state"]) == STATES
    assert set(inputs["reason"]) == set(HELD_REASONS)
    assert inputs["sender"] is None


def test_every_json_answer_of_the_operations_has_its_schema_and_no_schema_is_idle() -> None:
    named = set()
    for route in ROUTES:
        if not route.permission:
            continue
        for answer in route.answers:
            if JSON in answer.media_types:
                assert answer.schema in SCHEMAS, route.path
                named.add(answer.schema)
    assert named
    published = {
        name
        for host in HOSTS
        for name in document(host, "https://x.example")["components"]["schemas"]
    }
    assert published == {"Problem", *SCHEMAS}


@pytest.mark.parametrize(
    "raw",
    [
        message(),
        message("MDM"),
        message(ORC={1: "CA"}, OBX={11: "D"}),
        message(OBX={11: "X"}),
        order_change(),
        b"hello",
        *(raw for raw, _, _ in HOLDS.values()),
        *(raw for raw, _, _ in NOT_PUBLISHED.values()),
    ],
    ids=lambda raw: str(len(raw)),
)
def test_the_answer_of_the_feed_check(raw: bytes) -> None:
    require("Checked", facts(raw))


def test_the_judge_sees_a_fault() -> None:
    good = {"id": "m", "replay": 1}
    require("Replay", good)
    for bad in ({"id": "m"}, {**good, "more": 1}, {**good, "replay": "1"}):
        with pytest.raises(AssertionError):
            require("Replay", bad)
    at = datetime(2026, 11, 24, tzinfo=UTC).isoformat()
    study = {"study_instance_uid": "1.2", "outcome": "published", "changed_at": at}
    require("Study", study)
    with pytest.raises(AssertionError):
        require("Study", {**study, "outcome": "gone"})
