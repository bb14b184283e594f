"""The front for peers, as nginx itself plays it: before an API, a storage and hostile peers."""

from __future__ import annotations

import getpass
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from front.configuration import PROBLEM, Front, Tls
from functions.drimbox.images import joining
from functions.drimbox.images.joining import Joined, JoinedObject, JoinedSeries
from functions.drimbox.peers.calling_peer import HEADER as PEER_CERTIFICATE
from simulators import pki
from simulators.pacs.orthanc import free_port
from simulators.peer.front import find_nginx

ROOT: Final = Path(__file__).parents[2]
STUDY: Final = "/tenants/one/dicomweb/studies/1.2.3"
SERIES: Final = f"{STUDY}/series/1.2.3.4"
BODY: Final = bytes(range(256)) * 4096
TOKEN: Final = "Bearer a-token-that-stays"
PATIENCE: Final = 30.0
IDLE: Final = 1_000

judged = [
    pytest.mark.judge,
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
]


@dataclass
class Said:
    """The answer that one server is told to give, and the requests that it got."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"here"
    # Fewer bytes than announced.
    cut: bool = False
    seen: list[tuple[str, str, list[tuple[str, str]], str]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    said: Said

    def _answer(self) -> None:
        said, body = self.said, self.said.body
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        shown: Any = {}
        if isinstance(self.connection, ssl.SSLSocket):
            shown = self.connection.getpeercert() or {}
        name = dict(pair for rdn in shown.get("subject", ()) for pair in rdn)
        seen = (self.command, self.path, list(self.headers.items()), name.get("commonName", ""))
        said.seen.append(seen)
        status, wanted = said.status, self.headers.get("Range")
        if status == 200 and wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            status, body = 206, body[int(first) : int(last) + 1]
        self.send_response(status)
        for key, value in said.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if said.cut else body)
        if said.cut:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


def _server(said: Said, tls: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"said": said}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@dataclass
class Stage:
    """A front in its own process; ``api`` and ``storage`` are the servers behind it."""

    port: int
    folder: Path
    api: Said
    storage: Said
    signed: str

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def tls(self, identity: str = "") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if identity:
            certificate, key = (self.folder / f"{identity}.{kind}" for kind in ("pem", "key"))
            context.load_cert_chain(certificate, key)
        return context

    def client(self, identity: str = "") -> httpx.Client:
        return httpx.Client(
            verify=self.tls(identity), trust_env=False, timeout=PATIENCE, base_url=self.url
        )

    def ask(
        self, method: str = "GET", identity: str = "peer", path: str = SERIES, **headers: str
    ) -> httpx.Response:
        with self.client(identity) as http:
            return http.request(method, path, headers=headers)

    def raw(self, data: bytes) -> bytes:
        """All that comes back for these bytes."""
        with (
            socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain,
            self.tls().wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            found = b""
            with suppress(OSError):  # the front need not read all that it refuses
                secure.sendall(data)
            with suppress(OSError):
                while part := secure.recv(65536):
                    found += part
            return found

    def leads(self, to: str = "", status: int = 307) -> None:
        """The API answers with a redirect."""
        location = to or f"{self.signed}/bucket/a%20series?X-Amz-Signature=ab%2Fc&x=1"
        self.api.status, self.api.headers, self.api.body = status, {"Location": location}, b""

    def shown(self, name: str = PEER_CERTIFICATE) -> list[str]:
        """The values of a header in the API's last request."""
        return [value for key, value in self.api.seen[-1][2] if key.lower() == name.lower()]


def _listed(folder: Path, name: str, authority: pki.Authority, at: datetime, **more: Any) -> None:
    pki.store(folder, name, authority.issue(f"CN={name},O=Autre,C=FR", pki.CLIENT, at, **more))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder, now = tmp_path_factory.mktemp("front"), datetime.now(UTC)
    pki.prepare(folder, [], now)
    authority = pki.load_authority(folder)
    _listed(folder, "revoked", authority, now)
    _listed(folder, "ended", authority, now - timedelta(days=2), life=timedelta(days=1))
    stranger = pki.Authority.create(now)
    _listed(folder, "stranger", stranger, now)
    serial = pki.load_issued(folder, "revoked").certificate.serial_number
    listed = x509.load_der_x509_crl(authority.revocation_list([serial], now))
    (folder / "revoked.crl").write_bytes(listed.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "gateway.pem", folder / "gateway.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    api, storage = Said(), Said()
    servers = _server(api, context), _server(storage)
    port, signed = free_port(), f"http://127.0.0.1:{servers[1].server_port}"
    authorities = folder / "ca.pem"
    front = Front(
        listen=f"127.0.0.1:{port}",
        peers=Tls(folder / "gateway.pem", folder / "gateway.key", authorities),
        api=f"https://127.0.0.1:{servers[0].server_port}",
        api_name="localhost",
        to_api=Tls(folder / "peers-client.pem", folder / "peers-client.key", authorities),
        signed=(signed,),
        storage=authorities,
        home=folder / "home",
        revoked=folder / "revoked.crl",
        connections=2_048,
        addresses=20,
        patience=2,
        user=getpass.getuser(),
    )
    front.home.mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(front.text())
    nginx, log = str(find_nginx()), folder / "log"
    command = [nginx, "-p", str(front.home), "-e", str(folder / "errors"), "-c", str(configuration)]
    streamer = [sys.executable, "-m", "front.serve", "--home", str(front.home)]
    streamer += ["--signed", signed, "--storage-ca", str(authorities)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        beside = subprocess.Popen(streamer, stdout=out, stderr=out, cwd=ROOT)
        try:
            made = Stage(port, folder, api, storage, signed)
            _await(made, process)
            yield made
        finally:
            for one in (process, beside):
                one.terminate()
            for one in (process, beside):
                one.wait(PATIENCE)
            for server in servers:
                server.shutdown()
                server.server_close()


def _await(stage: Stage, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, (stage.folder / "log").read_text()
        try:
            if stage.ask(path=STUDY).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the front does not answer")


@pytest.fixture
def stage(place: Stage) -> Stage:
    for said in (place.api, place.storage):
        said.__dict__.update(replace(Said(), seen=said.seen).__dict__)
    place.storage.body = BODY
    place.storage.headers = {"Content-Type": "multipart/related; boundary=b", "x-amz-id-2": "s3"}
    return place


class TestPeers:
    pytestmark = judged

    def test_an_answer_of_the_api_goes_on_as_it_is(self, stage: Stage) -> None:
        stage.api.headers = {"Content-Type": "application/dicom+json", "Vary": "Accept"}
        answer = stage.ask(Authorization=TOKEN, Accept="a/b, c/d")
        assert (answer.status_code, answer.content) == (200, b"here")
        assert answer.headers["Content-Type"] == "application/dicom+json"
        method, path, headers, certificate = stage.api.seen[-1]
        assert (method, path, certificate) == ("GET", SERIES, "db.local.example")
        sent = {key.lower(): value for key, value in headers}
        assert (sent["host"], sent["authorization"], sent["accept"]) == (
            *("localhost", TOKEN),
            "a/b, c/d",
        )

    def test_several_headers_of_one_name_stay_several(self, stage: Stage) -> None:
        with stage.client() as http:
            http.get(SERIES, headers=[("Accept", "a/b"), ("Accept", "c/d"), ("Accept", "e/f")])
        assert stage.shown("Accept") == ["a/b", "c/d", "e/f"]

    @pytest.mark.parametrize("path", ["/a//b", "/a/%2e%2e/b", "/a/b%2Fc", "/A/b?x=%20&y", "/a/,/"])
    def test_a_path_is_passed_on_as_it_came(self, stage: Stage, path: str) -> None:
        stage.raw(f"GET {path} HTTP/1.1\r\nHost: db\r\nConnection: close\r\n\r\n".encode())
        assert stage.api.seen[-1][1] == path

    def test_the_certificate_of_the_peer_is_told_to_the_api(self, stage: Stage) -> None:
        stage.ask(identity="peer")
        pem = (stage.folder / "peer.pem").read_text()
        assert [unquote(one) for one in stage.shown()] == [pem.split("\n\n")[0]]
        stage.ask(identity="")
        assert stage.shown() == []

    @pytest.mark.parametrize("identity", ["", "peer"])
    @pytest.mark.parametrize("name", [PEER_CERTIFICATE, PEER_CERTIFICATE.lower()])
    def test_a_forged_certificate_is_replaced(self, stage: Stage, identity: str, name: str) -> None:
        forged = quote((stage.folder / "peers-client.pem").read_text())
        with stage.client(identity) as http:
            http.get(SERIES, headers=[(name, forged), (name, forged)])
        assert forged not in stage.shown()
        assert len(stage.shown()) == bool(identity)
        # With an underscore it would be the same name to a CGI program.
        with stage.client(identity) as http:
            http.get(SERIES, headers={name.replace("-", "_"): forged})
        assert all(forged != value for _, value in stage.api.seen[-1][2])

    @pytest.mark.parametrize("identity", ["stranger", "revoked", "ended"])
    def test_a_certificate_that_is_shown_must_be_good(self, stage: Stage, identity: str) -> None:
        before = len(stage.api.seen)
        answer = stage.ask(identity=identity)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert len(stage.api.seen) == before

    def test_a_redirect_is_followed_here_and_the_token_stays(self, stage: Stage) -> None:
        stage.leads()
        answer = stage.ask(
            **{
                "Authorization": TOKEN,
                "Cookie": "a=b",
                "KOS-SOPInstanceUID": "1.2.3.9",
                "X-Amz-Security-Token": "forged",
                "Accept": "multipart/related",
            }
        )
        assert (answer.status_code, answer.content) == (200, BODY)
        assert answer.headers["Content-Type"] == "multipart/related; boundary=b"
        assert answer.headers["Content-Length"] == str(len(BODY))
        assert answer.headers["Cache-Control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("x-amz")]
        method, path, headers, _ = stage.storage.seen[-1]
        assert (method, path) == ("GET", "/bucket/a%20series?X-Amz-Signature=ab%2Fc&x=1")
        assert {name.lower() for name, _ in headers} == {"host", "accept-encoding"}

    def test_a_part_of_the_body_or_its_head_alone(self, stage: Stage) -> None:
        stage.leads()
        part = stage.ask(Range="bytes=256-511")
        assert (part.status_code, part.content) == (206, BODY[:256])
        head = stage.ask("HEAD")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(BODY))
        assert stage.storage.seen[-1][0] == "HEAD"

    @pytest.mark.parametrize("more", ["", ".evil.example", "@evil.example", ":1", "1"])
    def test_a_redirect_to_elsewhere_is_not_followed(self, stage: Stage, more: str) -> None:
        seen = len(stage.storage.seen)
        elsewhere = f"{stage.signed}{more}/bucket/x" if more else "https://evil.example/bucket/x"
        stage.leads(elsewhere)
        answer = stage.ask()
        assert (answer.status_code, answer.json()["code"]) == (502, "internal_error")
        assert "Location" not in answer.headers
        assert len(stage.storage.seen) == seen

    @pytest.mark.parametrize("status", [301, 302, 303, 308])
    def test_no_other_redirect_is_followed(self, stage: Stage, status: int) -> None:
        seen = len(stage.storage.seen)
        stage.leads(status=status)
        assert stage.ask().status_code == status
        assert len(stage.storage.seen) == seen

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 500, 503])
    def test_a_refusal_of_the_api_goes_on_as_it_is(self, stage: Stage, status: int) -> None:
        problem = json.dumps({"code": "of_the_api"}).encode()
        stage.api.status, stage.api.body = status, problem
        stage.api.headers = {"Content-Type": PROBLEM, "Retry-After": "7"}
        answer = stage.ask()
        assert (answer.status_code, answer.content) == (status, problem)
        assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == (PROBLEM, "7")

    @pytest.mark.parametrize(("status", "code"), [(502, "internal_error"), (504, "timeout")])
    def test_a_failing_gateway_is_told_in_its_words(
        self, stage: Stage, status: int, code: str
    ) -> None:
        stage.api.status, stage.api.body = status, b"<html>"
        problem = _problem(stage.ask(), status)
        assert problem["code"] == code

    @pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
    def test_a_fault_of_the_storage_is_a_reason_to_ask_again(
        self, stage: Stage, status: int
    ) -> None:
        stage.leads()
        stage.storage.status, stage.storage.body = status, b"<Error><Bucket>secret"
        answer = stage.ask()
        assert _problem(answer, 503)["code"] == "storage_unavailable"
        assert answer.headers["Retry-After"] == "5"

    def test_an_answer_that_is_cut_is_no_whole_one(self, stage: Stage) -> None:
        stage.leads()
        stage.storage.cut = True
        with pytest.raises(httpx.RemoteProtocolError):
            stage.ask()

    def test_the_log_names_no_exam_and_no_token(self, stage: Stage) -> None:
        stage.leads()
        stage.ask(Authorization=TOKEN)
        lines = (stage.folder / "log").read_text()
        told = json.loads(lines.splitlines()[-1])
        assert (told["status"], told["bytes"], told["certificate"]) == (200, len(BODY), "SUCCESS")
        for secret in ("1.2.3", "a-token", "Signature", "BEGIN"):
            assert secret not in lines


class TestStudies:
    """A study goes by the streamer, in a process of its own."""

    pytestmark = judged

    @pytest.fixture
    def joined(self, stage: Stage) -> Joined:
        """The API names two series at the storage: the same 900,000 bytes of it, twice."""
        objects = (
            JoinedObject(8, 700_000, "1.2.840.10008.1.2.1"),
            JoinedObject(700_100, 200_000, "1.2.840.10008.1.2.1"),
        )
        made = Joined("b", [JoinedSeries(f"{stage.signed}/b/{one}?s=1", objects) for one in "xy"])
        stage.api.headers = {"Content-Type": joining.MEDIA, "Cache-Control": "no-store"}
        stage.api.body = made.encode()
        return made

    @pytest.mark.parametrize("path", [STUDY, f"{STUDY}/", f"{STUDY}?x=1"])
    def test_several_series_are_one_answer(self, stage: Stage, joined: Joined, path: str) -> None:
        answer = stage.ask(path=path, Authorization=TOKEN)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == joined.layout.content_type
        wanted = BODY[8:700_008], BODY[700_100:900_100]
        heads = joined.layout.heads
        whole = b"".join(h + one for h, one in zip(heads, wanted * 2, strict=True))
        assert answer.content == whole + joined.layout.tail
        assert answer.headers["Content-Length"] == str(len(answer.content))
        assert answer.headers["Cache-Control"] == "no-store"
        # The API was asked by the front's certificate, and told the peer's.
        assert stage.api.seen[-1][1] == path
        assert stage.api.seen[-1][3] == "db.local.example"
        assert stage.shown(joining.HEADER) == ["GET"]
        assert [unquote(one)[:27] for one in stage.shown()] == ["-----BEGIN CERTIFICATE-----"]
        assert stage.shown("Authorization") == [TOKEN]
        # The storage got neither.
        for _, _, headers, _ in stage.storage.seen[-2:]:
            assert {name.lower() for name, _ in headers} & {"authorization", "cookie"} == set()

    def test_a_head_of_it(self, stage: Stage, joined: Joined) -> None:
        answer = stage.ask("HEAD", path=STUDY)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Length"] == str(joined.layout.size)
        assert stage.shown(joining.HEADER) == ["HEAD"]

    def test_a_cut_body_is_taken_up_and_a_lost_one_is_no_whole_answer(
        self, stage: Stage, joined: Joined
    ) -> None:
        before = len(stage.storage.seen)
        stage.storage.cut = True  # half of the rest at each read: never the whole
        with pytest.raises(httpx.RemoteProtocolError):
            stage.ask(path=STUDY)
        assert len(stage.storage.seen) - before == 4
        stage.storage.cut = False
        assert len(stage.ask(path=STUDY).content) == joined.layout.size

    def test_a_study_of_one_series_is_a_redirect_that_is_followed(self, stage: Stage) -> None:
        stage.leads()
        answer = stage.ask(path=STUDY, Range="bytes=256-511")
        assert (answer.status_code, answer.content) == (206, BODY[:256])
        assert "Location" not in answer.headers

    @pytest.mark.parametrize("status", [400, 401, 404, 406, 413, 503])
    def test_a_refusal_of_the_api_is_the_answer(self, stage: Stage, status: int) -> None:
        problem = json.dumps({"code": "too_large" if status == 413 else "of_the_api"}).encode()
        stage.api.status, stage.api.body = status, problem
        stage.api.headers = {"Content-Type": PROBLEM}
        answer = stage.ask(path=STUDY)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
        assert answer.json()["code"] == json.loads(problem)["code"]

    @pytest.mark.parametrize("name", [joining.HEADER, joining.HEADER.lower()])
    def test_nobody_else_says_that_a_front_asks(self, stage: Stage, name: str) -> None:
        stage.ask(**{name: "GET"})
        assert stage.shown(joining.HEADER) == []
        with stage.client() as http:
            http.get(STUDY, headers=[(name, "HEAD"), (name, "HEAD")])
        assert stage.shown(joining.HEADER) == ["GET"]

    def test_a_note_that_is_stored_there_does_not_go_by_the_streamer(self, stage: Stage) -> None:
        answer = stage.ask("POST", path=STUDY)
        assert answer.status_code == 200
        assert stage.api.seen[-1][0] == "POST"
        assert stage.shown(joining.HEADER) == []

    def test_the_forged_certificate_of_a_peer_is_replaced_there_too(self, stage: Stage) -> None:
        forged = quote((stage.folder / "peers-client.pem").read_text())
        with stage.client("peer") as http:
            http.get(STUDY, headers=[(PEER_CERTIFICATE, forged)])
        assert len(stage.shown()) == 1
        assert forged not in stage.shown()


class TestHostilePeers:
    pytestmark = judged

    @pytest.mark.parametrize(
        "head",
        [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nContent-Length: 60\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length: 5, 5\r\n",
            "X: a\rTransfer-Encoding: chunked\r\n",
        ],
    )
    def test_a_request_has_one_reading(self, stage: Stage, head: str) -> None:
        """No second request comes out of the first one's body."""
        before = len(stage.api.seen)
        inner = "GET /smuggled HTTP/1.1\r\nHost: db\r\n\r\n"
        data = f"POST /first HTTP/1.1\r\nHost: db\r\n{head}\r\n0\r\n\r\n{inner}".encode()
        answer = stage.raw(data)
        asked = [path for _, path, _, _ in stage.api.seen[before:]]
        statuses = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/")]
        assert b" 400 " in statuses[0] or b" 501 " in statuses[0]
        assert (asked, len(statuses)) == ([], 1)

    @pytest.mark.parametrize(
        "data",
        [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET http://evil.example/ HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nA" + b"a" * 70_000 + b": b\r\n\r\n",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: db\r\n\r\n",
            b"\x00\x01\x02\x03\r\n\r\n",
        ],
    )
    def test_nonsense_is_refused_and_the_next_request_is_served(
        self, stage: Stage, data: bytes
    ) -> None:
        before = len(stage.api.seen)
        answer = stage.raw(data)
        assert not answer or answer.split(b" ", 2)[1] in {b"400", b"414", b"431", b"505"}
        assert len(stage.api.seen) == before
        assert stage.ask().status_code == 200

    def test_peers_that_say_nothing_keep_nobody_out(self, stage: Stage) -> None:
        """Open connections without a word, half of a head, and a peer that does not read."""
        idle = [socket.create_connection(("127.0.0.1", stage.port)) for _ in range(IDLE)]
        try:
            assert stage.ask().status_code == 200
            begun = time.monotonic()
            assert stage.raw(b"GET / HTTP/1.1\r\nHost: d") == b""
            assert time.monotonic() - begun < PATIENCE / 2, "half of a head is waited for"
            stage.leads()
            assert stage.ask().content == BODY
        finally:
            for one in idle:
                one.close()

    def test_no_address_has_all_requests(self, stage: Stage) -> None:
        stage.api.body = b"x" * (8 << 20)
        request = f"GET {SERIES} HTTP/1.1\r\nHost: db\r\n\r\n".encode()
        held = []
        try:
            for _ in range(20):
                plain = socket.create_connection(("127.0.0.1", stage.port), PATIENCE)
                held.append(stage.tls().wrap_socket(plain, server_hostname="localhost"))
                held[-1].sendall(request)
                held[-1].recv(1)
            answer = stage.ask()
            assert _problem(answer, 429)["code"] == "too_many_requests"
            assert answer.headers["Retry-After"] == "5"
        finally:
            for one in held:
                one.close()


def _problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """A refusal of the front itself."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert found["title_en"]
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"api": "https://db.example/path"},
        {"api": "https://db.example; return 200"},
        {"signed": ("https://bucket.example/x",)},
        {"signed": ("https://a@b.example",)},
        {"api_name": "db.example;"},
        {"listen": "0.0.0.0:443 ssl; #"},
        {"resolver": "10.0.0.2 $x"},
        {"home": Path("/tmp/a b")},
        {"revoked": Path("/lists;")},
        {"user": "nobody; daemon on"},
    ],
)
def test_a_value_is_never_more_than_a_value(changes: Mapping[str, Any]) -> None:
    pem = Path("/front/front.pem")
    good: dict[str, Any] = {
        "listen": "0.0.0.0:8443",
        "peers": Tls(pem, pem, pem),
        "api": "https://db.example:8443",
        "api_name": "db.example",
        "to_api": Tls(pem, pem, pem),
        "signed": ("https://bucket.s3.eu-west-3.amazonaws.com",),
        "storage": pem,
        "home": Path("/front"),
        "resolver": "169.254.169.253",
    }
    assert "resolver 169.254.169.253" in Front(**good).text()
    with pytest.raises(ValueError, match="not "):
        Front(**{**good, **changes})
