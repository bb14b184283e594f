"""The address for a message that is too large to send."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

from functions.aws import clients
from functions.request_upload.handler import handler as request_upload
from infra.examples import examples
from tests.handlers.conftest import CONTEXT, audited, event
from tests.handlers.upload_scenes import ask, content, put, raw, read
from tests.infra.schema_scenes import require


def test_the_address_takes_that_message_alone(site: None) -> None:
    data = raw()
    answer = ask(data)
    require("Upload", answer)
    shown = examples("Upload")["message"]["value"]
    assert set(shown) == set(answer)
    assert set(shown["headers"]) == set(answer["headers"])
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


def test_a_refusal_leaves_a_record(site: None) -> None:
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
