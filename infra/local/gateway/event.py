"""Requests and answers in the format that API Gateway's Lambda proxy integration uses (1.0).

("Input format of a Lambda function for proxy integration"; "Output format …".)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from infra.local.gateway.model import Api, Route

MAX_FUNCTION_BYTES: Final = 6_291_556
# Headers of a function's answer that API Gateway renames, and those that it drops.
_REMAPPED: Final = frozenset(
    {"authorization", "connection", "content-md5", "date", "host", "server", "www-authenticate"}
)
_DROPPED: Final = frozenset({"content-length", "transfer-encoding", "trailer", "upgrade"})


class AnswerError(Exception):
    """The function's answer is not one of a proxy integration."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: the address, and the client certificate (PEM) where one was demanded."""

    source_ip: str
    user_agent: str | None
    certificate_pem: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Header names have the case in which they were sent; ``body`` is raw."""

    request_id: str
    method: str
    raw_path: str
    raw_query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    caller: Caller
    time: float  # seconds since 1970

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to the caller."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def request_event(
    api: Api,
    route: Route,
    asked: Asked,
    parameters: Mapping[str, str],
    authorizer: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The event of the integration; ``authorizer`` is the context that the authorizer gave."""
    event = _common(api, route, asked, parameters)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = dict(authorizer)
    binary = _is_binary(api.binary_types, asked.header("Content-Type") or "application/json")
    encoded = binary and bool(asked.body)
    body: str | None = None
    if encoded:
        body = base64.b64encode(asked.body).decode()
    elif asked.body:
        body = asked.body.decode("utf-8", errors="replace")
    return {**event, "body": body, "isBase64Encoded": encoded}


def authorizer_event(
    api: Api, route: Route, asked: Asked, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """The event of a REQUEST authorizer: the same request without its body."""
    arn = method_arn(api, asked.method, asked.raw_path)
    return {"type": "REQUEST", "methodArn": arn, **_common(api, route, asked, parameters)}


def method_arn(api: Api, method: str, raw_path: str) -> str:
    """The ARN of the method, which the authorizer's policy allows or denies."""
    return (
        f"arn:aws:execute-api:{api.region}:{api.account}:{api.api_id}/{api.stage}/{method}"
        f"/{raw_path.lstrip('/')}"
    )


def _common(api: Api, route: Route, asked: Asked, parameters: Mapping[str, str]) -> dict[str, Any]:
    query = parse_qsl(asked.raw_query, keep_blank_values=True)
    return {
        "resource": route.resource_path,
        "path": asked.raw_path,
        "httpMethod": asked.method,
        "headers": dict(asked.headers) or None,
        "multiValueHeaders": _gather(asked.headers) or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _gather(query) or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": dict(api.stage_variables) or None,
        "requestContext": _context(api, route, asked),
    }


def _context(api: Api, route: Route, asked: Asked) -> dict[str, Any]:
    identity: dict[str, Any] = {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "sourceIp": asked.caller.source_ip,
        "user": None,
        "userAgent": asked.caller.user_agent,
        "userArn": None,
    }
    if asked.caller.certificate_pem is not None:
        identity["clientCert"] = {"clientCertPem": asked.caller.certificate_pem}
    return {
        "accountId": api.account,
        "apiId": api.api_id,
        "domainName": asked.header("Host"),
        "domainPrefix": (asked.header("Host") or "").split(".")[0],
        "extendedRequestId": asked.request_id,
        "httpMethod": asked.method,
        "identity": identity,
        "path": asked.raw_path,
        "protocol": "HTTP/1.1",
        "requestId": asked.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(asked.time)),
        "requestTimeEpoch": int(asked.time * 1000),
        "resourceId": route.resource_id,
        "resourcePath": route.resource_path,
        "stage": api.stage,
    }


def _gather(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def function_answer(payload: bytes, api: Api, accept: str | None) -> Answer:
    """The caller's answer, from the function's result.

    Raises:
        AnswerError: it is not an object of the proxy format (API Gateway answers 502 then).
    """
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        raise AnswerError("not JSON") from None
    if not isinstance(answer, dict) or not _known_members(answer):
        raise AnswerError("not a proxy answer")
    headers = _answer_headers(answer)
    content_type = next((value for name, value in headers if name.lower() == "content-type"), None)
    if content_type is None:
        content_type = "application/json"
        headers.append(("Content-Type", content_type))
    return Answer(_status(answer), headers, _answer_body(answer, api, accept, content_type))


def _known_members(answer: Mapping[str, Any]) -> bool:
    allowed = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    return "statusCode" in answer and answer.keys() <= allowed


def _status(answer: Mapping[str, Any]) -> int:
    status = answer["statusCode"]
    if isinstance(status, str) and re.fullmatch(r"\d{3}", status, re.ASCII):
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise AnswerError("no status")
    return status


def _answer_headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    single = {} if answer.get("headers") is None else answer["headers"]
    multiple = {} if answer.get("multiValueHeaders") is None else answer["multiValueHeaders"]
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        raise AnswerError("headers are not an object")
    pairs: list[tuple[str, Any]] = []
    for name, values in multiple.items():
        if not isinstance(values, list):
            raise AnswerError("headers of several values are not lists")
        pairs.extend((name, value) for value in values)
    given = {name.lower() for name in multiple}
    pairs.extend((name, value) for name, value in single.items() if name.lower() not in given)
    headers: list[tuple[str, str]] = []
    for name, value in pairs:
        if not isinstance(value, str | int | float):
            raise AnswerError("a header is not text")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or re.search(r"[\r\n\0]", text):
            raise AnswerError("a header is malformed")
        if name.lower() in _REMAPPED:
            headers.append((f"x-amzn-Remapped-{name}", text))
        elif name.lower() not in _DROPPED:
            headers.append((name, text))
    return headers


def _answer_body(
    answer: Mapping[str, Any], api: Api, accept: str | None, content_type: str
) -> bytes:
    body = answer.get("body")
    encoded = answer.get("isBase64Encoded") or False
    if body is None:
        return b""
    if not isinstance(body, str) or not isinstance(encoded, bool):
        raise AnswerError("the body is not text")
    wanted = (accept or "").split(",")[0].split(";")[0].strip()
    binary = _is_binary(api.binary_types, wanted) or _is_binary(api.binary_types, content_type)
    if not encoded or not binary:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        raise AnswerError("the body is not base64") from None


def _is_binary(patterns: Sequence[str], media_type: str) -> bool:
    """Whether a media type is one of the API's binary ones; ``*/*`` is every type."""
    kind = media_type.split(";", maxsplit=1)[0].strip().lower()
    return any(
        pattern in {"*/*", kind}
        or (pattern.endswith("/*") and kind.startswith(pattern[:-1].lower()))
        for pattern in patterns
    )
