"""A sender learns what became of its own message, and of no other."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations.following import ACCEPTED, follow
from functions.drimbox.publication.inbox import message_id
from functions.drimbox.tenants.model import Sender
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, report
from tests.fakes.world import ISSUER, SENDER, SUBJECT, World

ANOTHER = "CN=other.example,C=FR"


def test_a_published_report_tells_its_manifest_and_no_patient(published: Reported) -> None:
    told = follow(published.world.at_rest, SUBJECT, "1")
    assert (told["id"], told["state"]) == (published.id, "published")
    [study] = told["studies"]
    current = published.world.records.get(STUDY).current
    assert current is not None
    assert study["manifest"]["manifest_uid"] == current.manifest_uid
    shown = json.dumps(told)
    for secret in (CASE.ins, CASE.ipp, CASE.traits.family, CASE.orders[0].accession):
        assert secret not in shown
    assert follow(published.world.at_rest, SUBJECT, published.id) == told


def test_a_held_report_tells_why(held: Reported) -> None:
    told = follow(held.world.at_rest, SUBJECT, "1")
    [study] = told["studies"]
    assert (told["state"], study["reason"], study["manifest"]) == ("held", "study_not_found", None)
    assert "PACS" in study["words"]["fr"]
    assert "overrides" not in told


def test_a_message_whose_publication_has_not_begun_is_accepted(world: World) -> None:
    message_id = world.send(CASE).message_id
    told = follow(world.at_rest, SUBJECT, "1")
    assert told == {"id": message_id, "state": ACCEPTED, "studies": []}
    assert follow(world.at_rest, SUBJECT, message_id) == told
    other = Sender("OTHER", "AMBROISE", ANOTHER, ISSUER)
    world.tenant = replace(world.tenant, senders=(*world.tenant.senders, other))
    for name in ("1", message_id):
        with pytest.raises(Absent):
            follow(world.at_rest, ANOTHER, name)


def test_an_escaped_control_id_is_found(world: World) -> None:
    one = report(world, control_id="A/B 1").id
    assert follow(world.at_rest, SUBJECT, quote("A/B 1", safe=""))["id"] == one


@pytest.mark.parametrize("name", ["2", "0" * 32, "", "../x"])
def test_an_unknown_message_is_absent(held: Reported, name: str) -> None:
    with pytest.raises(Absent):
        follow(held.world.at_rest, SUBJECT, name)


def test_another_programs_message_is_absent(held: Reported) -> None:
    tenant = held.world.tenant
    other = Sender("OTHER", "AMBROISE", ANOTHER, ISSUER)
    held.world.tenant = replace(tenant, senders=(*tenant.senders, other))
    for name in ("1", held.id):
        with pytest.raises(Absent):
            follow(held.world.at_rest, ANOTHER, name)
    with pytest.raises(Absent):
        follow(held.world.at_rest, SUBJECT, "1", sender="OTHER|AMBROISE")


def test_two_senders_of_one_certificate_may_use_one_control_id(held: Reported) -> None:
    world = held.world
    second = replace(world.entry(held.id), message_id="", sender="OTHER|AMBROISE")
    identifier = message_id("demo", ("OTHER", "AMBROISE"), "1")
    world.log.open(replace(second, message_id=identifier))
    other = Sender("OTHER", "AMBROISE", SUBJECT, ISSUER)
    world.tenant = replace(world.tenant, senders=(*world.tenant.senders, other))
    with pytest.raises(BadRequest):
        follow(world.at_rest, SUBJECT, "1")
    assert follow(world.at_rest, SUBJECT, "1", sender="|".join(SENDER))["id"] == held.id
    assert follow(world.at_rest, SUBJECT, "1", sender="OTHER|AMBROISE")["id"] == identifier
