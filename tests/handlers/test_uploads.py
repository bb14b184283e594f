"""Functions of the large messages: the signed address, the upload, its acknowledgement."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.acknowledge_upload.handler import handler as acknowledge_upload
from functions.aws import clients
from functions.read_upload.handler import handler as read_upload
from functions.request_upload.handler import handler as request_upload
from simulators.ris.messages import message
from tests.fakes.world import SENDER
from tests.handlers.conftest import CONTEXT, audited, event, now
from tests.handlers.journey import CASE


def raw(pdf_size: int = 0) -> bytes:
    return message(CASE, control_id="1", at=now(), sender=SENDER, pdf_size=pdf_size)


def content(reply: dict[str, Any]) -> bytes:
    return base64.b64decode(reply["body"])


def ask(data: bytes) -> dict[str, Any]:
    announced = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    reply = request_upload(event("request_upload/ask", body=json.dumps(announced)), CONTEXT)
    assert reply["statusCode"] == 201
    answer: dict[str, Any] = json.loads(content(reply))
    return answer


def put(answer: dict[str, Any], data: bytes) -> None:
    """S3's effect once it has checked the signature."""
    clients.s3().put_object(
        Bucket="uploads", Key=urlsplit(answer["url"]).path.lstrip("/"), Body=data
    )


def read(answer: dict[str, Any]) -> dict[str, Any]:
    names = {"tenant": "demo", "upload": answer["upload"]}
    return acknowledge_upload(event("acknowledge_upload/read", pathParameters=names), CONTEXT)


def test_the_address_takes_that_message_alone(site: None) -> None:
    data = raw()
    answer = ask(data)
    url = urlsplit(answer["url"])
    assert url.netloc == "uploads.s3.eu-west-3.amazonaws.com"
    assert url.path == f"/demo/uploads/{answer['upload']}"
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["600"]
    signed = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert {name.lower() for name in answer["headers"]} | {"host"} == signed
    assert answer["headers"]["Content-Length"] == str(len(data))
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert answer["headers"]["x-amz-checksum-sha256"] == digest
    kms = answer["headers"]["x-amz-server-side-encryption-aws-kms-key-id"]
    assert kms == "alias/drimbox/tenants/demo"
    assert answer["acknowledgement"] == f"/v1/tenants/demo/hl7v2/uploads/{answer['upload']}"
    url_of_the_queue = clients.sqs().get_queue_url(QueueName="uploads")["QueueUrl"]
    waiting = clients.sqs().get_queue_attributes(
        QueueUrl=url_of_the_queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]
    assert waiting == {"ApproximateNumberOfMessagesDelayed": "1"}


def test_a_large_message_is_acknowledged_once_it_is_there(site: None) -> None:
    data = raw(pdf_size=9 * 1024 * 1024)
    answer = ask(data)
    awaited = read(answer)
    assert (awaited["statusCode"], awaited["headers"]["Retry-After"]) == (202, "2")
    put(answer, data)
    first = read(answer)
    assert (first["statusCode"], first["headers"]["Content-Type"]) == (200, "application/hl7-v2")
    assert b"MSA|AA|1" in content(first)
    assert content(read(answer)) == content(first)
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    assert len(clients.sqs().receive_message(QueueUrl=url)["Messages"]) == 1
    assert audited() == [("message.received", "accepted"), ("upload.requested", "accepted")]


def test_it_is_looked_at_when_nobody_asks(site: None) -> None:
    answer = ask(raw())
    record = event("read_upload/look")["Records"][0]
    look = {**record, "body": json.dumps({"tenant": "demo", "upload_id": answer["upload"]})}
    gone = {**record, "body": json.dumps({"tenant": "nobody", "upload_id": answer["upload"]})}
    assert read_upload({"Records": [look, gone]}, CONTEXT) == {"batchItemFailures": []}
    assert audited() == [("upload.requested", "accepted")]
    put(answer, raw())
    assert read_upload({"Records": [look]}, CONTEXT) == {"batchItemFailures": []}
    assert ("message.received", "accepted") in audited()
    assert b"MSA|AA|1" in content(read(answer))


def test_another_message_under_its_control_id_is_counted(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    first, other = ask(raw()), ask(raw().replace(b"IPP101", b"IPP102"))
    put(first, raw())
    assert b"MSA|AA|1" in content(read(first))
    put(other, raw().replace(b"IPP101", b"IPP102"))
    assert b"MSA|AR|1" in content(read(other))
    assert '"ControlIdReused": 1' in capsys.readouterr().out
    record = event("read_upload/look")["Records"][0]
    look = {**record, "body": json.dumps({"tenant": "demo", "upload_id": other["upload"]})}
    read_upload({"Records": [look]}, CONTEXT)
    assert '"ControlIdReused": 1' in capsys.readouterr().out


def test_what_is_refused_leaves_a_record(site: None) -> None:
    reply = request_upload(event("request_upload/ask", body="{}"), CONTEXT)
    assert reply["statusCode"] == 400
    answer = ask(b"PDF")
    put(answer, b"PDF")
    reply = read(answer)
    assert (reply["statusCode"], json.loads(content(reply))["code"]) == (400, "not_hl7")
    assert read({"upload": "0" * 36})["statusCode"] == 404
    assert sorted(audited()) == [
        ("message.refused", "not_hl7"),
        ("upload.refused", "bad_request"),
        ("upload.requested", "accepted"),
    ]
