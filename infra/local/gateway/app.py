"""One REST API as an ASGI application: limits, authorizer, integration, refusals."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from typing import Any, Final
from urllib.parse import parse_qsl

from infra.local.gateway import authorizer as authorizers
from infra.local.gateway.authorizer import Verdict
from infra.local.gateway.event import (
    MAX_FUNCTION_BYTES,
    Answer,
    AnswerError,
    Asked,
    Caller,
    authorizer_event,
    function_answer,
    method_arn,
    request_event,
)
from infra.local.gateway.invoker import InvocationError, Invoked, Invoker
from infra.local.gateway.model import DEFAULT_TEMPLATE, Api, Route, render

MAX_REQUEST_BYTES: Final = 10_485_760  # API Gateway's payload limit, in bytes
SCOPE_CERTIFICATE: Final = "drimbox.client_certificate"
SCOPE_HEADERS: Final = "drimbox.headers"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# API Gateway's own answers: the status and message unless a GatewayResponse changes them. ("Gateway
# response types for API Gateway".)
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "BAD_REQUEST_BODY": (400, "Bad Request"),
    "INTEGRATION_FAILURE": (502, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "UNAUTHORIZED": (401, "Unauthorized"),
}


class _RefusedError(Exception):
    def __init__(self, kind: str, context: Mapping[str, str] | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.context = context or {}


class RestApi:
    """The ASGI application of one API. ``executor`` runs the calls of functions."""

    def __init__(self, api: Api, invoker: Invoker, executor: Executor) -> None:
        self._api = api
        self._invoker = invoker
        self._executor = executor

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise ValueError("only HTTP is served")
        request_id = str(uuid.uuid4())
        try:
            answer = await self._answer(await self._asked(request_id, scope, receive))
        except _RefusedError as refused:
            answer = self._refuse(request_id, refused, _accept(scope))
        headers = [
            *answer.headers,
            ("Content-Length", str(len(answer.body))),
            ("x-amzn-RequestId", request_id),
        ]
        raw = [(name.encode("latin-1"), _header_bytes(value)) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _asked(self, request_id: str, scope: Message, receive: Receive) -> Asked:
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope.get(SCOPE_HEADERS) or scope["headers"]
        ]
        source = str(scope["client"][0])
        agents = [value for name, value in headers if name.lower() == "user-agent"]
        forwarded = [
            ("X-Forwarded-For", source),
            ("X-Forwarded-Port", str(scope["server"][1])),
            ("X-Forwarded-Proto", "https"),
            ("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"),
        ]
        own = {name.lower() for name, _ in forwarded}
        return Asked(
            request_id=request_id,
            method=scope["method"],
            raw_path=scope["raw_path"].decode("latin-1").partition("?")[0],
            raw_query=scope["query_string"].decode("latin-1"),
            headers=[*((n, v) for n, v in headers if n.lower() not in own), *forwarded],
            body=await self._body(receive),
            caller=Caller(source, agents[-1] if agents else None, scope.get(SCOPE_CERTIFICATE)),
            time=time.time(),
        )

    @staticmethod
    async def _body(receive: Receive) -> bytes:
        content = bytearray()
        while True:
            message = await receive()
            content += message.get("body", b"")
            if len(content) > MAX_REQUEST_BYTES:
                raise _RefusedError("REQUEST_TOO_LARGE")
            if not message.get("more_body", False):
                return bytes(content)

    async def _answer(self, asked: Asked) -> Answer:
        found = self._api.find(asked.method, asked.raw_path)
        if found is None:
            raise _RefusedError("MISSING_AUTHENTICATION_TOKEN")
        route, parameters = found
        context: Mapping[str, str] | None = None
        if route.authorizer is not None:
            verdict = await self._authorize(route, asked, parameters)
            if verdict.refusal is not None:
                raise _RefusedError(verdict.refusal, verdict.context)
            context = verdict.context
        event = json.dumps(request_event(self._api, route, asked, parameters, context)).encode()
        if len(event) > MAX_FUNCTION_BYTES:
            raise _RefusedError("REQUEST_TOO_LARGE")
        invoked = await self._invoke(route.function, event, route.timeout_seconds)
        if invoked.failed:
            raise _RefusedError("INTEGRATION_FAILURE")
        try:
            return function_answer(invoked.payload, self._api, asked.header("Accept"))
        except AnswerError:
            raise _RefusedError("INTEGRATION_FAILURE") from None

    async def _authorize(
        self, route: Route, asked: Asked, parameters: Mapping[str, str]
    ) -> Verdict:
        assert route.authorizer is not None  # noqa: S101 - narrowed by the caller
        query = dict(parse_qsl(asked.raw_query, keep_blank_values=True))
        if not authorizers.identity_is_complete(route.authorizer, asked, query):
            return authorizers.UNAUTHORIZED
        event = json.dumps(authorizer_event(self._api, route, asked, parameters)).encode()
        try:
            invoked = await self._invoke(route.authorizer.function, event, route.timeout_seconds)
        except _RefusedError:
            return authorizers.FAILURE
        if invoked.failed:
            return authorizers.read_failure(invoked.payload)
        arn = method_arn(self._api, asked.method, asked.raw_path)
        return authorizers.read_answer(invoked.payload, arn)

    async def _invoke(self, function: str, event: bytes, seconds: float) -> Invoked:
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._executor, self._invoker.invoke, function, event)
        try:
            return await asyncio.wait_for(call, seconds)
        except TimeoutError:
            raise _RefusedError("INTEGRATION_TIMEOUT") from None
        except InvocationError:
            raise _RefusedError("INTEGRATION_FAILURE") from None

    def _refuse(self, request_id: str, refused: _RefusedError, accept: str | None) -> Answer:
        """The gateway response of the template, or API Gateway's own."""
        status, message = REFUSALS[refused.kind]
        default = self._api.refusals.get("DEFAULT_4XX" if status < 500 else "DEFAULT_5XX")
        refusal = self._api.refusals.get(refused.kind, default)
        context = {
            "requestId": request_id,
            "extendedRequestId": request_id,
            "error.message": message,
            "error.messageString": json.dumps(message),
            "error.responseType": refused.kind,
            **{f"authorizer.{name}": value for name, value in refused.context.items()},
        }
        kind, template = DEFAULT_TEMPLATE, '{"message":$context.error.messageString}'
        headers: dict[str, str] = {}
        if refusal is not None:
            status = refusal.status or status
            kind, template = refusal.template(accept) or (kind, template)
            headers = {
                name: render(value, context, self._api.stage_variables)
                for name, value in refusal.headers.items()
            }
        if "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = kind
        headers["x-amzn-ErrorType"] = refused.kind
        body = render(template, context, self._api.stage_variables)
        return Answer(status, list(headers.items()), body.encode())


def _accept(scope: Message) -> str | None:
    """The first Accept header of a request whose body may not have been read."""
    found = (value for name, value in scope["headers"] if name.lower() == b"accept")
    first = next(found, None)
    return None if first is None else str(first.decode("latin-1"))


def _header_bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")
