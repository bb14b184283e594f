"""A message and its acknowledgement."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.audit import S3Audit
from functions.drimbox.errors import (
    StorageUnavailable,
)
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.receive_message.handler import handler as receive_message
from simulators.ris.messages import message
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.world import SENDER, SUBJECT, case
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, now
from tests.handlers.journey import CASE, Journey
from tests.handlers.program_scenes import body_of, called_by


def report(**changes: Any) -> dict[str, Any]:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER)
    facts = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True, **changes}
    return event("receive_message/report", **facts)


def ack(reply: dict[str, Any]) -> str:
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "application/hl7-v2"
    return body_of(reply).decode()


def test_a_report_is_accepted_stored_and_queued(site: None) -> None:
    assert "MSA|AA|1" in ack(receive_message(report(), CONTEXT))
    keys_ = [o["Key"] for o in clients.s3().list_objects_v2(Bucket="inbox")["Contents"]]
    assert [key.split("/")[1] for key in keys_] == ["acks", "messages"]
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    assert len(clients.sqs().receive_message(QueueUrl=url)["Messages"]) == 1
    assert audited() == [("message.received", "accepted")]


def test_an_undeclared_sender_is_refused_and_nothing_is_stored(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=("OTHER", "RIS"))
    answer = ack(receive_message(report(body=base64.b64encode(raw).decode()), CONTEXT))
    assert "MSA|AE|1" in answer
    assert "undeclared_sender" in answer
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="inbox")
    assert audited() == [("message.refused", "undeclared_sender")]


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


CANARY = "ZZ279035121518989ZZ"


# Bodies refused before there is a header to acknowledge: the event's body, status and code.
HEADLESS = {
    "nothing": (encoded(b""), 400, "not_hl7"),
    "a text": (encoded(CANARY.encode()), 400, "not_hl7"),
    "no line of MSH": (encoded(f"PID|||{CANARY} MSH|^~\\&|A|B\r".encode()), 400, "not_hl7"),
    "too large": (encoded(b"M" * (MAX_DIRECT_BYTES + 1)), 413, "too_large"),
    "far too large": (encoded(b"M" * (MAX_DIRECT_BYTES + 1000)), 413, "too_large"),
    "not base64": (f"!{CANARY}!", 400, "bad_request"),
}


@pytest.mark.parametrize("name", HEADLESS)
def test_a_body_without_header_is_a_problem_and_leaves_one_record(
    site: None, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body, status, code = HEADLESS[name]
    reply = receive_message(report(body=body), CONTEXT)
    assert reply["statusCode"] == status
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    problem = json.loads(body_of(reply))
    assert problem["code"] == code
    assert problem["title"] != problem["title_en"]
    (record,) = audit_records()
    at = datetime.fromisoformat(record.pop("at"))
    assert abs(now() - at) < timedelta(minutes=5)
    # Nothing else, hence nothing of the body.
    assert record == {
        "event": "message.refused",
        "result": code,
        "who": SUBJECT,
        "tenant": "demo",
    }
    assert '"RefusedMessages": 1' in capsys.readouterr().out
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="inbox")


@pytest.mark.parametrize("before", [b"", b"\r\n\r\n", b"\x0b", b"\xef\xbb\xbf \n"])
def test_what_stands_before_msh_does_not_matter_while_it_is_blank(
    site: None, before: bytes
) -> None:
    framed = before + message(case("C"), control_id="1", at=now(), sender=SENDER) + b"\x1c\r"
    answer = ack(receive_message(report(body=encoded(framed)), CONTEXT))
    assert "MSA|AA|" in answer


def test_a_line_before_msh_is_acknowledged_with_its_fault(site: None) -> None:
    raw = b"PID|1\r" + message(case("C"), control_id="1", at=now(), sender=SENDER)
    answer = ack(receive_message(report(body=encoded(raw)), CONTEXT))
    assert "MSA|AE|1" in answer
    assert "not_a_segment" in answer


def test_every_request_that_is_refused_has_a_record_of_its_own(site: None) -> None:
    for number in (1, 2, 2):
        refused = report(body=encoded(b"hello"))
        refused["requestContext"]["requestId"] = f"request-{number}"
        assert receive_message(refused, CONTEXT)["statusCode"] == 400
    assert audited() == [("message.refused", "not_hl7")] * 2


def test_a_refusal_that_cannot_be_recorded_is_not_given(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StorageUnavailable("s3 put: SlowDown")

    monkeypatch.setattr(S3Audit, "record", down)
    reply = receive_message(report(body=encoded(b"hello")), CONTEXT)
    assert (reply["statusCode"], json.loads(body_of(reply))["code"]) == (503, "storage_unavailable")


def test_a_foreign_certificate_finds_nothing(site: None) -> None:
    foreign = report()
    foreign["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert receive_message(foreign, CONTEXT)["statusCode"] == 404
    other = report(pathParameters={"tenant": "other"})
    assert receive_message(other, CONTEXT)["statusCode"] == 404


def test_an_operator_s_program_sends_nothing(site: None) -> None:
    asked = called_by("receive_message/report", WATCHER, "operating")
    assert receive_message(asked, CONTEXT)["statusCode"] == 404


def test_a_control_id_used_twice_is_counted(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.accept()
    raw = message(CASE, control_id="1", at=now(), sender=SENDER).replace(b"IPP101", b"IPP102")
    other = event("receive_message/report", body=base64.b64encode(raw).decode())
    reply = receive_message({**other, "isBase64Encoded": True}, CONTEXT)
    assert b"MSA|AE|1" in base64.b64decode(reply["body"])
    said = capsys.readouterr().out
    assert '"ControlIdReused": 1' in said
    assert '"RefusedMessages": 1' in said
    assert ("message.refused", "control_id_reused") in audited()


AGENT = "CN=salle-serveur-1,O=Ambroise,C=FR"
ACCEPTED = {"Accepted-At": ["2026-11-30T05:40:00Z"]}


def by_agent(raw: bytes, headers: dict[str, list[str]], caller: str = "agent") -> dict[str, Any]:
    """A message of the site's agent, whose certificate is no sender's."""
    issuer = tenant_facts()["senders"][0]["certificate_issuer"]
    agents = [{"name": "one", "certificate_subject": AGENT, "certificate_issuer": issuer}]
    link = {name: value for name, value in tenant_facts().items() if name != "pacs_url"}
    put_tenant({**link, "link": "agent", "agents": agents})
    facts = called_by("receive_message/report", AGENT, caller)
    facts["multiValueHeaders"] |= headers
    return {**facts, "body": encoded(raw), "isBase64Encoded": True}


def test_a_message_that_the_site_has_acknowledged_is_never_refused(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER)
    reply = receive_message(by_agent(raw, ACCEPTED), CONTEXT)
    assert "MSA|AA|1" in ack(reply)
    message_id = reply["headers"]["Publication-Id"]
    assert message_id.startswith("accepted-")
    keys_ = [o["Key"] for o in clients.s3().list_objects_v2(Bucket="inbox")["Contents"]]
    assert [key.split("/")[1] for key in keys_] == ["acks", "claims", "messages"]
    (record,) = audit_records()
    assert record["for_agent"] == AGENT
    assert record["for_accepted_at"] == "2026-11-30T05:40:00+00:00"


def test_without_its_word_an_agents_message_is_refused_as_any_other(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER)
    answer = ack(receive_message(by_agent(raw, {}), CONTEXT))
    assert "undeclared_sender" in answer
    assert audited() == [("message.refused", "undeclared_sender")]


@pytest.mark.parametrize("times", [["soon"], ["2026-11-30T05:40:00Z"] * 2])
def test_an_ill_formed_time_is_refused_by_the_name_of_its_header(
    site: None, times: list[str]
) -> None:
    reply = receive_message(by_agent(b"MSH", {"Accepted-At": times}), CONTEXT)
    assert reply["statusCode"] == 400
    assert json.loads(body_of(reply))["field"] == "Accepted-At"


def test_another_kind_of_program_brings_no_message(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER)
    reply = receive_message(by_agent(raw, ACCEPTED, caller="operating"), CONTEXT)
    assert reply["statusCode"] == 404
