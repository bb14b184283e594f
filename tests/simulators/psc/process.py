"""The Pro Santé Connect simulator as a process of its own, for tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client
from simulators import pki

REALM = "/auth/realms/esante-wallet"
CONNECT = f"{REALM}/protocol/openid-connect"
REDIRECT_URI = "https://vi.localhost/callback"
CLIENT_ID = pki.PSC_CLIENT_ID
PEER_ID = "peer-999"
START_SECONDS = 330


def make_pki(folder: Path) -> Path:
    """``folder`` with the local certificates."""
    pki.prepare(folder, [], datetime.now(UTC))
    return folder


@dataclass
class PscProcess:
    """One simulator over ``data``; ``start`` may follow ``kill``, on the same port."""

    certificates: Path
    data: Path
    process: subprocess.Popen[str] | None = None
    port: int = 0
    url: str = ""
    clients: list[httpx.Client] = field(default_factory=list)

    def command(self) -> list[str]:
        folder = self.certificates
        return [
            *(sys.executable, "-m", "simulators.psc", "--port", str(self.port)),
            *("--data", str(self.data)),
            *("--server-cert", str(folder / "psc.pem"), "--server-key", str(folder / "psc.key")),
            *("--ca", str(folder / "ca.pem"), "--redirect-uri", REDIRECT_URI),
            *("--client-cert-of", f"{CLIENT_ID}={folder / 'psc-client.pem'}"),
            *("--client-cert-of", f"{PEER_ID}={folder / 'peer.pem'}"),
        ]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        word, _, self.url = line.strip().partition(" ")
        assert word == "ready", f"the simulator said {line!r}"
        self.port = int(self.url.rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(how)
        self.process.wait(30)
        self.process.stdout.close()
        self.process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        if self.process is not None:
            self.stop()

    def client(self, name: str | None = None, folder: Path | None = None) -> httpx.Client:
        """A client that shows the certificate ``name``, or none; closed with the process."""
        where = folder or self.certificates
        identity = name and TlsIdentity(
            (where / f"{name}.pem").read_text(), (where / f"{name}.key").read_text()
        )
        context = tls_context((self.certificates / "ca.pem").read_text(), identity or None)
        client = open_client(context)
        self.clients.append(client)
        return client

    def browser(self) -> httpx.Client:
        """A professional's browser: it keeps cookies, which our own clients never do."""
        context = tls_context((self.certificates / "ca.pem").read_text())
        browser = httpx.Client(verify=context, trust_env=False)
        self.clients.append(browser)
        return browser

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client().request(method, f"{self.url}/_sim/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def token(self, professional: str = "radiologist", **more: Any) -> str:
        body = {"professional": professional, **more}
        return str(self.control("POST", "tokens", body)["access_token"])

    def introspection(
        self, token: str, client_id: str = CLIENT_ID, certificate: str | None = "psc-client"
    ) -> httpx.Response:
        return self.client(certificate).post(
            f"{self.url}{CONNECT}/token/introspect", data={"client_id": client_id, "token": token}
        )
