"""A cloud that enrols and renews, and an agent's files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from functions.drimbox.identity.agent_names import AUTHORITY
from tests.fakes.memory import VirtualClock

BASE = "https://vi.example/v1/tenants/demo/agents"
NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
DAYS = timedelta(days=1)


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


@dataclass
class Cloud:
    """Answers a request to enrol or renew; ``spoil`` changes the facts of its answer."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))
    issuer: str = AUTHORITY
    status: int = 201
    spoil: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.own = self.certificate(self.key.public_key(), authority=True)

    def certificate(self, key: Any, *, authority: bool = False) -> x509.Certificate:
        """One of 90 days."""
        name = x509.Name.from_rfc4514_string(self.issuer)
        subject = name if authority else x509.Name.from_rfc4514_string("CN=salle-1,OU=demo")
        at = self.clock.now()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at)
            .not_valid_after(at + 90 * DAYS)
            .sign(self.key, hashes.SHA256())
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        if request.method == "GET":
            return httpx.Response(404)
        body = json.loads(request.content)
        self.asked.append((request.url.path.rpartition("/")[2], body))
        if self.status != 201:
            return httpx.Response(self.status, json={"code": "refused"})
        csr = x509.load_pem_x509_csr(body["request"].encode())
        facts = {
            "tenant": "demo",
            "agent": "salle-1",
            "certificate": pem(self.certificate(csr.public_key())),
            "chain": pem(self.own),
            **self.spoil,
        }
        return httpx.Response(201, json=facts)

    @property
    def client(self) -> httpx.Client:
        """A client that reaches this cloud alone."""
        return httpx.Client(transport=httpx.MockTransport(self))


def mode(path: Path) -> int:
    """The rights on a file."""
    return path.stat().st_mode & 0o777
