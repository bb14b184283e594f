"""The queue: by state, reason, sender and time, page by page, without patient data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.errors import (
    BadRequest,
    DmpUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.operations import queue
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.operations.queue import Query, describe, find, list_publications
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.ports import MessagePage
from functions.drimbox.publication.record import State
from functions.drimbox.tenants.model import Permission
from functions.drimbox.wording.held import HELD_REASONS
from tests.drimbox.operations.conftest import CASE, Reported, but, only, report
from tests.drimbox.publication.waiting.scenes import park
from tests.fakes.world import World, case


def entries(world: World, *, reasons: list[str], sender: str = "A|B") -> None:
    for number, reason in enumerate(reasons):
        at = world.clock.now() + timedelta(minutes=number)
        outcome = StudyOutcome(Outcome.HELD, reason, at)
        world.log.open(
            MessageEntry(f"{sender}{number}", at, 0, "", {Uid("1.2.3"): outcome}, sender=sender)
        )


def ids(world: World, query: Query) -> list[str]:
    return [entry.message_id for entry in find(world.at_rest, query).entries]


def listed(world: World, caller: Caller) -> dict[str, Any]:
    page = list_publications(world.at_rest, caller, Query())
    return describe(world.at_rest, page, caller.operator)


def last_record(world: World) -> Mapping[str, str]:
    return list(world.audit.records.values())[-1]


def test_a_held_publication_is_listed_without_the_patient(held: Reported) -> None:
    page = listed(held.world, but(Permission.PATIENTS))
    (one,) = page["publications"]
    assert one["id"] == held.id
    assert one["sender"] == "DRIM_RIS|AMBROISE"
    assert one["studies"][0]["words"]["fr"] == "L'examen n'est pas dans le PACS."
    shown = json.dumps(page)
    for secret in (CASE.ins, CASE.ipp, CASE.traits.family):
        assert secret not in shown
    assert one["exam"]["accession_numbers"] == [CASE.orders[0].accession]
    assert ("publications.listed", "held") in held.world.audit.events()
    assert "patients_of" not in last_record(held.world)


def test_a_patient_is_named_in_a_list_by_permission_and_audited(held: Reported) -> None:
    [one] = listed(held.world, only(Permission.VIEW, Permission.PATIENTS))["publications"]
    assert one["exam"]["patient"].startswith(CASE.traits.family)
    assert last_record(held.world)["patients_of"] == held.id


def test_filters(world: World) -> None:
    entries(world, reasons=["dmp_refused", "study_not_found", "dmp_refused"])
    entries(world, reasons=["dmp_refused"], sender="C|D")
    at = world.clock.now()
    assert len(ids(world, Query())) == 4
    assert ids(world, Query(reason="study_not_found")) == ["A|B1"]
    assert ids(world, Query(reason="dmp_refused", sender="C|D")) == ["C|D0"]
    assert ids(world, Query(since=at + timedelta(minutes=1))) == ["A|B2", "A|B1"]
    assert ids(world, Query(until=at, sender="A|B")) == ["A|B0"]
    assert ids(world, Query(state="published")) == []


def test_a_page_that_a_filter_empties_is_looked_beyond(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    entries(world, reasons=["study_not_found", *["dmp_refused"] * 7])
    page = find(world.at_rest, Query(reason="study_not_found"))
    assert ([entry.message_id for entry in page.entries], page.next) == (["A|B0"], None)
    monkeypatch.setattr(queue, "ROUNDS", 2)
    page = find(world.at_rest, Query(reason="study_not_found"))
    assert page.entries == ()
    page = find(world.at_rest, Query(reason="study_not_found", after=page.next))
    assert [entry.message_id for entry in page.entries] == ["A|B0"]


def test_every_publication_is_on_exactly_one_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 3)
    entries(world, reasons=["dmp_refused", "study_not_found"] * 5)
    found: list[str] = []
    after = None
    while True:
        page = find(world.at_rest, Query(reason="dmp_refused", after=after))
        found += [entry.message_id for entry in page.entries]
        if (after := page.next) is None:
            break
    assert sorted(found) == sorted(f"A|B{number}" for number in range(0, 10, 2))


def test_a_study_that_lost_its_execution_is_stalled(world: World) -> None:
    world.archive_study(CASE)
    message_id = world.send(CASE).message_id
    world.log.open(
        MessageEntry(
            message_id,
            world.clock.now(),
            0,
            "",
            {Uid(CASE.studies[0]): StudyOutcome(Outcome.IN_PROGRESS, "", world.clock.now())},
        )
    )
    assert ids(world, Query(state="stalled")) == []
    world.clock.advance(timedelta(hours=1, seconds=1))
    assert ids(world, Query(state="stalled")) == [message_id]
    assert ids(world, Query(state="stalled", until=world.clock.now())) == [message_id]


def test_a_study_that_waits_is_not_stalled_and_says_for_what(world: World) -> None:
    message_id = world.send(CASE).message_id
    study, at = Uid(CASE.studies[0]), world.clock.now()
    waits = {study: StudyOutcome(Outcome.IN_PROGRESS, "", at)}
    world.log.open(MessageEntry(message_id, at, 0, "", waits))
    park(world, DmpUnavailable("503"), Change("demo", message_id, study, 0))
    world.clock.advance(timedelta(hours=1, seconds=1))
    assert ids(world, Query(state="stalled")) == []
    assert ids(world, Query(state="in_progress")) == [message_id]
    [listed] = describe(world.at_rest, find(world.at_rest, Query(state="in_progress")))[
        "publications"
    ]
    [told] = listed["studies"]
    assert told["parked"]["thing"] == "dmp/study"
    assert told["parked"]["since"] == at.isoformat()
    assert told["parked"]["words"]["en"] == "Waiting for an answer of the DMP about this exam."


@pytest.mark.parametrize("state", [State.UNKNOWN, State.RECONCILING])
def test_a_send_that_the_dmp_never_answered_is_unknown(published: Reported, state: State) -> None:
    world = published.world
    second = report(world, case("C", "second"), control_id="2")
    record = world.records.get(second.study)
    assert record.pending is not None
    world.records.put(replace(record, pending=replace(record.pending, state=state, in_doubt=True)))
    page = find(world.at_rest, Query(state="unknown"))
    assert [one.message_id for one in page.entries] == [second.id]
    late = world.clock.now() + timedelta(days=1)
    assert find(world.at_rest, Query(state="unknown", since=late)).entries == ()


@pytest.mark.parametrize(
    "given",
    [
        {"state": "secret"},
        {"reason": "because"},
        {"since": "yesterday"},
        {"since": "2026-11-26T09:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:00:00-12:00"},
        {"until": "26/11/2026"},
    ],
)
def test_impossible_requests(given: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        Query.read(given.get)


def test_a_zone_s_plus_may_arrive_as_a_space() -> None:
    query = Query.read({"since": "2026-11-26T09:00:00 01:00"}.get)
    assert query.since is not None
    assert query.since.isoformat() == "2026-11-26T08:00:00+00:00"


@pytest.mark.parametrize("after", ["sending.0", "x", "held."])
def test_a_forged_position_among_the_unknown_is_refused(world: World, after: str) -> None:
    with pytest.raises(BadRequest):
        find(world.at_rest, Query(state="unknown", after=after))


@pytest.mark.parametrize("reason", ["", *HELD_REASONS])
def test_every_reason_is_shown_in_words(world: World, reason: str) -> None:
    at = world.clock.now()
    outcome = StudyOutcome(Outcome.HELD if reason else Outcome.PUBLISHED, reason, at)
    page = MessagePage((MessageEntry("m", at, 2, "", {Uid("1.2.3"): outcome}),), "next")
    (shown,) = describe(world.at_rest, page)["publications"]
    (study,) = shown["studies"]
    assert (shown["id"], shown["replays"], shown["received_at"]) == ("m", 2, at.isoformat())
    assert ("reason" in study) == bool(reason)
    if reason:
        assert all((*study["words"].values(), *study["todo"].values()))
    assert describe(world.at_rest, page)["next"] == "next"
