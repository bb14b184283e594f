"""A hand-written assembly, its certificates, and the process that runs it."""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.local.install import Install, open_install

ROOT = Path(__file__).resolve().parents[3]
# The account that moto answers for by itself: importing the local AWS changes nothing for the
# tests that use moto in this process.
ACCOUNT = "123456789012"
REGION = "eu-west-3"
SESSION = boto3.session.Session()
QUOTAS = {"starts": [10, 10], "transitions": [20, 100], "concurrency": 20}


def write_assembly(
    folder: Path,
    stacks: Mapping[str, Mapping[str, Any]],
    dependencies: Mapping[str, list[str]] | None = None,
    assets: Mapping[str, Mapping[str, str]] | None = None,
) -> Path:
    """Write templates by stack name and assets (file name -> text) by hash."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for name, template in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{ACCOUNT}/{REGION}",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": (dependencies or {}).get(name, []),
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    for digest, files in (assets or {}).items():
        asset = folder / f"asset.{digest}"
        asset.mkdir(exist_ok=True)
        for file, text in files.items():
            (asset / file).write_text(text)
    return folder


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of one test."""

    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def issue(self, common_name: str, folder: Path, stem: str) -> tuple[Path, Path]:
        """A certificate for 127.0.0.1 and its key, as files ``stem``.pem and ``stem``.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(common_name, key, self.name, self.key, authority=False)
        return _write(folder, stem, key, certificate)


def write_pki(folder: Path, name: str = "test authority") -> Authority:
    """ca.pem, gateway.pem, gateway.key, ris.pem, ris.key of a new authority."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    authority = Authority(name, key, _certificate(name, key, name, key, authority=True))
    _write(folder, "ca", key, authority.certificate)
    authority.issue("127.0.0.1", folder, "gateway")
    authority.issue("ris.example", folder, "ris")
    return authority


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if not authority:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(
    folder: Path, stem: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> tuple[Path, Path]:
    pem, private = folder / f"{stem}.pem", folder / f"{stem}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, private


def clients(install: Install, endpoint: str, service: str, **config: Any) -> Any:
    """A boto3 client of the local endpoint that does not retry."""
    make: Any = SESSION.client
    return make(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=install.access_key_id,
        aws_secret_access_key=install.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@dataclass(slots=True)
class LocalStack:
    """One stack as ``python -m infra.local up`` runs it."""

    folder: Path
    assembly: Path
    aws_port: int
    process: subprocess.Popen[str] | None = None
    printed: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    @property
    def pki(self) -> Path:
        """The folder of its authority."""
        return self.folder / "pki"

    @property
    def endpoint(self) -> str:
        """The base URL of its AWS endpoint."""
        return f"http://127.0.0.1:{self.aws_port}"

    def _quotas(self) -> Path:
        """Quotas that the tests of the small stack meet, and come through."""
        path = self.folder / "quotas.json"
        path.write_text(json.dumps(QUOTAS))
        return path

    def command(self, *arguments: str) -> list[str]:
        """A command line of the supervisor."""
        return [sys.executable, "-m", "infra.local", *arguments, "--data", str(self.data)]

    def start(self) -> None:
        """Start it and wait until it is ready."""
        command = self.command(
            *("up", "--assembly", str(self.assembly), "--pki", str(self.pki)),
            *("--aws-port", str(self.aws_port), "--quotas", str(self._quotas())),
        )
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.printed = []
        for line in self.process.stdout:
            self.printed.append(line.rstrip("\n"))
            if line.strip() == "ready":
                return
        logs = "".join(
            path.read_text()[-3000:] for path in sorted((self.data / "logs").glob("*.log"))
        )
        raise AssertionError("\n".join(self.printed) + logs)

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        self.close()
        return status

    def kill(self) -> None:
        """Kill the supervisor as ``kill -9`` does; the rest has to end by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)
        self.close()

    def children(self, module: str) -> list[int]:
        """The process ids of our children that run ``module``."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if module.encode() in command and str(self.data).encode() in command:
                    found.append(int(entry.name))
        return found

    def kill_child(self, module: str) -> None:
        """Kill one part as ``kill -9`` does and wait until another one runs."""
        (pid,) = self.children(module)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self.children(module) not in ([], [pid]))

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client of its endpoint."""
        return clients(open_install(self.data), self.endpoint, service, **config)

    def http(self, client: str | None = "ris") -> httpx.Client:
        """An HTTPS client that trusts its authority, with the certificate ``client`` if any."""
        context = ssl.create_default_context(cafile=self.pki / "ca.pem")
        if client is not None:
            context.load_cert_chain(self.pki / f"{client}.pem", self.pki / f"{client}.key")
        return httpx.Client(verify=context, timeout=40)

    def close(self) -> None:
        """Close its output."""
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()


def wait_for(condition: Any, seconds: float = 90.0) -> Any:
    """The first true value of ``condition()``.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)
