"""An upload is looked at when its sender does not ask."""

from __future__ import annotations

import json

from functions.aws import clients
from functions.read_upload.handler import handler as read_upload
from tests.fakes.aws import put_tenant, tenant_facts
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, audited, event
from tests.handlers.upload_scenes import ask, content, put, raw, read


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


def test_a_refusal_rings_where_the_site_wants_to_be_told(site: None) -> None:
    put_tenant({**tenant_facts(), "webhook_url": "https://ris.example/news"})
    wrong = raw().replace(b"VALI", b"PROV")
    answer = ask(wrong)
    put(answer, wrong)
    record = event("read_upload/look")["Records"][0]
    look = {**record, "body": json.dumps({"tenant": "demo", "upload_id": answer["upload"]})}
    assert read_upload({"Records": [look]}, CONTEXT) == {"batchItemFailures": []}
    rung = clients.sqs().receive_message(QueueUrl=ENVIRONMENT["NEWS_QUEUE_URL"])["Messages"]
    assert [json.loads(one["Body"])["tenant"] for one in rung] == ["demo"]
