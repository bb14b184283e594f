"""The real process: TLS, client certificates, faults, kill and restart."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.dmp.__main__ import main
from simulators.history.__main__ import main as load_history
from simulators.pki import SERVER, Issued
from tests.simulators.dmp.sender import (
    MANIFEST_UID,
    Deletion,
    Publication,
    Query,
    Reply,
    Site,
    Vihf,
    kos,
)

REPOSITORY = "/si-dmp-server/v2/services/repository"
REGISTRY = "/si-dmp-server/v2/services/registry"


class Dmp:
    """A simulator process and a client with the certificate of its structure."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.url = ""
        self.process: subprocess.Popen[str] | None = None
        server = site.authority.issue(
            "CN=localhost,O=x,C=FR", SERVER, datetime.now(UTC), hosts=("127.0.0.1",)
        )
        self._write("server", server)
        self._write("auth", site.auth)
        (folder / "ca.pem").write_bytes(site.ca_pem)

    def _write(self, name: str, issued: Issued) -> None:
        (self.folder / f"{name}.pem").write_text(issued.certificate_pem)
        (self.folder / f"{name}.key").write_text(issued.key_pem)

    def command(self, *more: str, port: int = 0) -> list[str]:
        return [
            *(sys.executable, "-m", "simulators.dmp", "--port", str(port)),
            *("--data", str(self.folder / "data"), "--ca", str(self.folder / "ca.pem")),
            *("--server-cert", str(self.folder / "server.pem")),
            *("--server-key", str(self.folder / "server.key"), *more),
        ]

    def start(self, *more: str) -> None:
        self.process = subprocess.Popen(
            self.command(*more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("DMP simulator on https://127.0.0.1:"), line
        self.url = line.split()[-1]
        deadline = time.monotonic() + 60
        while True:
            try:
                self.client().get("/_sim/state")
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def end(self, signal_number: int = signal.SIGTERM) -> str:
        """Stop the process; returns its text on stderr."""
        assert self.process is not None
        os.kill(self.process.pid, signal_number)
        _, errors = self.process.communicate(timeout=60)
        self.process = None
        return errors

    def context(self, certificate: str | None = "auth") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        if certificate:
            context.load_cert_chain(
                self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key"
            )
        return context

    def client(self, certificate: str | None = "auth") -> httpx.Client:
        client = httpx.Client(base_url=self.url, verify=self.context(certificate), timeout=20)
        self.clients.callback(client.close)
        return client

    clients: contextlib.ExitStack

    def submit(self, client: httpx.Client | None = None, **changes: Any) -> httpx.Response:
        vihf = Vihf(self.site, now=datetime.now(UTC))
        body, content_type = Publication(self.site, vihf=vihf, **changes).build()
        headers = {"Content-Type": content_type}
        return (client or self.client()).post(REPOSITORY, content=body, headers=headers)

    def delete(self, *entry_uuids: str, **changes: Any) -> httpx.Response:
        vihf = Vihf(self.site, now=datetime.now(UTC))
        body, content_type = Deletion(self.site, entry_uuids, vihf=vihf, **changes).build()
        headers = {"Content-Type": content_type}
        return self.client().post(REGISTRY, content=body, headers=headers)

    def find(self) -> httpx.Response:
        query = Query.find(self.site, vihf=Vihf(self.site, now=datetime.now(UTC)))
        body, content_type = query.build()
        headers = {"Content-Type": content_type}
        return self.client().post(REGISTRY, content=body, headers=headers)

    @property
    def held(self) -> list[dict[str, Any]]:
        answer = self.client(None).get("/_sim/state")
        documents: list[dict[str, Any]] = answer.json()["documents"]
        return documents

    def fault(self, **facts: Any) -> None:
        assert self.client(None).post("/_sim/faults", json=facts).status_code == 201

    def commit_late(self) -> None:
        assert self.client(None).post("/_sim/late").status_code == 204


def reply(response: httpx.Response) -> Reply:
    return Reply.of(response.status_code, response.headers["content-type"], response.content)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dmp]:
    """One process for the tests that leave it as they find it."""
    dmp = Dmp(Site.create(datetime.now(UTC)), tmp_path_factory.mktemp("dmp"))
    with contextlib.ExitStack() as dmp.clients:
        dmp.start()
        yield dmp
    errors = dmp.end()
    assert errors == ""


@pytest.fixture
def dmp(running: Dmp) -> Dmp:
    client = running.client(None)
    assert client.delete("/_sim/documents").status_code == 204
    assert client.delete("/_sim/faults").status_code == 204
    return running


def test_a_publication_and_a_query_over_tls(dmp: Dmp) -> None:
    published = dmp.submit()
    found = dmp.find()

    assert reply(published).success
    assert published.headers["content-type"].startswith("multipart/related")
    assert len(reply(found).entries) == 2
    assert found.headers["content-type"].startswith("application/soap+xml")
    assert dmp.held[0]["unique_id"] == MANIFEST_UID


def test_the_services_demand_a_client_certificate(dmp: Dmp) -> None:
    answer = dmp.submit(dmp.client(None))

    assert (answer.status_code, reply(answer).fault) == (403, "wsse:FailedAuthentication")
    assert dmp.held == []


def test_a_certificate_of_another_authority_fails_the_handshake(dmp: Dmp) -> None:
    stranger = Site.create(datetime.now(UTC))
    dmp._write("stranger", stranger.auth)

    with pytest.raises(httpx.TransportError):
        dmp.submit(dmp.client("stranger"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_before_1_2_is_refused(dmp: Dmp) -> None:
    """By the server: the same client, allowed one version more, is let in."""

    def shake_hands(newest: ssl.TLSVersion) -> str | None:
        context = dmp.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
        with (
            socket.create_connection(("127.0.0.1", int(dmp.url.rpartition(":")[2]))) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
        ):
            return connection.version()

    assert shake_hands(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError, match=r"EOF|protocol version"):
        shake_hands(ssl.TLSVersion.TLSv1_1)


def test_a_request_has_a_size(dmp: Dmp) -> None:
    answer = dmp.client().post(REPOSITORY, content=b"x" * (20 * 1024 * 1024 + 1))

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", REPOSITORY, 405),
        ("POST", "/si-dmp-server/v2/services/elsewhere", 404),
        ("GET", "/", 404),
        ("GET", "/_sim/documents/urn:uuid:1", 404),
        ("DELETE", "/_sim/documents/urn:uuid:1", 404),
        ("PUT", "/_sim/faults", 405),
    ],
)
def test_paths_that_are_not_there(dmp: Dmp, method: str, path: str, status: int) -> None:
    assert dmp.client().request(method, path).status_code == status


def test_a_submission_that_is_lost_may_be_sent_again(dmp: Dmp) -> None:
    dmp.submit()
    path = f"/_sim/documents/{dmp.held[0]['entry_uuid']}"
    assert dmp.client(None).delete(path).status_code == 204
    assert dmp.held == []
    assert reply(dmp.submit()).success
    assert len(dmp.held) == 2


def test_the_page_and_the_bytes(dmp: Dmp) -> None:
    dmp.submit()
    entry_uuid = dmp.held[0]["entry_uuid"]

    page = dmp.client(None).get("/_sim/")
    content = dmp.client(None).get(f"/_sim/documents/{entry_uuid}")

    assert f"/_sim/documents/{entry_uuid}" in page.text
    assert "IMG-KOS" in page.text
    assert (content.headers["content-type"], content.content) == ("application/dicom", kos())


def test_a_history_is_loaded_by_its_command(dmp: Dmp, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["demo", "--dmp", dmp.url, "--ca", str(dmp.folder / "ca.pem")]
    assert load_history([*command, "--images", "roches=https://nobody.example/rs"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["documents"] == len(dmp.held) > 11
    assert {one["patient_id"].split("^")[0] for one in dmp.held} == {told["ins"]}
    shown = dmp.client(None).get("/_sim/patients")
    assert told["ins"] in shown.text
    assert told["family"] in shown.text
    assert dmp.client(None).delete("/_sim/patients").status_code == 204
    for wrong in (["nothing"], [*command, "--images", "nowhere=https://x"]):
        assert load_history(wrong) == 1
    answer = dmp.client(None).post("/_sim/documents", content=b"[]")
    assert (answer.status_code, "list" in answer.text) == (400, True)
    assert load_history(["demo", "--dmp", "https://127.0.0.1:9"]) == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"kind": "busy"}', 201),
        (b'{"kind": "nothing"}', 400),
        (b"not JSON", 400),
        (b"\xff", 400),
        (b"[" * 60000, 400),
        (b" " * 70000, 413),
    ],
)
def test_faults_are_asked_for_in_json(dmp: Dmp, content: bytes, status: int) -> None:
    answer = dmp.client(None).post("/_sim/faults", content=content)

    assert answer.status_code == status
    assert len(dmp.client(None).get("/_sim/faults").json()["faults"]) == (status == 201)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"ins": "279035121518989", "oid": "1.2.250.1.213.1.4.10"}', 201),
        (b'{"ins": "279035121518989"}', 400),
        (b"not JSON", 400),
        (b" " * 70000, 413),
    ],
)
def test_patients_are_described_in_json(dmp: Dmp, content: bytes, status: int) -> None:
    http = dmp.client(None)
    assert http.post("/_sim/patients", content=content).status_code == status
    assert len(http.get("/_sim/patients").json()["patients"]) == (status == 201)
    assert http.delete("/_sim/patients").status_code == 204
    assert http.get("/_sim/patients").json() == {"patients": {}}


def test_unavailable_keeps_nothing_and_passes(dmp: Dmp) -> None:
    dmp.fault(kind="unavailable", transaction="iti-41", count=2)

    codes = [dmp.submit().status_code for _ in range(3)]

    assert codes == [503, 503, 200]
    assert len(dmp.held) == 2


def test_a_delayed_answer_is_late_and_good(dmp: Dmp) -> None:
    dmp.fault(kind="delay", seconds=0.4)

    begin = time.monotonic()
    answer = dmp.submit()

    assert time.monotonic() - begin >= 0.4
    assert reply(answer).success


def test_a_lost_answer_is_committed(dmp: Dmp) -> None:
    dmp.fault(kind="lost_answer", transaction="iti-41")

    with pytest.raises(httpx.TransportError):
        dmp.submit()

    assert len(dmp.held) == 2
    assert reply(dmp.submit()).codes == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_late_commit_comes_after_the_connection_is_closed(dmp: Dmp) -> None:
    dmp.fault(kind="late_commit", seconds=600)

    with pytest.raises(httpx.TransportError):
        dmp.submit()

    assert dmp.held == []
    dmp.commit_late()
    assert len(dmp.held) == 2


def test_a_late_commit_comes_by_itself(dmp: Dmp) -> None:
    dmp.fault(kind="late_commit", seconds=0.1)

    with pytest.raises(httpx.TransportError):
        dmp.submit()
    deadline = time.monotonic() + 60
    while not dmp.held:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert len(dmp.held) == 2


def test_a_wrong_answer_is_no_soap_and_keeps_nothing(dmp: Dmp) -> None:
    dmp.fault(kind="wrong_answer")

    answer = dmp.submit()

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert dmp.held == []


NEXT: dict[str, Any] = {
    "manifest_uid": "2.25.1112",
    "signature_uid": "2.25.2223",
    "set_uid": "2.25.3334",
}


def published(dmp: Dmp) -> str:
    """The entryUUID of a manifest just published."""
    assert reply(dmp.submit()).success
    return str(dmp.held[0]["entry_uuid"])


def statuses(dmp: Dmp) -> list[str]:
    return [held["availability_status"] for held in dmp.held if held["type_code"] == "IMG-KOS"]


def test_a_replacement_then_a_deletion_over_tls(dmp: Dmp) -> None:
    replaced = dmp.submit(replaces=(published(dmp),), **NEXT)
    deleted = dmp.delete(dmp.held[2]["entry_uuid"])

    assert reply(replaced).success
    assert reply(deleted).success
    assert deleted.headers["content-type"].startswith("application/soap+xml")
    assert statuses(dmp) == ["Deprecated", "Deleted"]
    assert len(reply(dmp.find()).entries) == 2  # the signatures


def test_a_lost_answer_of_a_replacement_is_committed(dmp: Dmp) -> None:
    old = published(dmp)
    dmp.fault(kind="lost_answer", transaction="iti-41")

    with pytest.raises(httpx.TransportError):
        dmp.submit(replaces=(old,), **NEXT)

    assert statuses(dmp) == ["Deprecated", "Approved"]
    again = reply(dmp.submit(replaces=(old,), **NEXT))
    assert again.codes == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_late_replacement_may_find_its_target_gone(dmp: Dmp) -> None:
    """It is judged when it is committed: a request that came meanwhile has won."""
    old = published(dmp)
    dmp.fault(kind="late_commit", seconds=600, transaction="iti-41")
    with pytest.raises(httpx.TransportError):
        dmp.submit(replaces=(old,), **NEXT)

    assert reply(dmp.delete(old)).success
    dmp.commit_late()

    assert statuses(dmp) == ["Deleted"]


def test_faults_of_a_deletion_spare_the_queries(dmp: Dmp) -> None:
    """Both come to the same service; the action tells them apart."""
    target = published(dmp)
    dmp.fault(kind="unavailable", transaction="iti-57")

    found = dmp.find()
    refused = dmp.delete(target)

    assert (found.status_code, refused.status_code) == (200, 503)
    assert statuses(dmp) == ["Approved"]


def test_faults_of_a_query_spare_the_deletions(dmp: Dmp) -> None:
    target = published(dmp)
    dmp.fault(kind="unavailable", transaction="iti-18")

    assert reply(dmp.delete(target)).success
    assert dmp.find().status_code == 503


def test_a_lost_answer_of_a_deletion_is_committed(dmp: Dmp) -> None:
    target = published(dmp)
    dmp.fault(kind="lost_answer", transaction="iti-57")

    with pytest.raises(httpx.TransportError):
        dmp.delete(target)

    assert statuses(dmp) == ["Deleted"]
    assert reply(dmp.delete(target)).codes == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_late_deletion_comes_after_the_connection_is_closed(dmp: Dmp) -> None:
    target = published(dmp)
    dmp.fault(kind="late_commit", seconds=600, transaction="iti-57")

    with pytest.raises(httpx.TransportError):
        dmp.delete(target)

    assert statuses(dmp) == ["Approved"]
    dmp.commit_late()
    assert statuses(dmp) == ["Deleted"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "refuse", "code": "XDSMetadataUpdateError"}, "XDSMetadataUpdateError"),
        ({"kind": "busy"}, "XDSRegistryBusy"),
    ],
)
def test_a_deletion_refused_on_demand(dmp: Dmp, facts: dict[str, Any], code: str) -> None:
    target = published(dmp)
    dmp.fault(**facts, transaction="iti-57")

    assert reply(dmp.delete(target)).codes == [code]
    assert statuses(dmp) == ["Approved"]
    assert reply(dmp.delete(target)).success


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "refuse", "code": "XDSUnknownPatientId"}, "XDSUnknownPatientId"),
        ({"kind": "busy"}, "XDSRegistryBusy"),
    ],
)
def test_a_refusal_on_demand(dmp: Dmp, facts: dict[str, Any], code: str) -> None:
    dmp.fault(**facts, count=2)

    assert reply(dmp.submit()).codes == [code]
    assert reply(dmp.find()).codes == [code]
    assert dmp.held == []


def test_requests_at_the_same_time_are_all_kept(dmp: Dmp) -> None:
    answers: list[httpx.Response] = []

    def one(number: int) -> None:
        ids: dict[str, Any] = {
            "manifest_uid": f"2.25.1{number}",
            "signature_uid": f"2.25.2{number}",
            "set_uid": f"2.25.3{number}",
        }
        answers.append(dmp.submit(**ids))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [reply(answer).success for answer in answers] == [True] * 6
    assert len(dmp.held) == 12


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Dmp]:
    """A process that the test may kill."""
    dmp = Dmp(Site.create(datetime.now(UTC)), tmp_path)
    with contextlib.ExitStack() as dmp.clients:
        yield dmp
        if dmp.process is not None:
            dmp.end(signal.SIGKILL)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_an_answered_write_survives_the_end_of_the_process(own: Dmp, signal_number: int) -> None:
    own.start()
    assert reply(own.submit()).success
    held = own.held

    own.end(signal_number)
    own.start()

    assert own.held == held
    assert reply(own.submit()).codes == ["XDSDuplicateUniqueIdInRegistry"]
    own.end()


def test_a_taken_port_is_named(own: Dmp, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code = main(own.command(port=port)[3:])

    assert code == 1
    assert str(port) in capsys.readouterr().err


def test_options_reach_the_registry(own: Dmp) -> None:
    own.start("--lenient", "--establishment", "1750803447=1920000684")
    body, content_type = Publication(own.site).build()  # its VIHF is of another day

    answer = own.client().post(REPOSITORY, content=body, headers={"Content-Type": content_type})

    assert reply(answer).success
    own.end()


@pytest.mark.parametrize("wrong", ["x", "=y", "x="])
def test_an_establishment_is_a_pair(
    own: Dmp, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    with pytest.raises(SystemExit):
        main(own.command("--establishment", wrong)[3:])

    assert "EJ=EG" in capsys.readouterr().err
