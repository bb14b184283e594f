"""The feed check on the ``in`` host: the receiver's answer, for the sender, and nothing kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from functions.aws import clients
from functions.check_message.handler import handler as check_message
from functions.drimbox.oid import Uid
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.receive_message.handler import handler as receive_message
from simulators.ris.messages import message
from tests.fakes.world import SENDER, SUBJECT, case
from tests.handlers import upload_scenes
from tests.handlers.conftest import CONTEXT, audit_records, audited, event, now, stores
from tests.handlers.journey import CASE, Journey

INS = "279035121518989"


def encoded(raw: bytes) -> dict[str, Any]:
    return {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}


def report(control_id: str = "1") -> bytes:
    return message(case("C"), control_id=control_id, at=now(), sender=SENDER)


def asked(raw: bytes, *, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    lines = {name: [value] for name, value in (headers or {}).items()}
    return event("check_message/report", **encoded(raw), multiValueHeaders=lines, **changes)


def body_of(reply: dict[str, Any]) -> bytes:
    assert reply["isBase64Encoded"] is True
    return base64.b64decode(reply["body"])


def answered(raw: bytes) -> dict[str, Any]:
    reply = check_message(asked(raw), CONTEXT)
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "application/json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    facts: dict[str, Any] = json.loads(body_of(reply))
    return facts


def stored() -> list[str]:
    return [o["Key"] for o in clients.s3().list_objects_v2(Bucket="inbox").get("Contents", [])]


def queued() -> int:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    return len(clients.sqs().receive_message(QueueUrl=url).get("Messages", []))


def stable(ack: bytes) -> bytes:
    """An acknowledgement without its time (MSH-7), which is that of the answer."""
    head, _, rest = ack.partition(b"\r")
    fields = head.split(b"|")
    fields[6] = b""
    return b"|".join(fields) + b"\r" + rest


@pytest.mark.parametrize(
    "raw",
    [
        report(),
        report().replace(b"||VALI", b"||PROV"),
        message(case("C"), control_id="1", at=now(), sender=("OTHER", "RIS")),
    ],
    ids=["good", "an identity that is not qualified", "an undeclared sender"],
)
def test_the_answer_is_that_of_the_receiver(site: None, raw: bytes) -> None:
    facts = answered(raw)
    foreseen = base64.b64decode(facts["answer"]["acknowledgement_base64"])
    given = event("receive_message/report", **encoded(raw))
    assert stable(foreseen) == stable(body_of(receive_message(given, CONTEXT)))


def test_nothing_is_stored_nor_queued_and_the_record_holds_nothing_of_the_message(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = answered(report())
    assert facts["answer"]["code"] == "AA"
    assert facts["read"]["patient"]["ins"] == INS
    assert (stored(), queued()) == ([], 0)
    (record,) = audit_records()
    del record["at"]
    assert record == {"event": "message.checked", "result": "AA", "who": SUBJECT, "tenant": "demo"}
    said = capsys.readouterr()
    for secret in (INS, "PAT-TROIS", "ACN103"):
        assert secret not in said.out + said.err


def test_an_earlier_message_is_seen(site: None) -> None:
    raw = report()
    receive_message(event("receive_message/report", **encoded(raw)), CONTEXT)
    before = stored()
    assert answered(raw)["publication"]["reason"] == "already_received"
    assert answered(report() + b"NTE|1\r")["faults"][0]["code"] == "control_id_reused"
    assert stored() == before


@pytest.mark.parametrize(("language", "words"), [("", "Rien n'a été"), ("en", "Nothing was sent")])
def test_a_page_for_who_prefers_html(site: None, language: str, words: str) -> None:
    raw = message(case("C"), control_id="<script>x</script>", at=now(), sender=SENDER)
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    reply = check_message(asked(raw, headers=headers), CONTEXT)
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert reply["headers"]["Content-Language"] == (language or "fr")
    assert reply["headers"]["Cache-Control"] == "no-store"
    assert reply["headers"]["X-Content-Type-Options"] == "nosniff"
    assert reply["headers"]["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    shown = body_of(reply).decode()
    assert words in shown.replace("&#x27;", "'")
    assert "&lt;script&gt;x&lt;/script&gt;" in shown
    assert "<script" not in shown


def test_a_body_that_is_no_hl7_has_a_report_as_well(site: None) -> None:
    facts = answered(b"hello")
    assert (facts["answer"]["status"], facts["faults"][0]["code"]) == (400, "not_hl7")
    assert audited() == [("message.checked", "not_hl7")]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"multiValueHeaders": {"Accept": ["image/png"]}}, 406, "not_acceptable"),
        (encoded(b"M" * (MAX_DIRECT_BYTES + 1)), 413, "too_large"),
        ({"body": "!", "isBase64Encoded": True}, 400, "bad_request"),
    ],
    ids=["another form", "too large", "not base64"],
)
def test_a_request_that_cannot_be_answered_is_a_problem_and_leaves_a_record(
    site: None, changes: dict[str, Any], status: int, code: str
) -> None:
    reply = check_message({**asked(report()), **changes}, CONTEXT)
    assert (reply["statusCode"], json.loads(body_of(reply))["code"]) == (status, code)
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    assert audited() == [("message.checked", code)]


def test_a_foreign_certificate_finds_nothing(site: None) -> None:
    foreign = asked(report())
    foreign["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert check_message(foreign, CONTEXT)["statusCode"] == 404
    assert (
        check_message(asked(report(), pathParameters={"tenant": "other"}), CONTEXT)["statusCode"]
        == 404
    )
    assert audited() == []


def test_a_message_above_the_limit_is_checked_where_it_was_uploaded(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER, pdf_size=MAX_DIRECT_BYTES)
    assert len(raw) > MAX_DIRECT_BYTES
    answer = upload_scenes.ask(raw, check=True)
    assert answer["check"] == f"/v1/tenants/demo/hl7v2/check?upload={answer['upload']}"
    assert "acknowledgement" not in answer
    question = event("check_message/report", queryStringParameters={"upload": answer["upload"]})
    question |= {"body": "", "isBase64Encoded": False}
    assert check_message(question, CONTEXT)["statusCode"] == 404, "it is not there yet"
    upload_scenes.put(answer, raw)
    reply = check_message(question, CONTEXT)
    facts = json.loads(body_of(reply))
    assert (facts["answer"]["code"], facts["publication"]["published"]) == ("AA", True)
    assert upload_scenes.read(answer)["statusCode"] == 404, "it is never received"
    assert (stored(), queued()) == ([], 0)


def test_the_report_that_was_published_last_would_change_nothing(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    [record] = [stores().records.get(Uid(study)) for study in CASE.studies]
    assert record.current is not None
    facts = answered(message(CASE, control_id="NEW", at=now(), sender=SENDER))
    assert facts["publication"]["reason"] == "unchanged"
