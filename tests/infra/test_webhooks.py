"""The document tells of the requests that the gateway sends, as it sends them."""

from __future__ import annotations

import json

from functions.drimbox.operations.following import told_refused
from functions.drimbox.publication.refused import RefusedMessage
from functions.drimbox.webhook.event import body_of, facts_of
from functions.drimbox.webhook.signature import sign
from functions.drimbox.webhook.telling import Telling
from infra.openapi import document
from infra.webhooks import NEWS, webhooks
from tests.drimbox.operations.conftest import CASE, report
from tests.fakes.world import World
from tests.infra.schema_scenes import require


def test_an_event_of_each_state_is_of_the_published_schema() -> None:
    world = World()
    held = report(world, control_id="1").id
    world.archive_study(CASE)
    world.replay(held)
    world.work()
    second = report(world, control_id="2").id
    for one in (held, second):
        telling = Telling(one, sequence=1, since=world.clock.now())
        links = {"status_url": "https://in.example/x", "page": "https://vi.example/y"}
        facts = facts_of(world.at_rest, world.entry(one), world.at_rest.records.get)
        require(NEWS, json.loads(body_of(telling, "1", facts, links)))
    refusal = RefusedMessage(held, world.clock.now(), "A|B", "1", "identity_not_qualified", "PID^1")
    telling = Telling(held, sequence=1, since=world.clock.now())
    require(NEWS, json.loads(body_of(telling, "1", told_refused(refusal), links)))
    world.close()


def test_the_headers_are_those_that_are_sent_and_only_one_host_tells_of_them() -> None:
    made = document("in", "https://in.example")["webhooks"]
    assert made == webhooks()
    [parameters] = [one["post"]["parameters"] for one in made.values()]
    sent = sign((bytes(32),), "msg_1", World().clock.now(), b"{}")
    assert [one["name"] for one in parameters] == list(sent)
    assert "webhooks" not in document("db", "https://db.example")
