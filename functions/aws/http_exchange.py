"""One exchange over a connection: the request leaves in one write, the head of the answer is read
without the machinery for e-mails that the standard library puts there. Its body is the standard
library's business.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, LineTooLong, UnknownProtocol
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPConnection

# As the standard library.
_MOST_BYTES: Final = 65536
_MOST_HEADERS: Final = 100


class Headers(dict[str, str]):
    """The headers of a message, under their names in lower case; asked for in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or ``default``."""
        return super().get(name.lower(), default)


class Answer(HTTPResponse):
    """An answer whose head is read into ``Headers``."""

    def begin(self) -> None:
        """Read the head. Raises HTTPException and OSError."""
        status, own = int(HTTPStatus.CONTINUE), _fields(self)
        while status == HTTPStatus.CONTINUE:
            version, status, reason = own._read_status()
            headers = _head(own.fp)
        if not version.startswith("HTTP/1."):
            raise UnknownProtocol(version)
        own.version = 10 if version == "HTTP/1.0" else 11
        own.code = own.status = status
        own.reason = reason.strip()
        own.headers = own.msg = headers
        own.chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        own.chunk_left = None
        own.length = None if own.chunked else _length(headers)
        if own._method == "HEAD" or status in _WITHOUT_BODY:
            own.length = 0
        # Without its length, an answer ends with its connection.
        own.will_close = own._check_close() or (not own.chunked and own.length is None)


_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def _fields(answer: HTTPResponse) -> Any:
    """The same: the standard library's types know neither its private fields nor our headers."""
    return answer


def _head(lines: Any) -> Headers:
    """Up to the empty line. Several headers of one name are one."""
    found = Headers()
    for _ in range(_MOST_HEADERS + 1):
        line = lines.readline(_MOST_BYTES + 1)
        if len(line) > _MOST_BYTES:
            raise LineTooLong("header line")
        if line in {b"\r\n", b"\n", b""}:
            return found
        name, colon, value = line.decode("iso-8859-1").partition(":")
        if not colon or name != name.strip():
            raise HTTPException("a line of the head is no header")
        name, value = name.lower(), value.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    raise HTTPException(f"more than {_MOST_HEADERS} headers")


def _length(headers: Headers) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def exchange(
    connection: HTTPConnection,
    method: str,
    target: str,
    headers: Mapping[str, str | bytes],
    body: bytes,
) -> Answer:
    """Send the request and read the answer's head. ``connection`` is open, and no request is under
    way there; it is closed here when the answer is its last. Raises HTTPException, OSError, and
    ValueError for a head with a line's end where none belongs.
    """
    lines = [f"{method} {target} HTTP/1.1".encode("ascii")]
    lines += [b"%s: %s" % (name.encode("ascii"), _encoded(headers[name])) for name in headers]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
        raise ValueError("a line's end within a head")
    connection.sock.sendall(b"%s\r\n\r\n%s" % (head, body))
    answer = Answer(connection.sock, method=method)
    try:
        answer.begin()
    except BaseException:
        answer.close()
        raise
    if answer.will_close:
        connection.close()
    return answer


def _encoded(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
