"""functions.aws.pacs_client: a tenant has one client, which trusts and connects as it is told."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest

from functions.aws import pacs_client, tenant_secrets
from functions.aws.pacs_client import open_pacs
from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.images.pacs_probe import pacs_answers
from functions.drimbox.importing.stow import store
from functions.drimbox.oid import Uid
from functions.drimbox.peers.judged_transport import JudgedTransport
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.tls import _private_file
from simulators.pki import SERVER, Authority, Issued
from tests.fakes.aws import forget_tenant_secret, put_tenant_secret
from tests.fakes.world import TENANT, keys

HOST: Final = "pacs.site.example"
STUDY: Final = Uid("1.2.3")
SETTINGS: Final[Any] = SimpleNamespace(pacs_access_secrets="secrets", private_pacs="-")
# A test's server stands on this machine.
HERE: Final[Any] = SimpleNamespace(pacs_access_secrets="secrets", private_pacs=HOST)
OTHER: Final = replace(TENANT, tenant="other")
BY_VPN: Final = replace(TENANT, pacs_range=IPv4Network("100.64.3.0/28"))
CA: Final = keys().authority.root.certificate_pem
PAIR: Final = {"certificate": keys().auth.certificate_pem, "private_key": keys().auth.key_pem}


def put(tenant: str = "demo", anchors: str = CA, **credential: str) -> None:
    forget_tenant_secret(tenant, "pacs")
    value = {"anchors": anchors, "credential": credential or {"kind": "none"}}
    put_tenant_secret(tenant, "pacs", json.dumps(value))


@pytest.fixture(autouse=True)
def fresh(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No client is kept from one test to the next, and every name leads here."""
    pacs_client.forget()
    monkeypatch.setattr(pacs_client, "resolve", lambda _: ("127.0.0.1",))
    yield
    pacs_client.forget()


def test_a_connection_is_kept_for_its_tenant() -> None:
    put()
    put("other")
    pacs = open_pacs(SETTINGS, TENANT)
    assert open_pacs(SETTINGS, TENANT) is pacs
    assert open_pacs(SETTINGS, OTHER) is not pacs
    assert open_pacs(SETTINGS, TENANT) is pacs
    assert open_pacs(SETTINGS, BY_VPN) is not pacs, "other addresses are judged otherwise"


def test_a_replaced_client_closes_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(JudgedTransport, "close", lambda _: closed.append("one"))
    put()
    put("other")
    in_use = open_pacs(SETTINGS, TENANT)
    put("demo", CA, kind="bearer", token="new")
    renewed = open_pacs(SETTINGS, TENANT)
    assert renewed is not in_use
    assert open_pacs(SETTINGS, TENANT) is renewed
    assert not closed, "somebody still reads an answer"
    del in_use
    assert closed == ["one"]
    monkeypatch.setattr(pacs_client, "_MOST_TENANTS", 1)
    del renewed
    open_pacs(SETTINGS, OTHER)
    assert closed == ["one"] * 2, "the tenant that was asked longest ago"
    pacs_client.forget()
    assert closed == ["one"] * 3


def questions(client: httpx.Client) -> tuple[Callable[[], object], ...]:
    """Every way to ask a PACS."""
    pacs = DicomwebPacs(client, f"https://{HOST}/rs", spool=Path())
    return (
        lambda: pacs.find_study(STUDY),
        lambda: pacs.has_study(STUDY),
        lambda: pacs.search(StudyCriteria("1", "", "", "", ""), most=1),
        lambda: list(pacs.retrieve_series(STUDY, STUDY, Path())),
        lambda: store(client, f"https://{HOST}/rs", STUDY, ()),
    )


def require_held(client: httpx.Client, code: str) -> None:
    for ask in questions(client):
        with pytest.raises(Held) as held:
            ask()
        assert held.value.code == code
    assert not pacs_answers(client, f"https://{HOST}/rs")


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "100.64.3.1"])
def test_a_public_link_that_leads_to_a_private_address_is_a_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Told at once to the operator; an outage would be waited for, for days."""
    put()
    monkeypatch.setattr(pacs_client, "resolve", lambda _: (address,))
    require_held(open_pacs(SETTINGS, TENANT), "pacs_address_private")


@pytest.mark.parametrize(
    "address",
    [
        *("100.64.2.255", "100.64.3.16", "10.0.0.1", "127.0.0.1", "169.254.169.254"),
        *("93.184.215.14", "2606:4700::1111", "::ffff:100.64.3.1", "64:ff9b::6440:301", "none"),
    ],
)
def test_through_a_private_network_a_site_has_the_addresses_allotted_to_it_alone(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    put()
    for found in ((address,), ("100.64.3.1", address)):
        monkeypatch.setattr(pacs_client, "resolve", lambda _, found=found: found)
        require_held(open_pacs(SETTINGS, BY_VPN), "pacs_address_foreign")


def test_an_allotted_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def open_pool(_: ssl.SSLContext) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(f"{request.url.host} {request.extensions['sni_hostname']}")
            return httpx.Response(204)

        return httpx.MockTransport(answer)

    put()
    monkeypatch.setattr(pacs_client, "open_pool", open_pool)
    monkeypatch.setattr(pacs_client, "resolve", lambda _: ("100.64.3.1",))
    assert pacs_answers(open_pacs(SETTINGS, BY_VPN), f"https://{HOST}/rs")
    assert asked == [f"100.64.3.1 {HOST}"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "placeholder0123456789",
        "{}",
        json.dumps({"anchors": "none", "credential": {"kind": "none"}}),
        json.dumps({"anchors": CA}),
        json.dumps({"anchors": CA, "credential": {"kind": "bearer"}}),
    ],
)
def test_without_a_whole_secret_nobody_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(pacs_client, "resolve", asked.append)
    if value is not None:
        put_tenant_secret("demo", "pacs", value)
    require_held(open_pacs(HERE, TENANT), "pacs_access_unusable")
    assert asked == []


def test_an_object_that_provision_did_not_write_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenant_secrets, "S3Blobs", lambda *_: SimpleNamespace(get=lambda _: b"?"))
    require_held(open_pacs(HERE, TENANT), "pacs_access_unusable")


# --- against a server over TLS


@pytest.fixture
def serve() -> Iterator[Callable[..., list[httpx.Headers]]]:
    """Starts a PACS of that certificate; the heads of the requests that it took. ``url`` of the
    callable is its base. With ``clients`` it demands a certificate of that authority."""
    servers: list[ThreadingHTTPServer] = []

    def start(
        issued: Issued, *, clients: str = "", status: int = 200, location: str = ""
    ) -> list[httpx.Headers]:
        taken: list[httpx.Headers] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # http.server's own
                taken.append(httpx.Headers([*self.headers.items()]))
                self.send_response(status)
                if location:
                    self.send_header("Location", location.format(port=self.server.server_port))  # type: ignore[attr-defined]
                self.send_header("Content-Type", "application/dicom+json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"[]")

            def log_message(self, *_: object) -> None:
                """Nothing."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # A TLS 1.3 client hears of a refused certificate at its first read only.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with _private_file(f"{issued.certificate_pem}\n{issued.key_pem}") as path:
            context.load_cert_chain(path)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        start.url = f"https://{HOST}:{server.server_port}/rs"  # type: ignore[attr-defined]
        return taken

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


AUTHORITY: Final = keys().authority


def issued(authority: Authority = AUTHORITY, host: str = HOST, days: int = 0) -> Issued:
    at = datetime.now(UTC) + timedelta(days=days)
    return authority.issue("CN=pacs,C=FR", SERVER, at, hosts=(host,))


def ask(serve: Any, settings: Any = HERE) -> object:
    return DicomwebPacs(open_pacs(settings, TENANT), serve.url, spool=Path()).find_study(STUDY)


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    ("credential", "header"),
    [
        ({"kind": "none"}, None),
        ({"kind": "basic", "user": "drimbox", "password": "clé"}, basic("drimbox:clé")),
        ({"kind": "bearer", "token": "a.b-c"}, "Bearer a.b-c"),
    ],
)
def test_each_request_has_the_tenants_credential(
    serve: Any, credential: dict[str, str], header: str | None
) -> None:
    put("demo", CA, **credential)
    taken = serve(issued())
    assert ask(serve) is None
    assert [one.get("authorization") for one in taken] == [header]


def test_a_certificate_is_shown_to_a_pacs_that_demands_one(serve: Any) -> None:
    taken = serve(issued(), clients=CA)
    put()
    with pytest.raises(PacsUnavailable):
        ask(serve)
    put("demo", CA, kind="certificate", **PAIR)
    assert ask(serve) is None
    assert [one.get("authorization") for one in taken] == [None]


def test_a_pacs_that_refuses_the_credential_is_told_as_that(serve: Any) -> None:
    put("demo", CA, kind="bearer", token="old")
    serve(issued(), status=401)
    with pytest.raises(Held) as held:
        ask(serve)
    assert held.value.code == "pacs_refused"


@pytest.mark.parametrize("fault", ["authority", "expired", "early", "name"])
def test_a_server_that_is_not_vouched_for_hears_nothing(serve: Any, fault: str) -> None:
    """Neither the question nor the credential."""
    stranger = Authority.create(datetime.now(UTC))
    shown = {
        "authority": lambda: issued(stranger),
        "expired": lambda: issued(days=-4000),
        "early": lambda: issued(days=400),
        "name": lambda: issued(host="other.example"),
    }
    put("demo", CA, kind="bearer", token="secret")
    taken = serve(shown[fault]())
    with pytest.raises(PacsUnavailable):
        ask(serve)
    assert taken == []


def test_no_credential_follows_a_redirection(serve: Any) -> None:
    put("demo", CA, kind="basic", user="drimbox", password="secret")
    elsewhere = serve(issued(host="other.example"))
    port = serve.url.rpartition(":")[2].partition("/")[0]
    taken = serve(issued(), status=307, location=f"https://other.example:{port}/rs")
    with pytest.raises(PacsUnavailable):
        ask(serve, SimpleNamespace(**{**vars(HERE), "private_pacs": f"{HOST} other.example"}))
    assert taken
    assert elsewhere == []


def test_no_value_of_the_secret_is_shown(caplog: pytest.LogCaptureFixture, serve: Any) -> None:
    caplog.set_level(1)
    put("demo", CA, kind="basic", user="drimbox", password="secret-word")
    serve(issued())
    client = open_pacs(HERE, TENANT)
    ask(serve)
    pair = basic("drimbox:secret-word").split()[1]
    shown = caplog.text + repr([client, client.headers, pacs_client._kept])
    assert "secret-word" not in shown
    assert pair not in shown
