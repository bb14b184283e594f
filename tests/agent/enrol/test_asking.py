"""The bodies of enrolment and renewal, and the answer to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from agent.cloud.door import Door, Reply
from agent.enrol.asking import AnswerWrong, enrolment, issued, renewal
from functions.drimbox.enrolment.request import encoded, read_request
from tests.agent.enrol.scenes import BASE, Cloud, pem

KEY = ec.generate_private_key(ec.SECP256R1())


def answered(cloud: Cloud) -> Reply:
    return Door(cloud.client, BASE).post("/enrol", enrolment(KEY, "code"))


def test_the_cloud_takes_the_request() -> None:
    for body in (enrolment(KEY, "code"), renewal(KEY)):
        facts = json.loads(body)
        assert encoded(read_request(facts.pop("request"))) == encoded(KEY.public_key())
        assert facts in ({"code": "code"}, {})


def test_a_certificate_for_this_key_is_taken() -> None:
    cloud = Cloud()
    found = issued(answered(cloud), KEY)
    assert found.public_key() == KEY.public_key()
    found.verify_directly_issued_by(cloud.own)


def others() -> dict[str, dict[str, Any]]:
    cloud, other = Cloud(), Cloud()
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return {
        "another key": {"certificate": pem(cloud.certificate(key))},
        "another authority": {"chain": pem(other.own)},
        "no authority": {"chain": ""},
        "no certificate": {"certificate": "none"},
        "no text": {"certificate": None},
    }


@pytest.mark.parametrize("what", others())
def test_another_one_is_not(what: str) -> None:
    with pytest.raises(AnswerWrong):
        issued(answered(Cloud(spoil=others()[what])), KEY)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"none"])
def test_an_answer_that_is_none_is_not(body: bytes) -> None:
    with pytest.raises(AnswerWrong):
        issued(Reply(201, body), KEY)


def test_an_authority_of_another_name_issued_nothing() -> None:
    cloud = Cloud()
    stranger = Cloud(issuer="CN=other")
    made = stranger.certificate(KEY.public_key())
    facts = {"certificate": pem(made), "chain": pem(cloud.own)}
    with pytest.raises(AnswerWrong):
        issued(Reply(201, json.dumps(facts).encode()), KEY)
