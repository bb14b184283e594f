"""A contextual call over HTTP: a page of its own, or every fault in words; nothing shown, nothing
audited, each counted.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.sessions import DynamoSessions
from functions.drimbox.consultation.call_form import MAX_BYTES
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.errors import StorageUnavailable
from functions.open_context.handler import handler as open_context
from tests.handlers.conftest import CONTEXT, audited, event, refused_callers, stores

INS = "279035121518989"
# Each is too long, or has a character too many, to stand in a sealed text by chance.
CANARIES = (INS, "D'ESSAI-L", "IPP4711CANARI")
BASE = "/v1/tenants/demo/reading/"
SESSION, OTHER = "s" * 43, "t" * 43


def called(**changes: Any) -> dict[str, Any]:
    reply: dict[str, Any] = open_context(event("open_context/call", **changes), CONTEXT)
    return reply


def changed(old: str, new: str) -> dict[str, Any]:
    return called(body=event("open_context/call")["body"].replace(old, new))


def page_of(reply: dict[str, Any]) -> str:
    assert reply["statusCode"] == 303
    location: str = reply["headers"]["Location"]
    assert location.startswith(BASE)
    return location.removeprefix(BASE)


def html_of(reply: dict[str, Any]) -> str:
    assert reply["headers"]["Content-Type"] == "text/html; charset=utf-8"
    return base64.b64decode(reply["body"]).decode()


def counts(out: str) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in out.splitlines() if "ContextualCalls" in line]
    assert all(one["ContextualCalls"] == 1 for one in lines)
    return [(one["tenant"], one["result"]) for one in lines]


def test_a_call_leads_to_a_page_of_its_own(site: None, capsys: pytest.CaptureFixture[str]) -> None:
    reply = changed("IPP4711", "IPP4711CANARI")
    page = page_of(reply)
    assert len(page) == 43
    assert reply["body"] == ""
    assert reply["headers"]["Cache-Control"] == "no-store"
    assert reply["headers"]["Referrer-Policy"] == "same-origin"
    assert "multiValueHeaders" not in reply, "no cookie"
    assert page_of(called()) != page
    found = stores().contexts.bind(page, SESSION)
    assert isinstance(found, CallContext)
    assert found.ins.value == INS
    assert audited() == []
    said = capsys.readouterr()
    assert counts(said.out) == [("demo", "succes")] * 2
    kept = json.dumps(clients.dynamodb().scan(TableName="sessions")["Items"])
    for secret in (*CANARIES, page):
        assert secret not in said.out + said.err + kept


def test_two_calls_never_mix_and_a_page_is_one_session_s(site: None) -> None:
    first, second = page_of(called()), page_of(changed("ANNE", "JEANNE"))
    contexts = stores().contexts
    for _ in range(2):
        mine, theirs = contexts.bind(first, SESSION), contexts.bind(second, OTHER)
        assert isinstance(mine, CallContext)
        assert isinstance(theirs, CallContext)
        assert (mine.birth_given, theirs.birth_given) == ("ANNE MARIE", "JEANNE MARIE")
        assert contexts.bind(first, OTHER) is None
        assert contexts.bind(second, SESSION) is None


@pytest.mark.parametrize(
    ("changes", "code", "parameter"),
    [
        ({"body": ""}, "call_name_missing", "Patient.identifier.value"),
        ({"body": None}, "call_name_missing", "Patient.identifier.value"),
        ({"body": "patientid=1"}, "call_name_case", "PatientID"),
        ({"body": "canari=1"}, "call_name_unknown", ""),
        ({"body": "Modality=CT&Modality=CT"}, "call_name_repeated", "Modality"),
        ({"body": "Situation="}, "call_value_empty", "Situation"),
        ({"body": "PatientID=%E2%80%AEcanari"}, "call_value_hidden", "PatientID"),
        ({"body": "PatientID=%E9"}, "call_character_set", ""),
        ({"body": "canari"}, "call_name_unknown", ""),
        ({"body": "a=1&"}, "call_not_a_form", ""),
        (
            {"multiValueQueryStringParameters": {"Patient.identifier.value": ["canari"]}},
            "call_in_query",
            "",
        ),
        (
            {"multiValueHeaders": {"Content-Type": ["application/json"]}, "body": "{}"},
            "call_content_type",
            "",
        ),
        ({"multiValueHeaders": {}}, "call_content_type", ""),
    ],
)
def test_a_wrong_call_is_refused_in_words(
    site: None,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    code: str,
    parameter: str,
) -> None:
    reply = called(**changes)
    assert reply["statusCode"] == 400
    page = html_of(reply)
    assert f"<code>{code}</code>" in page
    assert f"<code>{parameter}</code>" in page
    assert "canari" not in page, "nothing that was sent is shown"
    assert "Location" not in reply["headers"]
    for guard in ("sandbox", "form-action 'none'", "default-src 'none'"):
        assert guard in reply["headers"]["Content-Security-Policy"]
    said = capsys.readouterr()
    assert counts(said.out) == [("demo", "erreur")]
    assert [one["code"] for one in refused_callers(said.out)] == ["bad_call"]
    assert "canari" not in said.out + said.err
    assert clients.dynamodb().scan(TableName="sessions")["Items"] == []
    assert audited() == []


def test_the_refusal_is_in_english_too(site: None) -> None:
    headers = {"Content-Type": ["text/plain"], "Accept-Language": ["en"]}
    reply = called(multiValueHeaders=headers)
    assert reply["headers"]["Content-Language"] == "en"
    assert "Contextual call refused" in html_of(reply)


def test_a_huge_call_is_refused_and_counted(site: None, capsys: pytest.CaptureFixture[str]) -> None:
    reply = called(body="a=" + "1" * MAX_BYTES)
    assert reply["statusCode"] == 413
    assert html_of(reply)
    assert counts(capsys.readouterr().out) == [("demo", "erreur")]


def test_a_call_that_cannot_be_kept_is_an_error_that_is_counted(
    site: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StorageUnavailable("sessions put")

    monkeypatch.setattr(DynamoSessions, "put", down)
    reply = called()
    assert reply["statusCode"] == 503
    assert counts(capsys.readouterr().out) == [("demo", "erreur")]


def test_another_tenant_is_not_there_and_counts_nothing(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = called(pathParameters={"tenant": "nobody"})
    assert reply["statusCode"] == 404
    assert counts(capsys.readouterr().out) == []


def linked(**query: list[str] | None) -> dict[str, Any]:
    made = event("open_context/link")
    values = {**made["multiValueQueryStringParameters"], **query}
    made["multiValueQueryStringParameters"] = {k: v for k, v in values.items() if v is not None}
    reply: dict[str, Any] = open_context(made, CONTEXT)
    return reply


def test_a_report_s_link_leads_to_a_page_of_its_own(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the exam exists is not told before the sign-in."""
    reply = linked()
    assert reply["body"] == ""
    found = stores().contexts.bind(page_of(reply), SESSION)
    assert isinstance(found, ReportLink)
    assert found.document == "1.2.250.1.213.4.5.4.403"
    assert linked(studyUID=["1.2.3"])["statusCode"] == 303
    said = capsys.readouterr()
    assert counts(said.out) == [], "it is no contextual call"
    kept = json.dumps(clients.dynamodb().scan(TableName="sessions")["Items"])
    assert ".ACN103" not in said.out + said.err + kept
    assert audited() == []


@pytest.mark.parametrize(
    "query",
    [
        {"idCDA": None},
        {"patientID": ["canari"]},
        {"studyUID": ["canari"]},
        {"STUDYUID": ["1.2.3"]},
        {"requestType": ["PATIENT"]},
        {"Accessionnumber": ["a", "b"]},
    ],
)
def test_a_wrong_link_is_refused_in_words(
    site: None, capsys: pytest.CaptureFixture[str], query: dict[str, Any]
) -> None:
    reply = linked(**query)
    assert reply["statusCode"] == 400
    page = html_of(reply)
    assert "bad_link" in page
    assert "canari" not in page
    said = capsys.readouterr().out
    assert [one["code"] for one in refused_callers(said)] == ["bad_link"]
    assert "canari" not in said
