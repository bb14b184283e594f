"""The acknowledgement of a message that its sender has uploaded."""

from __future__ import annotations

import json

import pytest

from functions.aws import clients
from functions.read_upload.handler import handler as read_upload
from tests.handlers.conftest import CONTEXT, audited, event
from tests.handlers.upload_scenes import ask, content, put, raw, read


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


def test_another_message_under_its_control_id_is_counted(
    site: None, capsys: pytest.CaptureFixture[str]
) -> None:
    first = ask(raw())
    other, looked_at = (ask(raw().replace(b"IPP101", b"IPP102")) for _ in range(2))
    put(first, raw())
    assert b"MSA|AA|1" in content(read(first))
    put(other, raw().replace(b"IPP101", b"IPP102"))
    assert b"MSA|AE|1" in content(read(other))
    assert '"ControlIdReused": 1' in capsys.readouterr().out
    record = event("read_upload/look")["Records"][0]
    look = {**record, "body": json.dumps({"tenant": "demo", "upload_id": looked_at["upload"]})}
    put(looked_at, raw().replace(b"IPP101", b"IPP102"))
    read_upload({"Records": [look]}, CONTEXT)
    assert '"ControlIdReused": 1' in capsys.readouterr().out
