"""The national white list through the whole local stack: kept, refused, kept again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.stack import PATIENCE, LocalStack, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.slow]
KEY = {"tenant": {"S": "*"}, "item": {"S": "white_list"}}


@pytest.fixture(autouse=True)
def healed(stack: LocalStack) -> Iterator[None]:
    yield
    stack.heal("whitelist")


def look(stack: LocalStack) -> str:
    """Call the scheduled function, as a person may; its outcome."""
    answer = stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-white-list", Payload=json.dumps({"at_once": True}).encode()
    )
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return str(found["outcome"])


def kept(stack: LocalStack) -> dict[str, Any]:
    """The item that holds the list."""
    found = stack.aws["dynamodb"].get_item(
        TableName=stack.table("Peers"), Key=KEY, ConsistentRead=True
    )
    return dict(found["Item"])


def publish(stack: LocalStack, domains: list[dict[str, str]]) -> None:
    """ANS publishes a new list."""
    with stack.client() as http:
        answer = http.put(f"{stack.endpoints['whitelist']}/_sim/domains", json=domains)
    assert answer.status_code == 204, answer.text


def domains(stack: LocalStack) -> list[dict[str, str]]:
    with stack.client() as http:
        found: list[dict[str, str]] = http.get(f"{stack.endpoints['whitelist']}/_sim/state").json()[
            "domains"
        ]
    return found


def test_a_good_list_is_kept_and_a_wrong_one_leaves_it(stack: LocalStack) -> None:
    assert look(stack) == "kept"
    before = kept(stack)
    assert b"<db>127.0.0.1</db>" in before["content"]["B"]
    for kind, outcome in {
        "tampered": "white_list_altered",
        "unsigned": "white_list_unsigned",
        "wrapped": "white_list_signature_form",
        "other_cn": "white_list_other_signer",
        "revoked_signer": "white_list_revoked_signer",
        "other_authority": "white_list_untrusted_signer",
        "expired_signer": "white_list_signer_dates",
        "older": "white_list_older",
        "huge": "white_list_too_large",
        "bomb": "white_list_unreadable",
        "stale_crl": "white_list_no_revocation_list",
        "cut": "white_list_unreachable",
        "redirect": "white_list_unreachable",
        "compressed": "white_list_unreachable",
    }.items():
        stack.fault("whitelist", kind=kind)
        assert look(stack) == outcome
        assert kept(stack) == before, kind
    # The log comes by a pipe, after the answer.
    wait_for(
        lambda: "white_list_altered" in stack.log("refresh_white_list"), PATIENCE, "the log's line"
    )


def test_a_domain_that_ans_takes_away_is_gone_after_a_look(stack: LocalStack) -> None:
    assert look(stack) == "kept"
    listed = domains(stack)
    gone = listed[-1]
    publish(stack, listed[:-1])
    assert gone["db"].encode() in kept(stack)["content"]["B"]
    assert look(stack) == "kept"
    assert gone["db"].encode() not in kept(stack)["content"]["B"]
    publish(stack, listed)
    assert look(stack) == "kept"
    assert gone["db"].encode() in kept(stack)["content"]["B"]
