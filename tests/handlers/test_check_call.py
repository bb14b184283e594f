"""The check of a contextual call on the ``in`` host: how it was read, and nothing kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from functions.aws import clients
from functions.check_call.handler import handler as check_call
from functions.drimbox.consultation.call_form import MAX_BYTES
from tests.handlers.conftest import CONTEXT, audit_records, audited, event
from tests.infra.schema_scenes import require

INS = "279035121518989"


def body_of(reply: dict[str, Any]) -> bytes:
    assert reply["isBase64Encoded"] is True
    return base64.b64decode(reply["body"])


def facts(reply: dict[str, Any]) -> dict[str, Any]:
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "application/json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(body_of(reply))
    require("CheckedCall", found)
    return found


def test_a_call_is_told_as_it_was_read_and_nothing_is_kept(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    good = facts(check_call(event("check_call/call"), CONTEXT))
    assert (good["status"], good["faults"]) == (303, [])
    assert good["lines"][0]["read"] == INS
    wrong = facts(check_call(event("check_call/call", body="patientid=IPP4711&x=1"), CONTEXT))
    assert wrong["status"] == 400
    assert [one["code"] for one in wrong["faults"][:2]] == ["call_name_case", "call_name_unknown"]
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="inbox")
    assert set(audited()) == {("call.checked", "erreur"), ("call.checked", "succes")}
    said = capsys.readouterr()
    for secret in (INS, "ESSAI", "IPP4711"):
        assert secret not in said.out + said.err + json.dumps(audit_records())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"multiValueQueryStringParameters": {"PatientID": ["4711"]}}, "call_in_query"),
        ({"multiValueHeaders": {"Content-Type": ["text/plain"]}}, "call_content_type"),
        ({"multiValueHeaders": {}}, "call_content_type"),
        ({"body": "a=%E9"}, "call_character_set"),
    ],
)
def test_the_whole_request_is_read(site: None, changes: dict[str, Any], code: str) -> None:
    found = facts(check_call(event("check_call/call", **changes), CONTEXT))
    assert [one["code"] for one in found["faults"]] == [code]


def test_a_call_as_a_page(site: None) -> None:
    made = event("check_call/call")
    made["multiValueHeaders"] |= {"Accept": ["text/html"], "Accept-Language": ["en"]}
    reply = check_call(made, CONTEXT)
    assert reply["headers"]["Content-Language"] == "en"
    assert "sandbox" in reply["headers"]["Content-Security-Policy"]
    assert "303: accepted" in body_of(reply).decode()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"multiValueHeaders": {"Accept": ["image/png"]}}, 406, "not_acceptable"),
        ({"body": "a=" + "1" * MAX_BYTES}, 413, "too_large"),
        ({"body": "!", "isBase64Encoded": True}, 400, "bad_request"),
    ],
    ids=["another form", "too large", "not base64"],
)
def test_a_call_that_cannot_be_checked_is_a_problem_and_leaves_a_record(
    site: None, changes: dict[str, Any], status: int, code: str
) -> None:
    reply = check_call(event("check_call/call", **changes), CONTEXT)
    assert (reply["statusCode"], json.loads(body_of(reply))["code"]) == (status, code)
    assert audited() == [("call.checked", code)]


def test_a_foreign_certificate_finds_nothing(site: None) -> None:
    foreign = event("check_call/call")
    foreign["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert check_call(foreign, CONTEXT)["statusCode"] == 404
    other = event("check_call/call", pathParameters={"tenant": "other"})
    assert check_call(other, CONTEXT)["statusCode"] == 404
    assert audited() == []
