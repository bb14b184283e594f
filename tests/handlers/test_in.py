"""Functions of the ``in`` host: reports, operations, and permitted callers."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.act_on_operations.handler import handler as act_on_operations
from functions.authorize_sender.handler import handler as authorize_sender
from functions.aws import clients
from functions.aws.audit import S3Audit
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.read_operations.handler import handler as read_operations
from functions.receive_message.handler import handler as receive_message
from simulators.pki import CLIENT, Authority
from simulators.ris.messages import message
from tests.fakes.world import SENDER, SUBJECT, case, keys
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, now, stores


def body_of(reply: dict[str, Any]) -> bytes:
    assert reply["isBase64Encoded"] is True
    return base64.b64decode(reply["body"])


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
    assert "MSA|AR|1" in answer
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
    "a segment before MSH": (encoded(f"PID|||{CANARY}\rMSH|^~\\&|A|B\r".encode()), 400, "not_hl7"),
    "too large": (encoded(b"M" * (MAX_DIRECT_BYTES + 1)), 413, "too_large"),
    "far too large": (encoded(b"M" * (MAX_DIRECT_BYTES + 1000)), 413, "too_large"),
    "not base64": (f"!{CANARY}!", 400, "bad_request"),
}


@pytest.mark.parametrize("name", HEADLESS)
def test_what_has_no_header_is_a_problem_and_leaves_one_record_of_who_and_why(
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


def certificate(subject: str = SUBJECT, *, authority: Authority | None = None, **more: Any) -> str:
    issuer = authority or keys().authority
    return issuer.issue(subject, CLIENT, now() - timedelta(minutes=1), **more).certificate_pem


def asked(pem: str | None, tenant: str = "demo") -> dict[str, Any]:
    facts = event("authorize_sender/request", pathParameters={"tenant": tenant})
    if pem is not None:
        facts["requestContext"]["identity"]["clientCert"] = {"clientCertPem": pem}
    return facts


def test_a_declared_certificate_is_bound_to_its_tenant(site: None) -> None:
    policy = authorize_sender(asked(certificate()), CONTEXT)
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"].endswith("/POST/v1/tenants/demo/hl7v2")
    assert policy["context"] == {"caller": "bound", "tenant": "demo", "subject": SUBJECT}


@pytest.mark.parametrize(
    ("subject", "tenant"), [("CN=other.example,C=FR", "demo"), (SUBJECT, "nobody")]
)
def test_any_other_certificate_is_foreign(site: None, subject: str, tenant: str) -> None:
    policy = authorize_sender(asked(certificate(subject), tenant), CONTEXT)
    assert policy["context"] == {"caller": "foreign"}
    refused = [("program.refused", "undeclared_certificate")] if tenant == "demo" else []
    assert audited() == refused


@pytest.mark.parametrize("pem", [None, "", "not a certificate", "ended"])
def test_without_a_valid_certificate_nobody_enters(site: None, pem: str | None) -> None:
    if pem == "ended":
        pem = (
            keys()
            .authority.issue(SUBJECT, CLIENT, now() - timedelta(days=9), life=timedelta(days=1))
            .certificate_pem
        )
    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        authorize_sender(asked(pem), CONTEXT)


def test_a_fault_of_ours_says_nothing_of_the_caller(
    site: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("279035121518989")

    monkeypatch.setattr("functions.aws.tenants.find", broken)
    with pytest.raises(InternalFailure, match=r"^KeyError$") as raised:
        authorize_sender(asked(certificate()), CONTEXT)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "279035121518989" not in capsys.readouterr().out


def hold(message_id: str = "m1") -> None:
    stores().messages.open(
        MessageEntry(
            message_id,
            now(),
            0,
            "",
            {Uid("1.2.3"): StudyOutcome(Outcome.HELD, "study_not_found", now())},
        )
    )


def test_what_is_held_is_listed_with_its_reason_in_words(site: None) -> None:
    hold()
    reply = read_operations(event("read_operations/publications"), CONTEXT)
    assert reply["statusCode"] == 200
    (publication,) = json.loads(body_of(reply))["publications"]
    assert publication["id"] == "m1"
    assert publication["studies"][0]["reason"] == "study_not_found"
    assert "PACS" in publication["studies"][0]["words"]["fr"]
    assert audited() == [("publications.listed", "held")]


@pytest.mark.parametrize("query", [{"state": "secret"}, {"after": "forged"}])
def test_a_listing_of_what_does_not_exist_is_a_problem(site: None, query: dict[str, str]) -> None:
    wrong = event("read_operations/publications", queryStringParameters=query)
    assert read_operations(wrong, CONTEXT)["statusCode"] == 400


def test_a_held_publication_is_replayed(site: None) -> None:
    hold()
    reply = act_on_operations(event("act_on_operations/replay"), CONTEXT)
    assert reply["statusCode"] == 202
    assert json.loads(body_of(reply)) == {"id": "m1", "replay": 1}
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    assert json.loads(sent["Body"])["replay"] == 1
    assert audited() == [("publication.replayed", "queued")]


def test_an_unknown_publication_is_absent(site: None) -> None:
    assert act_on_operations(event("act_on_operations/replay"), CONTEXT)["statusCode"] == 404


def called_by(name: str, subject: str, caller: str) -> dict[str, Any]:
    """An event of another program's than the sample's."""
    facts = event(name)
    facts["requestContext"]["authorizer"] |= {"caller": caller, "subject": subject}
    return facts


def test_an_operator_does_what_the_tenant_permits_and_no_more(site: None) -> None:
    hold()
    seen = called_by("read_operations/publications", WATCHER, "operating")
    assert read_operations(seen, CONTEXT)["statusCode"] == 200
    asked = called_by("act_on_operations/replay", WATCHER, "operating")
    assert act_on_operations(asked, CONTEXT)["statusCode"] == 403
    (refused,) = [one for one in audit_records() if one["event"] == "operation.refused"]
    assert refused["result"] == "not_permitted"
    assert (refused["who"], refused["for_permission"]) == (WATCHER, "replay")
    entry = stores().messages.get("m1")
    assert entry is not None
    assert entry.replays == 0


def test_a_sender_that_is_no_operator_sees_nothing(site: None) -> None:
    hold()
    other = "CN=other.ambroise.example,OU=1750803447,O=Ambroise,C=FR"
    asked = called_by("read_operations/publications", other, "bound")
    assert read_operations(asked, CONTEXT)["statusCode"] == 403
    assert audited() == [("operation.refused", "not_an_operator")]


def test_an_operator_s_program_sends_nothing(site: None) -> None:
    asked = called_by("receive_message/report", WATCHER, "operating")
    assert receive_message(asked, CONTEXT)["statusCode"] == 404


def test_an_operator_s_certificate_is_let_in_as_such(site: None) -> None:
    context = authorize_sender(asked(certificate(WATCHER)), CONTEXT)["context"]
    assert (context["caller"], context["subject"]) == ("operating", WATCHER)
