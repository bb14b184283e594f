"""A message that the site has acknowledged is never refused: it is held, told, and replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.drimbox.errors import BadRequest, MessageError, NotHl7, StorageUnavailable
from functions.drimbox.identity.agent_names import subject_of
from functions.drimbox.operations.activity import report_activity
from functions.drimbox.operations.causes import CLAIM, News
from functions.drimbox.operations.following import told
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.queue import Query, describe, find
from functions.drimbox.operations.reading_raw import read_raw
from functions.drimbox.operations.replaying import replay_cause
from functions.drimbox.operations.searching import search
from functions.drimbox.operations.view import view
from functions.drimbox.publication import site_accepted
from functions.drimbox.publication.inbox import ack_key, message_key
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.publication.messages import message_id_at
from functions.drimbox.publication.receive import Reception, receive
from functions.drimbox.publication.site_accepted import (
    PREFIX,
    REUSED,
    UNDECLARED,
    UNREADABLE,
    Claim,
    claimed_at,
    keep_claim,
    read_claims,
    read_time,
    require_declared,
)
from functions.drimbox.report.header import read_header
from functions.drimbox.tenants.model import Agent, Sender, Tenant
from simulators.ris.messages import Form, message
from tests.drimbox.publication.failing import kill_at_every_call
from tests.fakes.world import ISSUER, OPERATOR, SENDER, SUBJECT, TENANT, Killed, World, case

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
AGENT = "CN=salle-serveur-1,O=Centre de radiologie Ambroise,C=FR"
# The RIS's messages come through the agent.
SITE = replace(
    TENANT,
    agents=(Agent("salle-serveur-1", AGENT, ISSUER),),
    senders=(*TENANT.senders, Sender(*SENDER, AGENT, ISSUER)),
)
WITHOUT_SENDERS = replace(SITE, senders=TENANT.senders)
REPORT = case("C")
STUDY = REPORT.studies[0]


def raw(control_id: str = "1", form: Form = "ORU", **changes: object) -> bytes:
    return message(
        replace(REPORT, **changes),  # type: ignore[arg-type]  # fields of a case
        form,
        control_id=control_id,
        at=AT,
        sender=SENDER,
    )


UNREAD = raw().replace(b"|P|2.5|", b"|Z|2.5|")


@contextmanager
def at_site(tenant: Tenant = SITE) -> Iterator[World]:
    world = World(tenant=tenant)
    try:
        world.archive_study(REPORT)
        yield world
    finally:
        world.close()


def brought(
    world: World,
    what: bytes,
    accepted_at: datetime | None = AT,
    subject: str = AGENT,
) -> Reception:
    """The agent brings a message; a killed reception is brought again, as agents do."""
    while True:
        world.calls.begin()
        try:
            return receive(what, subject, world.desk, accepted_at)
        except Killed:
            continue


def worked(world: World) -> None:
    """The queue's work; a notification that died half-way is sent once its claim has run out."""
    while True:
        try:
            return world.work()
        except StorageUnavailable:
            world.clock.advance(CLAIM)


def test_a_right_message_is_received_as_any_other() -> None:
    with at_site() as world:
        taken = brought(world, raw())
        assert taken == brought(world, raw(), accepted_at=None)
        assert not taken.message_id.startswith(PREFIX)
        world.work()
        assert world.entry(taken.message_id).state == "published"


Fault = tuple[Tenant, Callable[[World], object], bytes, str, str]
FAULTS: dict[str, Fault] = {
    "unreadable": (SITE, lambda _: None, UNREAD, UNREADABLE, "processing_id"),
    "undeclared": (WITHOUT_SENDERS, lambda _: None, raw(), UNDECLARED, "undeclared_sender"),
    "reused": (
        SITE,
        lambda world: brought(world, raw(placer_root="1.2.250.1.213.4.5.2.99")),
        raw(),
        REUSED,
        "control_id_reused",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_message_that_would_be_refused_is_acknowledged_and_held(name: str) -> None:
    tenant, before, what, reason, fault = FAULTS[name]
    with at_site(tenant) as world:
        before(world)
        taken = brought(world, what)
        assert (taken.code, taken.message_id[: len(PREFIX)]) == ("AA", PREFIX)
        assert b"MSA|AA|1" in taken.ack
        assert taken.control_id_reused is (fault == "control_id_reused")
        assert world.inbox.objects[message_key(taken.message_id)] == what
        assert ("message.received", fault) in world.audit.events()
        assert not world.refused.found
        world.work()
        entry = world.entry(taken.message_id)
        assert (entry.state, entry.held, entry.studies) == ("held", reason, {})
        assert entry.kind is MessageKind.REPORT
        assert ("publication.held", reason) in world.audit.events()
        assert [(one, news) for one, news in world.alerts.told] == [(reason, News.OPENED)]
        assert world.dmp_calls == 0 or name == "reused"


@pytest.mark.parametrize("name", FAULTS)
def test_a_gateway_that_dies_before_its_acknowledgement_audits_one_reception(name: str) -> None:
    """The next try tells the claim and the fault of the first one, whatever it says itself."""
    tenant, before, what, _, fault = FAULTS[name]
    with at_site(tenant) as world:
        before(world)
        others = world.audit.events().count(("message.received", "accepted"))
        taken = brought(world, what)
        del world.inbox.objects[ack_key(taken.message_id)]
        again = brought(world, what, accepted_at=AT + timedelta(minutes=1))
        assert (again.message_id, again.code) == (taken.message_id, "AA")
        events = world.audit.events()
        assert events.count(("message.received", fault)) == 1
        assert events.count(("message.received", "accepted")) == others


def test_the_first_claim_of_a_message_stands() -> None:
    with at_site() as world:
        first = Claim(AGENT, AT, "undeclared_sender")
        assert keep_claim(world.inbox, "m", first) == first
        assert keep_claim(world.inbox, "m", Claim(AGENT, AT + timedelta(minutes=1))) == first


@pytest.mark.parametrize("name", FAULTS)
def test_the_same_bytes_again_are_one_message(name: str) -> None:
    tenant, before, what, _, _ = FAULTS[name]
    with at_site(tenant) as world:
        before(world)
        first = brought(world, what)
        world.work()
        world.clock.advance(timedelta(hours=1))
        again = brought(world, what)
        assert (again.ack, again.message_id) == (first.ack, first.message_id)
        world.work()
        assert len([one for one in world.log.entries if one.startswith(PREFIX)]) == 1


@pytest.mark.parametrize(
    ("accepted_at", "subject", "tenant"),
    [
        (None, AGENT, SITE),
        (AT, SUBJECT, SITE),
        (AT, AGENT, replace(SITE, agents=())),
        (AT, AGENT, replace(SITE, agents=(Agent("other", SUBJECT + ",O=x", ISSUER),))),
    ],
    ids=["no claim", "a sender", "no agent", "another agent"],
)
def test_only_a_declared_agent_may_claim(
    accepted_at: datetime | None, subject: str, tenant: Tenant
) -> None:
    with at_site(tenant) as world:
        taken = brought(world, UNREAD, accepted_at, subject)
        assert taken.code == "AE"
        assert not world.inbox.objects
        assert not world.queue.messages
        assert [row.code for row in world.refused.found.values()] == ["processing_id"]


def test_an_agent_is_known_however_its_name_is_written() -> None:
    with at_site() as world:
        assert site_accepted.may_claim(SITE, AGENT)
        assert site_accepted.may_claim(SITE, AGENT.replace(",", ", ").replace("CN=", "cn="))
        assert not site_accepted.may_claim(SITE, AGENT.replace("-1", "-2"))
        assert brought(world, UNREAD).code == "AA"


def test_an_agent_that_is_enrolled_needs_no_declaration() -> None:
    own = subject_of(SITE.tenant, "salle-2")
    assert site_accepted.may_claim(SITE, own)
    assert not site_accepted.may_claim(SITE, subject_of("another", "salle-2"))


def test_an_agent_speaks_for_no_sender_that_is_not_its_own() -> None:
    """The RIS's own certificate declares the same MSH-3 and MSH-4: that gives the agent nothing."""
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw())
        world.work()
        assert world.entry(taken.message_id).held == UNDECLARED
        world.replay(taken.message_id)
        world.work()
        assert world.entry(taken.message_id).held == UNDECLARED
        assert not world.manifests()


def test_bytes_without_msh_get_no_acknowledgement() -> None:
    with at_site() as world, pytest.raises(NotHl7):
        brought(world, b"hello")


def test_a_storage_that_fails_is_told_and_nothing_is_promised() -> None:
    with at_site() as world:
        whole = world.inbox.put_once

        def put_once(key: str, data: bytes, content_type: str = "") -> bool:
            raise StorageUnavailable("inbox put: x")

        world.inbox.put_once = put_once  # type: ignore[method-assign]
        taken = brought(world, UNREAD)
        assert (taken.code, taken.unavailable) == ("AR", True)
        world.inbox.put_once = whole  # type: ignore[method-assign]
        assert brought(world, UNREAD).code == "AA"


def test_a_sender_that_is_declared_later_is_published_by_a_replay() -> None:
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw())
        world.work()
        world.tenant = SITE
        world.queue.send(taken.message_id, replay=0, received_at=world.clock.now())
        world.work()
        assert world.entry(taken.message_id).held == UNDECLARED, "a redelivery decides nothing"
        assert world.replay(taken.message_id) == 1
        world.work()
        entry = world.entry(taken.message_id)
        assert (entry.state, entry.held) == ("published", "")
        assert len(world.manifests()) == 1
        assert [news for _, news in world.alerts.told] == [News.OPENED, News.CLOSED]
        world.tenant = WITHOUT_SENDERS
        with pytest.raises(Exception, match="publication"):
            world.replay(taken.message_id)


def test_a_message_whose_turn_has_come_is_judged_no_more() -> None:
    """As any accepted message, whose sender may be gone by the time of a replay."""
    with at_site(WITHOUT_SENDERS) as world:
        world.pacs.studies.clear()
        taken = brought(world, raw())
        world.work()
        world.tenant = SITE
        world.replay(taken.message_id)
        world.work()
        entry = world.entry(taken.message_id)
        assert {one.reason for one in entry.studies.values()} == {"study_not_found"}
        world.tenant = WITHOUT_SENDERS
        world.archive_study(REPORT)
        world.replay(taken.message_id)
        world.work()
        assert world.entry(taken.message_id).state == "published"


def test_a_reused_name_is_taken_when_an_operator_says_so() -> None:
    with at_site() as world:
        first = brought(world, raw())
        world.work()
        second = brought(world, raw(version=2))
        world.work()
        assert world.entry(second.message_id).held == REUSED
        bulk = replay_cause(world.at_rest, world.queue, OPERATOR, reason=REUSED, after=None)
        assert bulk.replayed == (second.message_id,)
        world.work()
        assert world.entry(second.message_id).held == ""
        assert world.entry(first.message_id).state == "published"
        assert len(world.manifests()) == 1


@pytest.mark.parametrize("queued", [False, True], ids=["before the queue", "after the queue"])
def test_the_same_bytes_are_one_message_when_the_file_changes_between_two_tries(
    queued: bool,
) -> None:
    """The first try died before its answer: the agent brings the message again."""
    with at_site(WITHOUT_SENDERS) as world:
        world.calls.kill_at = calls_of_a_held_message().index("queue.send") + 1
        world.calls.after = queued
        with pytest.raises(Killed):
            receive(raw(), AGENT, world.desk, AT)
        world.tenant = SITE
        taken = brought(world, raw())
        world.work()
        assert taken.message_id.startswith(PREFIX)
        assert list(world.log.entries) == [taken.message_id]


def calls_of_a_held_message() -> list[str]:
    with at_site(WITHOUT_SENDERS) as world:
        brought(world, raw())
        return world.calls.names


def test_a_message_that_was_accepted_is_not_held_when_its_sender_has_gone() -> None:
    with at_site() as world:
        first = brought(world, raw())
        world.tenant = WITHOUT_SENDERS
        again = brought(world, raw())
        assert again == first
        assert not again.message_id.startswith(PREFIX)


def test_an_order_change_is_held_and_replayed_likewise() -> None:
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw(form="OMI"))
        world.work()
        assert world.entry(taken.message_id).kind is MessageKind.ORDER_CHANGE
        world.tenant = SITE
        world.replay(taken.message_id)
        world.work()
        assert world.entry(taken.message_id).held == ""
        assert list(world.entry(taken.message_id).studies) == [STUDY]


@pytest.mark.parametrize("name", FAULTS)
def test_a_death_at_any_call_loses_nothing_and_doubles_nothing(name: str) -> None:
    tenant, before, what, reason, _ = FAULTS[name]

    def prepare(world: World) -> None:
        world.tenant = tenant
        world.archive_study(REPORT)
        before(world)
        world.work()

    def act(world: World) -> None:
        taken = brought(world, what)
        worked(world)
        entry = world.entry(taken.message_id)
        assert (entry.state, entry.held) == ("held", reason)
        held = [one for one in world.log.entries if one.startswith(PREFIX)]
        assert held == [taken.message_id]
        assert [(one, news) for one, news in world.alerts.told][:1] == [(reason, News.OPENED)]
        assert world.causes.cause(reason).count == 1

    assert "queue.send" in kill_at_every_call(prepare, act)


def test_operators_see_it_where_they_look() -> None:
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw())
        world.work()
        site = world.at_rest
        assert find(site, Query(reason=UNREADABLE)).entries == ()
        page = find(site, Query(reason=UNDECLARED))
        (facts,) = describe(site, page)["publications"]
        assert (facts["state"], facts["held"]) == ("held", UNDECLARED)
        assert facts["held_words"]["fr"].startswith("Le site a acquitté")
        assert facts["held_todo"]["en"].endswith("then replay.")
        assert told(site, world.entry(taken.message_id))["held"] == UNDECLARED
        shown = view(site, world.archive, world.known, OPERATOR, taken.message_id)
        assert shown["kind"] == "report"
        assert shown["fault"]["code"] == "undeclared_sender"
        assert shown["message"]["segments"][0]["segment"] == "MSH"
        assert shown["studies"] == []
        text = read_raw(site, OPERATOR, taken.message_id)
        assert text["message"]["text"].startswith("MSH")
        assert text["document"] is None
        activity = report_activity(site, OPERATOR, days=1)
        assert activity["days"][0]["held"] == 1
        found = search(site, world.refused, OPERATOR, "1")
        assert taken.message_id in str(found)


def test_a_message_that_cannot_be_taken_apart_is_shown_without_segments() -> None:
    with at_site() as world:
        taken = brought(world, raw() + b"\rno segment")
        world.work()
        shown = view(world.at_rest, world.archive, world.known, OPERATOR, taken.message_id)
        assert shown["fault"]["code"] == "not_a_segment"
        assert shown["message"] == {"segments": [], "complete": False}


def test_no_study_or_sender_is_chosen_for_a_message_that_is_held_whole() -> None:
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw())
        world.work()
        choice = Choice({}, SENDER)
        with pytest.raises(BadRequest, match="publication"):
            override(world.at_rest, OPERATOR, message_id=taken.message_id, choice=choice)


def test_the_sweep_of_the_inbox_finds_it() -> None:
    assert message_id_at(message_key(f"{PREFIX}00")) == f"{PREFIX}00"
    assert message_id_at("claims/accepted-00.json") == ""


def test_a_claim_is_kept_beside_the_message() -> None:
    claim = Claim(AGENT, AT, "undeclared_sender")
    assert Claim.decode(claim.encode()) == claim
    with at_site(WITHOUT_SENDERS) as world:
        taken = brought(world, raw())
        key = site_accepted.claim_key(taken.message_id)
        assert Claim.decode(world.inbox.objects[key]) == claim
        del world.inbox.objects[key]
        world.tenant = SITE
        world.work()
        assert world.entry(taken.message_id).held == UNDECLARED, "without a claim nobody is named"


def test_a_certificate_must_be_declared_for_the_sender() -> None:
    require_declared(SITE, read_header(raw()), AGENT)
    with pytest.raises(MessageError, match="not declared"):
        require_declared(WITHOUT_SENDERS, read_header(raw()), AGENT)


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ((), None),
        (("2026-11-24T03:00:00+00:00",), AT),
        (("2026-11-24T04:00:00+01:00",), AT),
        (("2026-11-24T03:00:00Z",), AT),
    ],
)
def test_a_claimed_time_has_a_zone(values: tuple[str, ...], at: datetime | None) -> None:
    assert read_claims(values) == at


@pytest.mark.parametrize(
    "values",
    [
        ("2026-11-24T03:00:00",),
        ("yesterday",),
        ("",),
        ("0001-01-01T00:00:00+14:00",),
        ("2026-11-24T03:00:00Z", "2026-11-24T03:00:00Z"),
    ],
)
def test_an_ill_formed_claim_is_refused_by_name(values: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest) as refused:
        read_claims(values)
    assert refused.value.field == "Accepted-At"


def test_an_ill_formed_claim_of_a_stranger_is_as_if_it_were_not_said() -> None:
    assert claimed_at(SITE, SUBJECT, ("yesterday",)) is None
    assert claimed_at(SITE, AGENT, ("2026-11-24T03:00:00Z",)) == AT
    with pytest.raises(BadRequest):
        claimed_at(SITE, AGENT, ("yesterday",))


def test_a_claim_of_another_type_is_refused_by_its_place() -> None:
    with pytest.raises(BadRequest) as refused:
        read_time(7, "/accepted_at")
    assert refused.value.field == "/accepted_at"
