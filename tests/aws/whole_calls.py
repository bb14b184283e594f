"""Two clients of one service: botocore's own, and one with our shorter parts; they send to nobody.

Both have one clock, and must send the same.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.aws.short_calls import shorten

AT: Final = datetime(2026, 11, 30, 22, 10, 5, tzinfo=UTC)
# Of one call or attempt: no service needs them, and botocore does not sign them.
_OF_THE_CALL: Final = {"amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "expect"}


class Now:
    """Implements ``ports.Clock``."""

    def now(self) -> datetime:
        return AT


@dataclass
class Wire:
    """Implements ``http_session.Session``: keeps what is sent, and answers from ``answers``."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    sent: list[AWSPreparedRequest] = field(default_factory=list)

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent.append(request)
        status, headers, body = self.answers.pop(0) if self.answers else (200, {}, b"{}")
        return AWSResponse(request.url, status, headers, _Raw(body))  # type: ignore[arg-type]

    def close(self) -> None:
        """Nothing is open."""


class _Raw(io.BytesIO):
    def stream(self) -> list[bytes]:
        return [self.read()]


def clients(service: str, wire: Wire, **options: Any) -> tuple[Any, Any]:
    """botocore's own client, and the shorter one."""
    keys = {
        "region_name": "eu-west-3",
        "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key": "secret",
        "aws_session_token": "token",
    }
    s3 = {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}}
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 2},
        parameter_validation=False,
        **(s3 if service == "s3" else {}),  # type: ignore[arg-type]
    )
    found: list[Any] = [
        boto3.client(service, config=config, **{**keys, **options})  # type: ignore[call-overload]
        for _ in range(2)
    ]
    whole, short = found
    whole._endpoint.http_session = wire
    shorten(short, wire, Now())
    return whole, short


def request_of(sent: AWSPreparedRequest) -> tuple[Any, ...]:
    """The parts that a service sees."""
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in sent.headers.items()
    }
    body = sent.body
    if isinstance(body, io.BytesIO):
        body = body.getvalue()
    seen = {"host": urlsplit(sent.url).netloc}  # the session writes it
    seen |= {name: value for name, value in headers.items() if name not in _OF_THE_CALL}
    return sent.method, sent.url, seen, body or b"", bool(sent.stream_output)


def answer_of(call: Callable[..., Any], params: Mapping[str, Any]) -> Any:
    """The result, its body read, without botocore's words on the exchange; or the error."""
    try:
        found = dict(call(**params))
    except ClientError as error:
        found = {**error.response, "operation": error.operation_name, "type": type(error).__name__}
    found.pop("ResponseMetadata", None)
    if "Body" in found:
        found["Body"] = found["Body"].read()
    return found


def as_json(facts: object) -> bytes:
    """As a service writes it."""
    return json.dumps(facts).encode()
