"""The feed check through the whole stack: its forecast comes true."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from lxml import html

from simulators.ris.cases import CASES, Case
from tests.flows.bad_messages import MIB, WRONG, kept
from tests.flows.stack import LocalStack

PAGE: Final = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def fresh(letter: str = "C") -> Case:
    return CASES[letter].fresh(uuid4().hex)


def asked(
    stack: LocalStack,
    raw: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    identity: str = "ris",
    tenant: str = "",
) -> httpx.Response:
    with stack.client(identity) as http:
        return http.post(
            f"{stack.messages_url(tenant)}/check",
            content=raw,
            headers={"Content-Type": "application/hl7-v2", **(headers or {})},
        )


def checked(stack: LocalStack, raw: bytes) -> dict[str, Any]:
    answer = asked(stack, raw, {"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    facts: dict[str, Any] = json.loads(answer.content)
    return facts


def stable(ack: bytes) -> list[bytes]:
    """The fields of an acknowledgement without its time."""
    fields = ack.split(b"|")
    return fields[:6] + fields[7:]


def test_the_forecast_comes_true(stack: LocalStack) -> None:
    case = fresh("F")
    raw, before = stack.report(case), kept(stack)
    facts = checked(stack, raw)
    assert kept(stack) == before
    assert facts["faults"] == []
    studies = facts["publication"]["studies"]
    assert [one["study_instance_uid"] for one in studies] == list(case.studies)
    assert all(one["hold"] is None for one in studies)

    stack.store(case)
    ack = stack.send(raw)
    assert stable(ack.content) == stable(
        base64.b64decode(facts["answer"]["acknowledgement_base64"])
    )
    assert stack.await_outcome(stack.message_id(ack)).state == "published"
    for one in studies:
        (document,) = stack.documents(one["study_instance_uid"])
        possible = [order["values"] for order in one["reference_ids"]]
        assert sorted(document["reference_ids"]) in [sorted(values) for values in possible]
    # The same bytes again: seen, and of no other effect.
    again = checked(stack, raw)
    assert again["publication"]["reason"] == "already_received"
    assert base64.b64decode(again["answer"]["acknowledgement_base64"]) == ack.content


@pytest.mark.parametrize("name", ["no INS", "OBX-11 against ORC-1", "an undeclared facility"])
def test_a_wrong_message_is_told_as_it_would_be_answered(stack: LocalStack, name: str) -> None:
    form, spoil, (code, location, condition, ours) = WRONG[name]
    raw, before = spoil(stack.report(fresh(), form)), kept(stack)
    facts = checked(stack, raw)
    first = facts["faults"][0]
    assert facts["answer"]["code"] == code
    assert (first["location"], str(first["condition"]), first["code"]) == (
        location,
        condition,
        ours,
    )
    assert facts["publication"]["reason"] == "not_accepted"
    assert stable(stack.send(raw).content) == stable(
        base64.b64decode(facts["answer"]["acknowledgement_base64"])
    )
    assert kept(stack) == before


def test_the_page_is_inert_and_the_logs_hold_nothing(stack: LocalStack) -> None:
    case = fresh()
    script = "<script>alert(1)</script>"
    marked = replace(case, traits=replace(case.traits, family=f"CANARI{script}"))
    raw = stack.report(marked)
    answer = asked(stack, raw, {**PAGE, "Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 's")
    assert answer.headers["Cache-Control"] == "no-store"
    page = html.fromstring(answer.content)
    assert page.get("lang") == "en"
    assert not list(page.iter("script"))
    assert f"CANARI{script}" in "".join(map(str, page.itertext()))
    log = stack.log("check_message")
    for secret in ("CANARI", case.ins, case.orders[0].accession):
        assert secret not in log


def test_permitted_callers_and_sizes(stack: LocalStack) -> None:
    raw, before = stack.report(fresh()), kept(stack)
    with pytest.raises(httpx.TransportError):
        asked(stack, raw, identity="")
    assert asked(stack, raw, tenant="nobody").status_code == 404
    assert asked(stack, raw, {"Accept": "image/png"}).status_code == 406
    assert asked(stack, raw + b"\rZZZ|" + b"x" * (4 * MIB)).status_code == 413
    nothing = asked(stack, b"hello")
    assert (nothing.status_code, nothing.json()["faults"][0]["code"]) == (200, "not_hl7")
    assert kept(stack) == before
    assert len(stack.audited("message.checked", result="not_hl7")) >= 1


def test_the_identity_and_its_certificates_are_told(stack: LocalStack) -> None:
    invoked = stack.aws["lambda"].invoke(
        FunctionName="drimbox-check-certificates", Payload=b'{"source": "aws.events"}'
    )
    assert json.loads(invoked["Payload"].read()) == {"outcome": "checked"}
    identity = checked(stack, stack.report(fresh()))["publication"]["identity"]
    assert (identity["identification"], identity["holder"]) == ("EG", identity["structure"])
    for certificate, kind in zip(
        identity["certificates"], ("ORG_AUTH_CLI", "ORG_SIGN"), strict=True
    ):
        assert (certificate["kind"], certificate["usable"]) == (kind, True)
        assert f"OU={identity['holder']}" in certificate["subject"]
