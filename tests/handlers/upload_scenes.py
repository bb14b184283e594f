"""Uploads, for the tests of several Lambdas."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from functions.acknowledge_upload.handler import handler as acknowledge_upload
from functions.aws import clients
from functions.request_upload.handler import handler as request_upload
from simulators.ris.messages import message
from tests.fakes.world import SENDER
from tests.handlers.conftest import CONTEXT, event, now
from tests.handlers.journey import CASE


def raw(pdf_size: int = 0) -> bytes:
    return message(CASE, control_id="1", at=now(), sender=SENDER, pdf_size=pdf_size)


def content(reply: dict[str, Any]) -> bytes:
    return base64.b64decode(reply["body"])


def ask(data: bytes, **more: Any) -> dict[str, Any]:
    announced = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}
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
