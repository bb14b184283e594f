"""The connections below botocore: kept per process and host, with one TLS context (decision 0042).

botocore serializes, signs, retries and parses as ever. Its own session still carries bodies that
are large or not in memory.
"""

from __future__ import annotations

import io
import select
import ssl
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from botocore.httpsession import where

from functions.aws.http_exchange import exchange
from functions.drimbox.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# One write of the socket has the whole read timeout: botocore sends a larger body in pieces.
_MOST_BYTES: Final = 1 << 20
_MOST_IDLE: Final = 16


class Session(Protocol):
    """The session with which botocore's endpoints send."""

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """The answer, or one of botocore's HTTPClientError."""
        ...

    def close(self) -> None:
        """End the connections that nobody uses."""
        ...


class HttpSession:
    """Implements ``Session``. ``connect`` and ``read`` are time limits in seconds."""

    def __init__(self, larger: Session, *, connect: float, read: float) -> None:
        self._larger = larger
        self._connect_seconds = connect
        self._read_seconds = read
        # Threads share it: one operation at a time on a list is safe.
        self._idle: dict[str, list[HTTPConnection]] = {}

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """One exchange; failures are those of botocore's own session."""
        body = _small(request.body)
        if body is None:
            return self._larger.send(request)
        url = urlsplit(request.url)
        origin = f"{url.scheme}://{url.netloc}"
        connection = self._kept(origin) or self._connect(url.scheme, url.netloc, request.url)
        try:
            target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
            headers = _headers(request, url.netloc)
            answer = exchange(connection, request.method, target, headers, body)
            content = _Body(answer, connection, lambda: self._keep(origin, connection), request.url)
            response = AWSResponse(request.url, answer.status, cast(Any, {}), content)
            response.headers = cast(Any, answer.headers)
            if not request.stream_output or answer.status >= 300:
                _ = response.content  # read now: a failure here is tried again
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (HTTPException, OSError) as error:
            connection.close()
            raise ConnectionClosedError(
                error=error, request=request, endpoint_url=request.url
            ) from error
        return response

    def close(self) -> None:
        """End the connections that nobody uses."""
        for origin in tuple(self._idle):
            while connection := self._taken(origin):
                connection.close()
        self._larger.close()

    def _kept(self, origin: str) -> HTTPConnection | None:
        """A connection that its host has not closed meanwhile, if there is one."""
        while connection := self._taken(origin):
            # No request is under way: readable data means the end.
            ended, _, _ = select.select([connection.sock], [], [], 0)
            if not ended:
                return connection
            connection.close()
        return None

    def _taken(self, origin: str) -> HTTPConnection | None:
        """The connection that was kept last; from now on it is the caller's alone."""
        try:
            return self._idle[origin].pop()
        except LookupError:
            return None

    def _connect(self, scheme: str, host: str, url: str) -> HTTPConnection:
        connection = (
            HTTPConnection(host, timeout=self._connect_seconds)
            if scheme == "http"
            else HTTPSConnection(host, timeout=self._connect_seconds, context=_context())
        )
        try:
            connection.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        connection.sock.settimeout(self._read_seconds)
        return connection

    def _keep(self, origin: str, connection: HTTPConnection) -> None:
        kept = self._idle.setdefault(origin, [])
        if connection.sock is None:
            return  # the host has ended it with its answer
        if len(kept) < _MOST_IDLE:
            kept.append(connection)
        else:
            connection.close()


class _Body:
    """An answer's body, as botocore reads it; its connection is free again at the end."""

    def __init__(
        self,
        answer: HTTPResponse,
        connection: HTTPConnection,
        keep: Callable[[], None],
        url: str,
    ) -> None:
        self._answer = answer
        self._connection = connection
        self._keep = keep
        self._url = url
        self._ended = False

    def stream(self) -> Iterator[bytes]:
        """All of it, for an answer that is kept in memory."""
        yield self._read(None)

    def read(self, amount: int | None = None) -> bytes:
        """The next bytes, for an answer that is streamed."""
        try:
            return self._read(amount)
        except TimeoutError as error:
            self.close()
            raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
        except (HTTPException, OSError) as error:
            self.close()
            raise ResponseStreamingError(error=error) from error

    def close(self) -> None:
        """Drop unread bytes with their connection."""
        if not self._ended:
            self._ended = True
            self._answer.close()
            self._connection.close()

    def _read(self, amount: int | None) -> bytes:
        data = self._answer.read(amount)
        if not self._ended and self._answer.isclosed():
            self._ended = True
            self._keep()
        return data


def _small(body: object) -> bytes | None:
    """The body if it is small and in memory, None otherwise."""
    if body is None:
        return b""
    if isinstance(body, io.BytesIO):
        body = body.getvalue()
    return body if isinstance(body, bytes) and len(body) <= _MOST_BYTES else None


def _headers(request: AWSPreparedRequest, host: str) -> Mapping[str, str | bytes]:
    """Those that leave: the host's name and the encoding too, where botocore has not written it."""
    # "Expect" is not signed, and a round trip for nothing: the body is small.
    sent = {name: value for name, value in request.headers.items() if name.lower() != "expect"}
    own = {"Host": host, "Accept-Encoding": "identity"}
    return {name: value for name, value in own.items() if name not in request.headers} | sent


@cache
def _context() -> ssl.SSLContext:
    """The public authorities that botocore trusts, read once per process."""
    return tls_context(Path(where()).read_text())
