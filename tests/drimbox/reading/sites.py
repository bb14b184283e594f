"""A site over a real TLS socket, which demands our certificate and answers as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Final

import httpx

from functions.drimbox.bulk import BulkTransport
from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.oid import Uid
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.white_list import Domain, WhiteList
from functions.drimbox.reading.asking import Place
from functions.drimbox.reading.peer import Peer, Storage, Token
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client
from simulators.pki import CLIENT, SERVER, Authority, Issued
from tests.drimbox.images.samples import MANIFEST, SERIES, STUDY

HOST: Final = "db1.901.example"
TOKEN: Final = "canary-token-of-a-professional"  # a test's
PATH: Final = f"/rs/studies/{STUDY}/series/{SERIES}"
BOUNDARY: Final = "site"
NOW: Final = datetime.now(UTC)


@cache
def _pki() -> tuple[Authority, Issued, Issued]:
    authority = Authority.create(NOW)
    server = authority.issue("CN=site,C=FR", SERVER, NOW, hosts=(HOST,))
    return authority, server, authority.issue("CN=ours,C=FR", CLIENT, NOW)


@dataclass(frozen=True)
class Asked:
    """One request as the site saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    client: str


@dataclass
class Wire:
    """The site's end of a connection."""

    connection: ssl.SSLSocket
    stopped: threading.Event

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        """The head of an answer whose body ends with the connection."""
        lines = [f"HTTP/1.1 {status} Said", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.head(status, {"Content-Length": str(len(body)), **told})
        self.send(body)

    def objects(self, *files: bytes, boundary: str = BOUNDARY, cut: int = 0) -> None:
        """A multipart answer; ``cut`` bytes of its end never come."""
        body, content_type = multipart(files, boundary)
        self.head(200, {"Content-Type": content_type, "Content-Length": str(len(body))})
        self.send(body[: len(body) - cut])

    def parts(self, *files: bytes) -> None:
        """A multipart answer without a length, which the caller goes on with, or ends."""
        body, content_type = multipart(files, BOUNDARY)
        self.head(200, {"Content-Type": content_type})
        self.send(body.removesuffix(f"\r\n--{BOUNDARY}--\r\n".encode()))


def multipart(files: tuple[bytes, ...], boundary: str = BOUNDARY) -> tuple[bytes, str]:
    """The body of a WADO-RS answer and its Content-Type."""
    layout = lay_out(boundary, [Item(len(one), "1.2.840.10008.1.2.1") for one in files])
    pieces = [p for head, one in zip(layout.heads, files, strict=True) for p in (head, one)]
    return b"".join([*pieces, layout.tail]), layout.content_type


Answer = Callable[[Asked, Wire], None]


@dataclass
class Site:
    """``answer`` answers each request; ``asked`` are those that came."""

    answer: Answer
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def address(self) -> SourceAddress:
        return SourceAddress(HOST, self.port, "/rs")

    @property
    def place(self) -> Place:
        return Place(self.address, ("127.0.0.1",), PATH)

    def peer(self, token: Token = lambda refused="": TOKEN, **changes: object) -> Peer:
        self.clients.append(client())
        facts: dict[str, object] = {
            "client": self.clients[-1],
            "place": self.place,
            "token": token,
            "manifest": MANIFEST,
        }
        return Peer(**{**facts, **changes})  # type: ignore[arg-type]

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


def client(*, with_certificate: bool = True) -> httpx.Client:
    """Our own client, as the function has it: it trusts the site's authority alone."""
    authority, _, ours = _pki()
    identity = TlsIdentity(ours.certificate_pem, ours.key_pem) if with_certificate else None
    context = tls_context(authority.root.certificate_pem, identity)
    return open_client(transport=BulkTransport(context))


def white_list(*hosts: str) -> WhiteList:
    """A list of these hosts."""
    domains = tuple(Domain(one, "", frozenset(), "1", "One") for one in hosts or (HOST,))  # type: ignore[arg-type]
    return WhiteList(NOW, domains, 0)


def storage(origin: str, answer: Callable[[httpx.Request], httpx.Response]) -> Storage:
    """This platform's own cache."""
    return Storage(origin, open_client(transport=httpx.MockTransport(answer)))


@contextmanager
def site(answer: Answer) -> Iterator[Site]:
    """A site at work while the block lasts."""
    authority, server, _ = _pki()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile("w") as file:
        file.write(server.certificate_pem + server.key_pem)
        file.flush()
        context.load_cert_chain(file.name)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.root.certificate_pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Site(answer, listening.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(made, listening, context), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.stopped.set()
            for one in made.clients:
                one.close()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(made: Site, listening: socket.socket, context: ssl.SSLContext) -> None:
    while not made.stopped.is_set():
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_handle, args=(made, plain, context), daemon=True).start()


def _handle(made: Site, plain: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError, ssl.SSLError):
        plain.settimeout(60)
        with context.wrap_socket(plain, server_side=True) as connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = connection.recv(4096)
                if not piece:
                    return
                head += piece
            request, *lines = head.decode().strip().split("\r\n")
            method, path, _ = request.split(" ")
            pairs = (line.split(": ", 1) for line in lines)
            certificate = connection.getpeercert() or {}
            asked = Asked(
                method,
                path,
                {name.lower(): value for name, value in pairs},
                str(certificate.get("subject", "")),
            )
            made.asked.append(asked)
            made.answer(asked, Wire(connection, made.stopped))
            # The answer may have closed it.
            with suppress(OSError, ValueError):
                connection.unwrap()


def by_path(objects: Mapping[str, bytes], series: Answer | None = None) -> Answer:
    """A well-behaved site that holds ``objects`` by UID, or ``series`` for the whole series."""

    def answer(asked: Asked, wire: Wire) -> None:
        _, found, uid = asked.path.partition("/instances/")
        if found and uid in objects:
            wire.objects(objects[uid])
        elif found:
            wire.answer(404)
        elif series is not None:
            series(asked, wire)
        else:
            wire.objects(*objects.values())

    return answer


def uid(number: int) -> Uid:
    """The object of that number in the sample series."""
    return Uid(f"{SERIES}.{number}")
