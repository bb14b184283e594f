"""A sender's certificate is taken back by its authority: the way in refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509

from simulators.ris.cases import CASES
from tests.flows.stack import LocalStack, kill_process

pytestmark = [pytest.mark.stack, pytest.mark.slow]


def revoke(stack: LocalStack, *serials: int) -> None:
    """The authority publishes these, the gateway looks, and its authorizer begins anew: in
    production it asks again after five minutes."""
    with stack.client() as http:
        answer = http.put(
            f"{stack.endpoints['whitelist']}/_sim/revoked", json=[f"{one:x}" for one in serials]
        )
    assert answer.status_code == 204, answer.text
    looked = stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-revocations", Payload=json.dumps({"at_once": True}).encode()
    )
    assert json.loads(looked["Payload"].read())["outcome"] == "looked"
    for pid in stack.workers("authorize_sender"):
        kill_process(pid)


@pytest.fixture(autouse=True)
def healed(stack: LocalStack) -> Iterator[None]:
    yield
    revoke(stack)


def test_a_revoked_sender_is_refused_and_audited(stack: LocalStack) -> None:
    pem = Path(stack.endpoints["ris_cert"]).read_bytes()
    serial = x509.load_pem_x509_certificate(pem).serial_number
    revoke(stack)
    raw = stack.report(CASES["C"].fresh(uuid4().hex))
    assert stack.send(raw).status == 200
    revoke(stack, serial)
    assert stack.send(raw).status == 403
    # By the serial number: other tests' refusals have records of their own, in any order.
    (record,) = stack.audited("program.refused", who=f"{serial:x}")
    assert record["result"] == "revoked_certificate"
    revoke(stack)
    assert stack.send(raw).status == 200
