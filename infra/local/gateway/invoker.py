"""Calls functions through the local endpoint, signed as every client's calls are."""

from __future__ import annotations

import http.client
import select
import socket
import threading
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.install import Install

# How long a call waits for an endpoint that is being restarted.
PATIENCE_SECONDS: Final = 10.0
MAX_IDLE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 0.2


class InvocationError(Exception):
    """The function could not be run: throttled, unknown, or the endpoint is gone."""


@dataclass(frozen=True, slots=True)
class Invoked:
    """The function's result, or its error when ``failed``."""

    payload: bytes
    failed: bool


class Invoker:
    """Thread-safe; one connection a thread."""

    def __init__(self, install: Install, endpoint: str, region: str, timeout: float) -> None:
        url = urlsplit(endpoint)
        self._address = (url.hostname or "", url.port or 80)
        self._endpoint = endpoint
        self._credentials = Credentials(install.access_key_id, install.secret_access_key)
        self._region = region
        self._timeout = timeout
        self._local = threading.local()

    def invoke(self, function: str, payload: bytes) -> Invoked:
        """Run ``function`` on ``payload`` (JSON) and wait for it.

        Raises:
            InvocationError: it did not run, or its answer was lost.
        """
        path = f"/2015-03-31/functions/{function}/invocations"
        signed = AWSRequest("POST", f"{self._endpoint}{path}", data=payload)
        SigV4Auth(self._credentials, "lambda", self._region).add_auth(signed)
        connection = self._connection()
        try:
            connection.request("POST", path, payload, dict(signed.headers.items()))
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise InvocationError("the endpoint did not answer") from error
        self._local.used = time.monotonic()
        if response.status != 200:
            raise InvocationError(f"the function was not run: {response.status}")
        return Invoked(content, failed=response.headers.get("X-Amz-Function-Error") is not None)

    def _is_stale(self, opened: socket.socket) -> bool:
        """Whether the other side ended an idle connection, or is about to."""
        readable, _, _ = select.select([opened], [], [], 0)
        return bool(readable) or time.monotonic() - self._local.used > MAX_IDLE_SECONDS

    def _connection(self) -> http.client.HTTPConnection:
        """An open connection; waits for an endpoint that does not listen yet."""
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(*self._address, timeout=self._timeout)
            self._local.connection = connection
        if connection.sock and self._is_stale(connection.sock):
            connection.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while connection.sock is None:
            try:
                connection.connect()
            except ConnectionRefusedError as error:
                if time.monotonic() > deadline:
                    raise InvocationError("the endpoint does not listen") from error
                time.sleep(_PAUSE_SECONDS)
        return connection
