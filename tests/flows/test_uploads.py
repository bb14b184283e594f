"""Large messages over the whole stack: a signed address, S3's own checks, one acknowledgement."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import httpx

from simulators.ris.cases import CASES
from tests.flows.stack import LocalStack

PDF = 6 * 1024 * 1024


def ask(stack: LocalStack, raw: bytes, **changes: Any) -> dict[str, Any]:
    """The address for that message."""
    announced = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest(), **changes}
    with stack.client("ris") as http:
        answer = http.post(f"{stack.messages_url()}/uploads", json=announced)
    assert answer.status_code == 201, answer.text
    facts: dict[str, Any] = answer.json()
    return facts


def put(address: dict[str, Any], raw: bytes, **changes: str) -> int:
    """Put bytes there; the status. The address needs no certificate."""
    with httpx.Client(trust_env=False, timeout=60) as http:
        headers = {**address["headers"], **changes}
        return http.put(address["url"], content=raw, headers=headers).status_code


def read(stack: LocalStack, address: dict[str, Any], identity: str = "ris") -> httpx.Response:
    with stack.client(identity) as http:
        return http.get(f"{stack.endpoints['in']}{address['acknowledgement']}")


def test_a_large_report_is_uploaded_and_published(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    stack.store(case)
    raw = stack.report(case, pdf_size=PDF)
    assert stack.send(raw).status == 413
    address = ask(stack, raw)
    awaited = read(stack, address)
    assert (awaited.status_code, awaited.json()) == (202, {"state": "awaited"})
    assert put(address, raw) == 200
    ack = read(stack, address)
    assert (ack.status_code, ack.headers["Content-Type"]) == (200, "application/hl7-v2")
    assert b"MSA|AA|" in ack.content
    assert read(stack, address).content == ack.content
    assert put(address, raw) == 412, "once"
    prefix = ack.content.decode().split("|")[9][1:]
    (key,) = stack.keys("inbox", f"{stack.endpoints['tenant']}/messages/{prefix}")
    message_id = key.rsplit("/", 1)[-1].removesuffix(".hl7")
    assert stack.await_outcome(message_id).state == "published"
    assert len(stack.documents(case.studies[0])) == 1


def test_the_store_takes_what_was_announced_and_nothing_else(stack: LocalStack) -> None:
    raw = stack.report(CASES["C"].fresh(uuid4().hex))
    address = ask(stack, raw)
    other = raw[:-5] + b"other"
    longer = {"Content-Length": str(len(raw) + 1)}
    digest = {"x-amz-checksum-sha256": "A" * 43 + "="}
    plain = {"x-amz-server-side-encryption": "AES256"}
    assert put(address, other) == 400, "its SHA-256 is another"
    assert put(address, raw + b"x", **longer) == 403
    assert put(address, raw, **digest) == 403
    assert put(address, raw, **plain) == 403
    moved = {**address, "url": address["url"].replace(address["upload"], str(uuid4()))}
    assert put(moved, raw) == 403
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert http.get(address["url"]).status_code == 403
    assert read(stack, address).status_code == 202
    # Sent directly and by upload, it is one message.
    direct = stack.send(raw)
    assert put(address, raw) == 200
    assert read(stack, address).content == direct.content
    absent = {**address, "acknowledgement": address["acknowledgement"][:-36] + str(uuid4())}
    assert read(stack, absent).status_code == 404


def test_a_large_message_is_checked_and_never_received(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    raw = stack.report(case, pdf_size=PDF)
    address = ask(stack, raw, check=True)
    assert put(address, raw) == 200
    with stack.client("ris") as http:
        answer = http.post(f"{stack.endpoints['in']}{address['check']}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["answer"]["code"], told["publication"]["published"]) == ("AA", True)
    with stack.client("ris") as http:
        never = http.get(f"{stack.messages_url()}/uploads/{address['upload']}")
    assert never.status_code == 404
