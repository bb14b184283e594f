"""Secrets and keys in files."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.config.model import Identity, Secret, Trust
from agent.config.secret_files import (
    client_tls,
    public_anchors,
    read_identity,
    read_secret,
    server_tls,
    trusted,
)
from functions.drimbox.errors import ConfigurationError
from simulators.pki import SERVER
from tests.fakes.world import keys


def secret(folder: Path, text: str, mode: int = 0o600) -> Secret:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return Secret(path)


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    issued = keys().authority.issue(
        "CN=agent,C=FR", SERVER, datetime.now(UTC), hosts=("a.example",)
    )
    made = Identity(tmp_path / "agent.pem", tmp_path / "agent.key")
    made.certificate.write_text(issued.certificate_pem)
    made.private_key.write_text(issued.key_pem)
    made.private_key.chmod(0o600)
    return made


@pytest.fixture
def authorities(tmp_path: Path) -> Path:
    path = tmp_path / "site.pem"
    path.write_text(keys().authority.root.certificate_pem)
    return path


def test_a_secret_is_one_line(tmp_path: Path) -> None:
    assert read_secret(secret(tmp_path, "été 1\n")) == "été 1"
    for bad in ("", "\n", "two\nlines"):
        with pytest.raises(ConfigurationError):
            read_secret(secret(tmp_path, bad))


def test_a_secret_that_everybody_may_read_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="secret may be read by everybody"):
        read_secret(secret(tmp_path, "x", 0o604))
    assert read_secret(secret(tmp_path, "x", 0o640)) == "x"
    with pytest.raises(ConfigurationError, match=r"gone cannot be read \(FileNotFoundError\)"):
        read_secret(Secret(tmp_path / "gone"))


def test_an_identity_is_a_pair(identity: Identity, authorities: Path) -> None:
    assert "BEGIN CERTIFICATE" in read_identity(identity).certificate
    context = trusted(Trust(authorities, identity))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1
    other = keys().auth.key_pem
    identity.private_key.write_text(other)
    with pytest.raises(ConfigurationError, match="unusable"):
        trusted(Trust(authorities, identity))


def test_authorities_are_beside_the_public_ones(authorities: Path) -> None:
    alone = client_tls(public_anchors(), None).get_ca_certs()
    more = client_tls(public_anchors(authorities), None).get_ca_certs()
    assert len(more) == len(alone) + 1
    authorities.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="unusable"):
        trusted(Trust(authorities))


def test_a_listener_asks_for_certificates(identity: Identity, authorities: Path) -> None:
    context = server_tls(Trust(authorities, identity))
    assert context.verify_mode is ssl.CERT_REQUIRED
    with pytest.raises(ConfigurationError):
        server_tls(Trust(authorities))
    authorities.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="unusable"):
        server_tls(Trust(authorities, identity))
