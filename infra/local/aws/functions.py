"""Lambda's Invoke operation ("Lambda API reference, Invoke")."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from infra.local.aws.endpoint import json_error
from infra.local.aws.web import Request, Response
from infra.local.functions.pool import FunctionPool, ThrottledError, UnknownFunctionError
from infra.local.functions.process import MAX_PAYLOAD_BYTES
from infra.local.template import TemplateError, function_name

MAX_EVENT_BYTES: Final = 1 << 20
ASYNC_RETRY_SECONDS: Final = (60.0, 120.0)
_INVOKE: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class FunctionService:
    """Answers Invoke for the functions of a pool."""

    def __init__(self, pool: FunctionPool, sleep: Callable[[float], None] = time.sleep) -> None:
        self._pool = pool
        self._sleep = sleep

    def __call__(self, request: Request, body: bytes) -> Response:
        """Answer one request; anything but Invoke is unknown here."""
        match = _INVOKE.fullmatch(request.raw_path)
        if match is None or request.method != "POST":
            return json_error(400, "UnknownOperationException", "Only Invoke is served here")
        try:
            name = function_name(unquote(match[1]))
        except TemplateError:
            name = ""
        if name not in self._pool:
            return json_error(404, "ResourceNotFoundException", "Function not found")
        asynchronous = request.header("X-Amz-Invocation-Type") == "Event"
        if len(body) > (MAX_EVENT_BYTES if asynchronous else MAX_PAYLOAD_BYTES):
            return json_error(413, "RequestTooLargeException", "The request is too large")
        payload = body or b"{}"
        if not _is_json(payload):
            return json_error(400, "InvalidRequestContentException", "Not JSON")
        if asynchronous:
            threading.Thread(target=self._later, args=(name, payload), daemon=True).start()
            return _answer(202, b"")
        return self._now(name, payload)

    def _now(self, name: str, payload: bytes) -> Response:
        try:
            outcome = self._pool.invoke(name, payload)
        except UnknownFunctionError:
            return json_error(404, "ResourceNotFoundException", "Function not found")
        except ThrottledError:
            return json_error(429, "TooManyRequestsException", "Rate Exceeded.")
        failed = (("X-Amz-Function-Error", "Unhandled"),) if outcome.failed else ()
        return _answer(200, outcome.payload, *failed)

    def _later(self, name: str, payload: bytes) -> None:
        """An asynchronous invocation: twice more when it fails."""
        for pause in (*ASYNC_RETRY_SECONDS, None):
            try:
                if not self._pool.invoke(name, payload).failed:
                    return
            except ThrottledError:
                pass
            if pause is not None:
                self._sleep(pause)


def _answer(status: int, payload: bytes, *headers: tuple[str, str]) -> Response:
    return Response(
        status,
        (
            ("Content-Type", "application/json"),
            ("x-amzn-RequestId", str(uuid.uuid4())),
            ("X-Amz-Executed-Version", "$LATEST"),
            *headers,
        ),
        payload,
    )


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return True
