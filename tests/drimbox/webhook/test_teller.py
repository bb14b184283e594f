"""functions.drimbox.webhook.teller: each state is told, once where nothing fails, and in order."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import httpx
import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import NotTold
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.receive import receive
from functions.drimbox.webhook.missed import KEPT, Missed
from functions.drimbox.webhook.teller import CIRCUIT, PATIENCE
from functions.drimbox.webhook.telling import Telling, Told
from simulators.ris.messages import message
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import FIRST, STUDY, play, version
from tests.drimbox.webhook.conftest import URL, Site
from tests.fakes.kept import kept
from tests.fakes.world import (
    OPERATOR,
    SENDER,
    SUBJECT,
    TENANT,
    Killed,
    World,
    case,
)


def ring_all(site: Site) -> list[Told]:
    """The queue is delivered until it is empty."""
    found = []
    while site.world.news.rung:
        found.append(site.teller.tell(site.world.news.rung.pop(0)))
    return found


def test_a_publication_is_told_once_however_often_somebody_rings(site: Site) -> None:
    play(site.world, ["P1"])
    assert site.world.news.rung
    [message_id] = set(site.world.news.rung)
    ring_all(site)
    assert site.told == [("P1", 1, "published")]
    assert site.teller.tell(message_id) is Told.NOTHING
    assert len(site.requests) == 1
    data = site.events[0]["data"]
    base = "https://in.example/v1/tenants/demo/hl7v2/messages"
    assert data["status_url"] == f"{base}/{message_id}"
    assert data["page"].endswith(f"/operations/publications/{message_id}")
    assert data["studies"][0]["manifest"]["version"] == 1


def test_a_telling_reads_each_study_s_record_once(site: Site) -> None:
    play(site.world, ["P1"])
    [message_id] = set(site.world.news.rung)
    before = len(site.world.calls.names)
    assert site.teller.tell(message_id) is Told.TOLD
    assert site.world.calls.names[before:].count("records.get") == 1


def test_a_held_report_that_is_published_later_is_told_twice(site: Site) -> None:
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    ring_all(site)
    site.world.archive_study(FIRST)
    site.world.replay(one)
    site.world.work()
    ring_all(site)
    assert site.told == [("P1", 1, "held"), ("P1", 2, "published")]
    assert site.events[0]["data"]["studies"][0]["reason"] == "study_not_found"
    first, second = (request.headers["webhook-id"] for request in site.requests)
    assert first != second


def test_a_correction_is_news_of_the_message_that_it_replaces_too(site: Site) -> None:
    play(site.world, ["P1"])
    ring_all(site)
    site.world.send(version(2), control_id="R2")
    site.world.work()
    ring_all(site)
    assert site.told == [
        ("P1", 1, "published"),
        ("R2", 1, "published"),
        ("P1", 2, "published_then_replaced"),
    ]


def test_an_operators_withdrawal_is_told_to_the_sender_of_the_report(site: Site) -> None:
    play(site.world, ["P1"])
    ring_all(site)
    [message_id] = site.tellings.tellings
    world = site.world
    withdraw(
        world.at_rest, world.queue, OPERATOR, message_id=message_id, study=STUDY, reason="wrong"
    )
    world.work()
    ring_all(site)
    assert site.told[1:] == [("P1", 2, "published_then_withdrawn")]


def test_a_withdrawal_is_told_across_a_silent_message_to_the_sender_of_the_report(
    site: Site,
) -> None:
    """The PACS rejects an image, so its note republishes the study; an operator withdraws that."""
    world = site.world
    play(world, ["P1"])
    ring_all(site)
    world.give(note())
    world.work()
    ring_all(site)
    current = world.records.get(STUDY).current
    assert current is not None
    assert world.entry(current.message_id).sender == ""
    withdraw(
        world.at_rest, world.queue, OPERATOR, message_id=current.message_id, study=STUDY, reason="x"
    )
    world.work()
    ring_all(site)
    assert site.told == [
        ("P1", 1, "published"),
        ("P1", 2, "published_then_replaced"),
        ("P1", 3, "published_then_withdrawn"),
    ]


def test_a_withdrawal_is_news_of_each_message_that_published_the_study(site: Site) -> None:
    play(site.world, ["P1", "R2"])
    ring_all(site)
    play(site.world, ["R3", "W3"])
    ring_all(site)
    last = {name: state for name, _, state in site.told}
    gone = "published_then_withdrawn"
    assert last == {"P1": gone, "R2": gone, "R3": gone, "W3": "withdrawn"}


def test_a_report_whose_first_ring_comes_late_hears_of_the_withdrawal(site: Site) -> None:
    """The news of the correction are told before those of the report that it replaced."""
    play(site.world, ["P1", "R2"])
    rung = list(dict.fromkeys(site.world.news.rung))
    site.world.news.rung[:] = reversed(rung)
    ring_all(site)
    play(site.world, ["W2"])
    ring_all(site)
    last = {name: state for name, _, state in site.told}
    gone = "published_then_withdrawn"
    assert last == {"P1": gone, "R2": gone, "W2": "withdrawn"}


def test_a_second_ring_rings_for_nobody_else(site: Site) -> None:
    play(site.world, ["P1", "R2"])
    messages = set(site.world.news.rung)
    ring_all(site)
    for message_id in messages:
        assert site.teller.tell(message_id) is Told.NOTHING
    assert site.world.news.rung == []


def test_a_message_that_another_one_overtook_in_the_study_s_list_comes_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(site.world, ["P1"])
    put = site.tellings.put_publishers
    monkeypatch.setattr(site.tellings, "put_publishers", lambda _: False)
    with pytest.raises(NotTold):
        site.teller.tell(site.world.news.rung[0])
    assert site.requests == []
    monkeypatch.setattr(site.tellings, "put_publishers", put)
    ring_all(site)
    assert site.told == [("P1", 1, "published")]


def test_an_ignored_report_is_told(site: Site) -> None:
    site.world.send(replace(FIRST, flags=replace(FIRST.flags, destdmp=False)), control_id="P1")
    site.world.work()
    ring_all(site)
    assert site.told == [("P1", 1, "ignored")]
    assert site.events[0]["data"]["ignored"] == "not_for_dmp"


def test_a_receiver_that_was_away_hears_the_last_state_alone(site: Site) -> None:
    site.answer = lambda _: httpx.Response(500)
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    for _ in range(2):
        with pytest.raises(NotTold):
            site.teller.tell(one)
    names = {request.headers["webhook-id"] for request in site.requests}
    assert len(names) == 1, "an attempt is the same event"
    assert len({request.content for request in site.requests}) == 1
    site.world.archive_study(FIRST)
    site.world.replay(one)
    site.world.work()
    site.answer = lambda _: httpx.Response(200)
    ring_all(site)
    assert site.told[-1] == ("P1", 2, "published")
    assert len(site.told) == 3


def test_a_receiver_that_is_gone_is_left_alone_after_three_failures(site: Site) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    site.answer = silent
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    for _ in range(5):
        with pytest.raises(NotTold):
            site.teller.tell(one)
    assert len(site.requests) == 3
    assert site.world.circuits.get(CIRCUIT).circuit is Circuit.OPEN
    site.answer = lambda _: httpx.Response(200)
    site.world.clock.advance(timedelta(minutes=2))
    assert site.teller.tell(one) is Told.TOLD


def test_one_event_that_the_receiver_refuses_closes_the_way_for_no_other(site: Site) -> None:
    world = site.world
    first = world.send(case("C"), control_id="1").message_id
    second = world.send(case("A"), control_id="2").message_id
    world.work()
    site.answer = lambda r: httpx.Response(400 if b'"control_id":"1"' in r.content else 200)
    for _ in range(5):
        with pytest.raises(NotTold):
            site.teller.tell(first)
    assert site.teller.tell(second) is Told.TOLD


def test_a_slow_teller_gives_no_higher_number_to_a_state_that_is_over(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first teller reads the held state; a second one tells the published one meanwhile."""
    world = site.world
    one = world.send(FIRST, control_id="P1").message_id
    world.work()
    read = world.log.get

    def slow(message_id: str) -> MessageEntry | None:
        entry = read(message_id)
        monkeypatch.setattr(world.log, "get", read)
        world.archive_study(FIRST)
        world.replay(one)
        world.work()
        assert site.teller.tell(one) is Told.TOLD
        return entry

    monkeypatch.setattr(world.log, "get", slow)
    with pytest.raises(NotTold):
        site.teller.tell(one)
    ring_all(site)
    assert site.told == [("P1", 1, "published")]


def refuse(site: Site) -> str:
    """The identifier of the message P1, whose identity is not qualified."""
    raw = message(FIRST, "ORU", sender=SENDER, control_id="P1", at=site.world.clock.now())
    return receive(raw.replace(b"VALI", b"PROV"), SUBJECT, site.world.desk).message_id


def test_a_refusal_that_nobody_waited_for_is_told_and_the_corrected_message_later(
    site: Site,
) -> None:
    world, one = site.world, refuse(site)
    world.archive_study(FIRST)
    world.news.rung += [one, one]
    ring_all(site)
    assert site.told == [("P1", 1, "refused")]
    data = site.events[0]["data"]
    assert data["refusal"]["code"] == "identity_not_qualified"
    assert data["page"] == "https://vi.example/v1/tenants/demo/operations/refused"
    assert world.send(FIRST, control_id="P1").message_id == one
    world.news.ring(one)
    ring_all(site)
    assert len(site.events) == 1, "the refusal is over"
    world.work()
    ring_all(site)
    assert site.told[1:] == [("P1", 2, "published")]


def test_a_refusal_of_a_sender_that_left_the_file_is_not_told(site: Site) -> None:
    one = refuse(site)
    site.world.tenant = replace(site.world.tenant, senders=())
    assert site.teller.tell(one) is Told.NOTHING


def test_a_refusal_that_is_given_up_is_listed_as_one(site: Site) -> None:
    one = refuse(site)
    site.answer = lambda _: httpx.Response(500)
    with pytest.raises(NotTold):
        site.teller.tell(one)
    site.world.clock.advance(PATIENCE)
    assert site.teller.tell(one) is Told.GIVEN_UP
    [missed] = site.missed.found
    assert (missed.message_id, missed.refused) == (one, True)


def test_a_state_is_given_up_after_three_days_and_the_next_one_is_told(site: Site) -> None:
    site.answer = lambda _: httpx.Response(500)
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    with pytest.raises(NotTold):
        site.teller.tell(one)
    site.world.clock.advance(PATIENCE)
    assert site.untold == []
    assert site.teller.tell(one) is Told.GIVEN_UP
    assert site.untold == [one]
    assert site.teller.tell(one) is Told.NOTHING
    assert site.untold == [one]
    site.answer = lambda _: httpx.Response(200)
    site.world.archive_study(FIRST)
    site.world.replay(one)
    site.world.work()
    ring_all(site)
    assert site.told[-1] == ("P1", 2, "published")


def test_a_message_whose_last_state_was_given_up_is_listed_until_a_later_one_is_taken(
    site: Site,
) -> None:
    world = site.world

    def given_up() -> Missed:
        begun = world.clock.now()
        site.answer = lambda _: httpx.Response(500)
        with pytest.raises(NotTold):
            site.teller.tell(one)
        world.clock.advance(PATIENCE + timedelta(minutes=1))
        assert site.teller.tell(one) is Told.GIVEN_UP
        return Missed(one, begun + PATIENCE)

    one = world.send(FIRST, control_id="P1").message_id
    world.work()
    assert given_up() in site.missed.latest(9, world.clock.now())
    world.archive_study(FIRST)
    world.replay(one)
    world.work()
    assert site.missed.found == {given_up()}, "one message, its last state"
    assert site.missed.latest(9, world.clock.now() + KEPT) == ()
    site.answer = lambda _: httpx.Response(204)
    play(world, ["W1"])
    ring_all(site)
    assert ("P1", 3, "published_then_withdrawn") in site.told
    assert site.missed.found == set()


def test_a_state_that_another_teller_overtook_is_not_listed(site: Site) -> None:
    site.answer = lambda _: httpx.Response(500)
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    with pytest.raises(NotTold):
        site.teller.tell(one)
    site.world.clock.advance(PATIENCE)
    with mock.patch.object(site.tellings, "put", return_value=False):
        assert site.teller.tell(one) is Told.GIVEN_UP
    assert site.missed.found == set()


def test_a_state_that_is_given_up_is_listed_once_whichever_call_is_killed() -> None:
    def run(kill_at: int = 0, *, after: bool = False) -> Site:
        made = Site(
            World(tenant=replace(TENANT, webhook_url=URL)), answer=lambda _: httpx.Response(500)
        )
        one = made.world.send(FIRST, control_id="P1").message_id
        made.world.work()
        with pytest.raises(NotTold):
            made.teller.tell(one)
        made.world.clock.advance(PATIENCE + timedelta(minutes=1))
        calls = made.world.calls
        calls.names.clear()
        calls.kill_at, calls.after = kill_at, after
        for _ in range(2):  # the second one perhaps finds it ended
            calls.begin()
            with contextlib.suppress(Killed):
                made.teller.tell(one)
        made.world.close()
        return made

    with kept():
        calm = run()
        [missed] = calm.missed.found
        calls = calm.world.calls
        for number, after in calls.kills():
            told = run(number, after=after).missed.found
            assert told == {missed}, calls.killed(number, after)


@pytest.mark.parametrize("after", [False, True])
def test_a_state_that_is_given_up_is_counted_whenever_the_process_dies(
    site: Site, after: bool
) -> None:
    site.answer = lambda _: httpx.Response(500)
    one = site.world.send(FIRST, control_id="P1").message_id
    site.world.work()
    with pytest.raises(NotTold):
        site.teller.tell(one)
    site.world.clock.advance(PATIENCE)
    put = site.tellings.put

    def killed(telling: Telling) -> bool:
        if after:
            put(telling)
        raise Killed("tellings.put")

    with mock.patch.object(site.tellings, "put", killed), pytest.raises(Killed):
        site.teller.tell(one)
    site.teller.tell(one)
    assert one in site.untold


def test_nobody_is_told_of_a_message_that_is_in_progress_unknown_or_another_s(site: Site) -> None:
    play(site.world, ["P1"])
    [message_id] = set(site.world.news.rung)
    assert site.teller.tell("0" * 32) is Told.NOTHING
    entry = site.world.entry(message_id)
    site.world.log.open(replace(entry, message_id="other", sender="OTHER|AMBROISE"))
    assert site.teller.tell("other") is Told.NOTHING
    site.world.log.open(replace(entry, message_id="empty", studies={}))
    assert site.teller.tell("empty") is Told.NOTHING
    site.world.tenant = TENANT
    assert site.teller.tell(message_id) is Told.NOTHING
    assert site.requests == []


def test_a_teller_that_another_one_overtook_comes_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(site.world, ["P1"])
    [message_id] = set(site.world.news.rung)
    put = site.tellings.put
    monkeypatch.setattr(site.tellings, "put", lambda _: False)
    with pytest.raises(NotTold):
        site.teller.tell(message_id)
    monkeypatch.setattr(site.tellings, "put", put)
    assert site.teller.tell(message_id) is Told.TOLD


def test_a_process_that_dies_at_any_call_loses_no_news() -> None:
    """The report, its correction, and their telling: each call is killed in turn."""

    def run(kill_at: int = 0, *, after: bool = False) -> Site:
        made = Site(World(tenant=replace(TENANT, webhook_url=URL)))
        made.world.calls.kill_at, made.world.calls.after = kill_at, after
        play(made.world, ["P1", "R2"])
        while made.world.news.rung:
            made.world.calls.begin()
            try:
                made.teller.tell(made.world.news.rung[0])
            except (Killed, NotTold):
                continue
            made.world.news.rung.pop(0)
        made.world.close()
        return made

    wanted = {("P1", "published_then_replaced"), ("R2", "published")}
    with kept():
        calls = run().world.calls
        for number, after in calls.kills():
            told = run(number, after=after).told
            last = {name: state for name, _, state in told}
            assert set(last.items()) == wanted, (calls.killed(number, after), told)
