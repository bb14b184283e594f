"""A small HTTP/1.1 server: one thread per connection, bodies as streams, files by sendfile.

The servers of the standard library cannot send a file without copying it through Python.
"""

from __future__ import annotations

import io
import os
import socketserver
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import IO, Final, Protocol
from urllib.parse import parse_qsl, unquote

CHUNK_BYTES: Final = 1 << 20
IDLE_SECONDS: Final = 60
MAX_DRAIN_BYTES: Final = 16 << 20
MAX_CHUNK_LINE_BYTES: Final = 4096


class BodyError(Exception):
    """The request's body is shorter than announced, or its framing is broken."""


class Readable(Protocol):
    """The source of a body."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...

    def readline(self, size: int = -1, /) -> bytes:
        """One line with its end, at most ``size`` bytes."""
        ...


@dataclass(slots=True)
class Body:
    """A request body of known length, or sent in HTTP chunks (``length`` is None)."""

    source: Readable
    length: int | None

    def blocks(self) -> Iterator[bytes]:
        """The body in blocks of at most 1 MiB.

        Raises:
            BodyError: it ends early or its framing is broken.
        """
        if self.length is None:
            yield from self._chunks()
            self.length = 0
            return
        while self.length > 0:
            block = self.source.read(min(self.length, CHUNK_BYTES))
            if not block:
                raise BodyError("the body is shorter than announced")
            self.length -= len(block)
            yield block

    def read(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            BodyError: as in ``blocks``, or it is longer than ``limit`` bytes.
        """
        content = bytearray()
        for block in self.blocks():
            content += block
            if len(content) > limit:
                raise BodyError("the body is too long")
        return bytes(content)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = self._chunk_size()
            if size == 0:
                break
            while size > 0:
                block = self.source.read(min(size, CHUNK_BYTES))
                if not block:
                    raise BodyError("the body ends inside a chunk")
                size -= len(block)
                yield block
            self.source.readline(MAX_CHUNK_LINE_BYTES)
        while self.source.readline(MAX_CHUNK_LINE_BYTES).strip():
            continue

    def _chunk_size(self) -> int:
        line = self.source.readline(MAX_CHUNK_LINE_BYTES).split(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise BodyError("a chunk has no length") from None
        if size < 0:
            raise BodyError("a chunk has no length")
        return size


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``target`` is the request line's path and query exactly as received."""

    method: str
    target: str
    headers: Message
    body: Body

    @property
    def raw_path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.raw_path)

    @property
    def raw_query(self) -> str:
        """The query string, still percent-encoded."""
        return self.target.partition("?")[2]

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, decoded; the last of equal names."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name."""
        value = self.headers.get(name)
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class FileSlice:
    """``length`` bytes of an open file from ``offset``; closed after it was sent."""

    file: IO[bytes]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Content-Length is added by the server unless the headers give it."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | FileSlice = b""


Application = Callable[[Request], Response]


class WebServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves ``application`` on 127.0.0.1:``port`` (0 chooses a free one)."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, application: Application) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.application = application

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        """A connection that its peer dropped is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = IDLE_SECONDS
    server: WebServer

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.close_connection = True
            return
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            self.wfile.flush()
            return
        self._serve()

    def handle_expect_100(self) -> bool:
        """Say at once that the body may come: a client waits a second for it."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(Response(400), head=False)
            return
        request = Request(self.command, self.path, self.headers, body)
        try:
            response = self.server.application(request)
        except BodyError:
            response = Response(400)
            self.close_connection = True
        if not self._drain(body):
            # The server would take unread bytes for the next request.
            self.close_connection = True
        self._send(response, head=self.command == "HEAD")

    @staticmethod
    def _drain(body: Body) -> bool:
        """Read what the application left of a body; whether it came to its end.

        A client that is still sending would not read an answer that closes the connection.
        """
        left = MAX_DRAIN_BYTES
        try:
            for block in body.blocks():
                left -= len(block)
                if left < 0:
                    return False
        except BodyError:
            return False
        return True

    def _body(self) -> Body | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return Body(self.rfile, None)
        length = self.headers.get("Content-Length") or "0"
        return Body(self.rfile, int(length)) if length.isascii() and length.isdigit() else None

    def _send(self, response: Response, *, head: bool) -> None:
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        names = {name.lower() for name, _ in response.headers}
        slice_ = response.body if isinstance(response.body, FileSlice) else None
        if "content-length" not in names and response.status != 204:
            length = slice_.length if slice_ else len(response.body)  # type: ignore[arg-type]
            lines.append(f"Content-Length: {length}")
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if slice_ is not None:
            with slice_.file:
                self.wfile.flush()
                if not head:
                    self._send_file(slice_)
        elif not head and isinstance(response.body, bytes):
            self.wfile.write(response.body)
        self.wfile.flush()

    def _send_file(self, slice_: FileSlice) -> None:
        offset, left = slice_.offset, slice_.length
        source = slice_.file.fileno()
        target = self.connection.fileno()
        # A socket with a timeout is non-blocking underneath; sendfile would see EAGAIN.
        self.connection.settimeout(None)
        try:
            while left > 0:
                sent = os.sendfile(target, source, offset, left)
                if sent == 0:
                    self.close_connection = True
                    return
                offset += sent
                left -= sent
        finally:
            self.connection.settimeout(IDLE_SECONDS)

    def log_message(self, *_: object) -> None:
        """Say nothing: targets may hold signatures."""


def wsgi_environment(request: Request, body: bytes) -> dict[str, object]:
    """The request as a WSGI environment (PEP 3333), for services that come as WSGI applications."""
    environ: dict[str, object] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.raw_query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = str(value)
    return environ


@dataclass(slots=True)
class WsgiAnswer:
    """Collects what a WSGI application answers."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], _exc: object = None
    ) -> None:
        """PEP 3333's start_response."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = headers


WsgiApplication = Callable[..., object]


def headers_of(values: Mapping[str, str]) -> Message:
    """Headers as a ``Message``, for requests that are made here."""
    message = Message()
    for name, value in values.items():
        message[name] = value
    return message
