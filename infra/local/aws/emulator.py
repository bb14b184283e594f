"""moto in this process: the services' own rules, behind its WSGI application.

Import this module only after ``infra.local.aws.environment.prepare``: moto reads its account from
the environment when it is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from infra.local.aws.endpoint import json_error
from infra.local.aws.web import Body, Request, Response, WsgiAnswer, headers_of, wsgi_environment


class EmulatorError(Exception):
    """The emulator refused what the template asks for."""


class Emulator:
    """Calls moto as its HTTP server would."""

    def __init__(self, region: str) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self._region = region

    def forward(self, request: Request, body: bytes) -> Response:
        """Answer a request that came over the network (its signature was checked)."""
        answer = WsgiAnswer()
        try:
            chunks = self._application(wsgi_environment(request, body), answer.start_response)
            content = b"".join(cast(Iterable[bytes], chunks))
        except Exception as error:  # noqa: BLE001 - moto raises every kind on odd requests
            # The type only: the message may repeat the request.
            print(f"the emulator raised {type(error).__name__}", flush=True)
            return json_error(500, "InternalFailure", "The emulator failed")
        hop = {"connection", "transfer-encoding", "content-length", "date", "server"}
        headers = tuple(pair for pair in answer.headers if pair[0].lower() not in hop)
        return Response(answer.status, headers, content)

    def call(self, service: str, target: str, parameters: Mapping[str, Any] | str) -> Response:
        """Call an operation of a JSON service, e.g. ``DynamoDB_20120810.PutItem``."""
        text = parameters if isinstance(parameters, str) else json.dumps(parameters)
        body = text.encode()
        headers = headers_of(
            {
                "Host": "127.0.0.1",
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": target,
                "Authorization": (
                    "AWS4-HMAC-SHA256"
                    f" Credential=local/20000101/{self._region}/{service}/aws4_request,"
                    " SignedHeaders=host, Signature=local"
                ),
            }
        )
        return self.forward(Request("POST", "/", headers, Body(_EMPTY, 0)), body)

    def create(self, service: str, target: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """``call``, for an operation that has to succeed; the decoded answer.

        Raises:
            EmulatorError: it did not; the message names the operation and the error's type.
        """
        response = self.call(service, target, parameters)
        content = response.body if isinstance(response.body, bytes) else b""
        answer: dict[str, Any] = json.loads(content or b"{}")
        if response.status != 200:
            raise EmulatorError(f"{target}: {answer.get('__type')}: {answer.get('message')}")
        return answer


class _Empty:
    """A body without content."""

    def read(self, _size: int = -1, /) -> bytes:
        """Nothing."""
        return b""

    def readline(self, _size: int = -1, /) -> bytes:
        """Nothing."""
        return b""


_EMPTY: Final = _Empty()
