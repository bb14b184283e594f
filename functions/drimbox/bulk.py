"""HTTP/1.1 over TLS for answers of many megabytes: a transport of httpx whose bodies cost little.

A body of a known length goes from the socket to the reader in large pieces, past the layers of an
HTTP client, which turn each piece around several times. Heads, and bodies without a length, are
read by h11, strictly, as httpx reads them (RFC 9112).
"""

from __future__ import annotations

import select
import socket
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import h11
import httpx

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

# The most bytes of one piece.
PIECE: Final = 256 * 1024
# Of the head of an answer, or of the line before a chunk; and of one look at a head.
_MOST_HEAD: Final = 100 * 1024
_LOOK: Final = 64 * 1024
_PORT: Final = 443
_NAME: Final = "sni_hostname"
_CUT: Final = "the answer ends before its announced length"
# A server may say one thing or the other before it answers (RFC 9110 15.2), not for ever.
_MOST_INTERIM: Final = 8


@frozen
class _Origin:
    """The address that is connected to, and the name that its certificate must have."""

    host: str
    port: int
    name: str


class BulkTransport(httpx.BaseTransport):
    """TLS by ``context``; a connection whose answer was read to its end is kept for the next
    request of the same origin.

    The times of a request are those of its extension "timeout". Raises the errors of httpx's own
    transport.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        # Threads share it: one operation at a time on a list is safe.
        self._idle: dict[_Origin, list[socket.socket]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        if request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("https alone", request=request)
        times: Mapping[str, Any] = request.extensions.get("timeout", {})
        origin = _origin(request)
        connection = self._kept(origin) or self._connect(origin, times.get("connect"))
        exchange = _Exchange(connection, times.get("read"))
        try:
            exchange.send(request, times.get("write"))
            head = exchange.head()
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(exchange, _length(head), partial(self._keep, origin, connection)),
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
            },
        )

    def close(self) -> None:
        """End the connections that nobody uses."""
        for kept in self._idle.values():
            while kept:
                kept.pop().close()

    def _keep(self, origin: _Origin, connection: socket.socket) -> None:
        self._idle.setdefault(origin, []).append(connection)

    def _kept(self, origin: _Origin) -> socket.socket | None:
        """A connection that its host has not closed meanwhile, if there is one."""
        kept = self._idle.get(origin, [])
        while kept:
            connection = kept.pop()
            # No request is under way: readable data means the end.
            if not select.select([connection], [], [], 0)[0]:
                return connection
            connection.close()
        return None

    def _connect(self, origin: _Origin, seconds: float | None) -> socket.socket:
        with _told(httpx.ConnectTimeout, httpx.ConnectError):
            plain = socket.create_connection((origin.host, origin.port), seconds)
            try:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._context.wrap_socket(plain, server_hostname=origin.name)
            except BaseException:
                plain.close()
                raise


def _origin(request: httpx.Request) -> _Origin:
    host = request.url.host
    return _Origin(host, request.url.port or _PORT, request.extensions.get(_NAME, host))


@contextmanager
def _told(late: type[httpx.TimeoutException], failed: type[httpx.TransportError]) -> Iterator[None]:
    """The errors of one phase by httpx's names."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error


class _Exchange:
    """One request and its answer over ``connection``; a read may take ``seconds``, None: for
    ever."""

    def __init__(self, connection: socket.socket, seconds: float | None) -> None:
        self._connection = connection
        self._seconds = seconds
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)

    def send(self, request: httpx.Request, seconds: float | None) -> None:
        """Send the request, whole."""
        body = cast(httpx.SyncByteStream, request.stream)
        with _told(httpx.WriteTimeout, httpx.WriteError):
            events: list[h11.Event] = [
                h11.Request(
                    method=request.method, target=request.url.raw_path, headers=request.headers.raw
                ),
                *(h11.Data(data=one) for one in body),
                h11.EndOfMessage(),
            ]
            data = b"".join(self._state.send(one) or b"" for one in events)
            self._connection.settimeout(seconds)
            self._connection.sendall(data)

    def head(self) -> h11.Response:
        """The head of the answer; interim answers before it are passed over."""
        for _ in range(_MOST_INTERIM):
            event = self._event(_LOOK)
            if isinstance(event, h11.Response):
                return event
        raise httpx.RemoteProtocolError("the server does not come to its answer")

    def measured(self, length: int) -> Iterator[bytes]:
        """A body of that length. The bytes behind the head are its beginning."""
        came, _ = self._state.trailing_data
        if came:
            yield came[:length]
        left = length - len(came)
        while left > 0:
            with _told(httpx.ReadTimeout, httpx.ReadError):
                self._connection.settimeout(self._seconds)
                piece = self._connection.recv(min(left, PIECE))
            if not piece:
                raise httpx.RemoteProtocolError(_CUT)
            left -= len(piece)
            yield piece

    def framed(self) -> Iterator[bytes]:
        """A body in chunks, or to the end of the connection, or none."""
        while isinstance(event := self._event(PIECE), h11.Data):
            yield bytes(event.data)

    def is_free(self, length: int | None) -> bool:
        """Whether the connection may be used again once a body of that length was read, None for
        one that h11 has read."""
        came, _ = self._state.trailing_data
        # Bytes behind the body belong to nothing that was asked for.
        ended = self._state.their_state is h11.DONE if length is None else len(came) <= length
        return ended and self._state.our_state is h11.DONE

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _event(self, most: int) -> Any:
        """The next event of h11, by reads of at most so many bytes."""
        with _told(httpx.ReadTimeout, httpx.ReadError):
            while (event := self._state.next_event()) is h11.NEED_DATA:
                self._connection.settimeout(self._seconds)
                self._state.receive_data(self._connection.recv(most))
            return event


class _Body(httpx.SyncByteStream):
    """The body of an answer: of that ``length``, or of the one that h11 finds. ``keep`` the
    connection where it is free behind the last byte."""

    def __init__(self, exchange: _Exchange, length: int | None, keep: Callable[[], None]) -> None:
        self._exchange = exchange
        self._length = length
        self._keep = keep
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        if self._length is None:
            yield from self._exchange.framed()
        else:
            yield from self._exchange.measured(self._length)
        self._is_whole = True

    def close(self) -> None:
        """See httpx."""
        if self._is_whole and self._exchange.is_free(self._length):
            self._keep()
        else:
            self._exchange.close()


def _length(head: h11.Response) -> int | None:
    """The length of the body, None where h11 must find its end. h11 lets one length alone pass."""
    names = dict(head.headers)
    if b"transfer-encoding" in names or head.status_code in {204, 304}:
        return None
    length = names.get(b"content-length")
    return None if length is None else int(length)
