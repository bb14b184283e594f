"""functions.drimbox.webhook.event: the facts of the status route, and no patient's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from functions.drimbox.operations.following import follow
from functions.drimbox.publication.inbox import ack_key
from functions.drimbox.webhook.event import (
    body_of,
    control_id_of,
    digest_of,
    event_id,
    facts_of,
)
from functions.drimbox.webhook.telling import Telling
from tests.drimbox.webhook.conftest import Site
from tests.fakes.world import SUBJECT, case

CASE = case("C")
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_an_event_tells_what_the_status_route_tells_and_no_patient(site: Site) -> None:
    world = site.world
    world.archive_study(CASE)
    one = world.send(CASE, control_id="A-1").message_id
    world.work()
    facts = facts_of(world.at_rest, world.entry(one), world.at_rest.records.get)
    assert facts == follow(world.at_rest, world.refused, SUBJECT, one)
    telling = Telling(one, sequence=3, since=AT)
    links = {"status_url": "https://in.example/x", "page": "https://vi.example/y"}
    body = body_of(telling, control_id_of(world.at_rest, one), facts, links)
    event = json.loads(body)
    assert (event["type"], event["timestamp"]) == ("publication.changed", AT.isoformat())
    assert event["data"] == {"sequence": 3, "control_id": "A-1", **facts, **links}
    shown = body.decode()
    for secret in (CASE.ins, CASE.ipp, CASE.traits.family, CASE.orders[0].accession):
        assert secret not in shown
    del world.inbox.objects[ack_key(one)]
    assert control_id_of(world.at_rest, one) == ""


def test_a_wait_is_no_news(site: Site) -> None:
    world = site.world
    one = world.send(CASE).message_id
    world.work()
    facts = facts_of(world.at_rest, world.entry(one), world.at_rest.records.get)
    assert all("parked" not in study for study in facts["studies"])


def test_equal_facts_have_one_digest_and_each_state_a_name_of_its_own() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1})
    names = {
        event_id(tenant, Telling(message, sequence=sequence))
        for tenant in ("demo", "other")
        for message in ("m1", "m2")
        for sequence in (1, 2)
    }
    assert len(names) == 8
    assert all(name.startswith("msg_") and len(name) == 36 for name in names)
