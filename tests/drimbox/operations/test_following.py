"""A sender learns what became of its own message, and of no other."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.operations.following import ACCEPTED, REFUSED, follow, page_of
from functions.drimbox.publication.inbox import message_id
from functions.drimbox.publication.receive import Reception, receive
from functions.drimbox.publication.refused import KEPT
from functions.drimbox.tenants.model import Sender
from simulators.ris.messages import message
from tests.drimbox.operations.conftest import CASE, STUDY, Reported, report
from tests.fakes.world import ISSUER, SENDER, SUBJECT, World

ANOTHER = "CN=other.example,C=FR"


def refuse(world: World) -> Reception:
    """The message 1, with an identity that is not qualified."""
    raw = message(CASE, "ORU", sender=SENDER, control_id="1", at=world.clock.now())
    reception = receive(raw.replace(b"VALI", b"PROV"), SUBJECT, world.desk)
    assert reception.code == "AE"
    return reception


def asked(world: World, subject: str, name: str, sender: str = "") -> dict[str, Any]:
    return follow(world.at_rest, world.refused, subject, name, sender=sender)


def test_a_published_report_tells_its_manifest_and_no_patient(published: Reported) -> None:
    told = asked(published.world, SUBJECT, "1")
    assert (told["id"], told["state"]) == (published.id, "published")
    [study] = told["studies"]
    current = published.world.records.get(STUDY).current
    assert current is not None
    assert study["manifest"]["manifest_uid"] == current.manifest_uid
    shown = json.dumps(told)
    for secret in (CASE.ins, CASE.ipp, CASE.traits.family, CASE.orders[0].accession):
        assert secret not in shown
    assert asked(published.world, SUBJECT, published.id) == told


def test_a_held_report_tells_why(held: Reported) -> None:
    told = asked(held.world, SUBJECT, "1")
    [study] = told["studies"]
    assert (told["state"], study["reason"], study["manifest"]) == ("held", "study_not_found", None)
    assert "PACS" in study["words"]["fr"]
    assert "overrides" not in told


def test_a_message_whose_publication_has_not_begun_is_accepted(world: World) -> None:
    message_id = world.send(CASE).message_id
    told = asked(world, SUBJECT, "1")
    assert told == {"id": message_id, "state": ACCEPTED, "studies": []}
    assert asked(world, SUBJECT, message_id) == told
    other = Sender("OTHER", "AMBROISE", ANOTHER, ISSUER)
    world.tenant = replace(world.tenant, senders=(*world.tenant.senders, other))
    for name in ("1", message_id):
        with pytest.raises(Absent):
            asked(world, ANOTHER, name)


def test_an_escaped_control_id_is_found(world: World) -> None:
    one = report(world, control_id="A/B 1").id
    assert asked(world, SUBJECT, quote("A/B 1", safe=""))["id"] == one


@pytest.mark.parametrize("name", ["2", "0" * 32, "", "../x"])
def test_an_unknown_message_is_absent(held: Reported, name: str) -> None:
    with pytest.raises(Absent):
        asked(held.world, SUBJECT, name)


def test_another_programs_message_is_absent(held: Reported) -> None:
    tenant = held.world.tenant
    other = Sender("OTHER", "AMBROISE", ANOTHER, ISSUER)
    held.world.tenant = replace(tenant, senders=(*tenant.senders, other))
    for name in ("1", held.id):
        with pytest.raises(Absent):
            asked(held.world, ANOTHER, name)
    with pytest.raises(Absent):
        asked(held.world, SUBJECT, "1", sender="OTHER|AMBROISE")


def test_two_senders_of_one_certificate_may_use_one_control_id(held: Reported) -> None:
    world = held.world
    second = replace(world.entry(held.id), message_id="", sender="OTHER|AMBROISE")
    identifier = message_id("demo", ("OTHER", "AMBROISE"), "1")
    world.log.open(replace(second, message_id=identifier))
    other = Sender("OTHER", "AMBROISE", SUBJECT, ISSUER)
    world.tenant = replace(world.tenant, senders=(*world.tenant.senders, other))
    with pytest.raises(BadRequest):
        asked(world, SUBJECT, "1")
    assert asked(world, SUBJECT, "1", sender="|".join(SENDER))["id"] == held.id
    assert asked(world, SUBJECT, "1", sender="OTHER|AMBROISE")["id"] == identifier


def test_a_refused_message_tells_its_fault_for_thirty_days(world: World) -> None:
    """It was 404 before, as a message that was never sent."""
    reception = refuse(world)
    told = asked(world, SUBJECT, "1")
    assert asked(world, SUBJECT, reception.message_id) == told
    assert (told["id"], told["state"], told["studies"]) == (reception.message_id, REFUSED, [])
    assert told["sender"] == "|".join(SENDER)
    refusal = told["refusal"]
    assert f"||{refusal['code']}|" in reception.ack.decode()
    assert f"ERR||{refusal['location']}|" in reception.ack.decode()
    assert refusal["words"]["fr"]
    assert refusal["todo"]["en"]
    assert page_of(told) == "refused"
    shown = json.dumps(told)
    for secret in (CASE.ins, CASE.ipp, CASE.traits.family, CASE.orders[0].accession):
        assert secret not in shown
    world.clock.advance(KEPT)
    assert asked(world, SUBJECT, "1")["state"] == REFUSED
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(Absent):
        asked(world, SUBJECT, "1")


def test_a_message_that_is_accepted_after_a_refusal_is_followed_as_any_other(world: World) -> None:
    refuse(world)
    one = world.send(CASE).message_id
    assert asked(world, SUBJECT, "1")["state"] == ACCEPTED
    world.work()
    told = asked(world, SUBJECT, one)
    assert told["state"] == "held"
    assert page_of(told) == f"publications/{one}"
    refuse(world)  # other bytes under the same MSH-10
    assert asked(world, SUBJECT, "1") == told


def test_a_refused_message_is_told_to_its_own_sender_alone(world: World) -> None:
    other = Sender("OTHER", "AMBROISE", ANOTHER, ISSUER)
    world.tenant = replace(world.tenant, senders=(*world.tenant.senders, other))
    reception = refuse(world)
    for name in ("1", reception.message_id):
        with pytest.raises(Absent):
            asked(world, ANOTHER, name)


def test_a_program_that_uses_another_s_name_tells_it_nothing(world: World) -> None:
    """MSH-3 and MSH-4 of an undeclared sender are the caller's word."""
    raw = message(CASE, "ORU", sender=SENDER, control_id="7", at=world.clock.now())
    assert receive(raw, ANOTHER, world.desk).code == "AE"
    with pytest.raises(Absent):
        asked(world, SUBJECT, "7")
