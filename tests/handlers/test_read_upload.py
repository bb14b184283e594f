"""An upload is looked at when its sender does not ask."""

from __future__ import annotations

import json

from functions.read_upload.handler import handler as read_upload
from tests.handlers.conftest import CONTEXT, audited, event
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
