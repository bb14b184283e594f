"""The key that is made on this machine, and the certificate beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from agent.enrol.files import own_key, read_certificate, read_key, write_certificate
from functions.drimbox.errors import ConfigurationError
from tests.agent.enrol.scenes import Cloud, mode


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "agent.key"
    key = own_key(path)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    for again in (own_key(path), read_key(path)):
        assert isinstance(again, ec.EllipticCurvePrivateKey)
        assert again.private_numbers() == key.private_numbers()


def test_files_that_are_none_are_told_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "agent.key"
    with pytest.raises(ConfigurationError, match=r"agent\.key"):
        read_key(path)
    odd = ed25519.Ed25519PrivateKey.generate()
    locked = ec.generate_private_key(ec.SECP256R1())
    for content in (
        b"none",
        odd.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        locked.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    ):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"agent\.key"):
            own_key(path)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"agent\.key cannot be written"):
        own_key(tmp_path / "file" / "agent.key")
    for content in (b"", b"none"):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=r"agent\.key"):
            read_certificate(path)
    with pytest.raises(ConfigurationError, match=r"gone"):
        read_certificate(tmp_path / "gone")


def test_a_certificate_takes_the_place_of_the_former_one(tmp_path: Path) -> None:
    cloud, path = Cloud(), tmp_path / "agent.pem"
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    for _ in range(2):
        made = cloud.certificate(key)
        write_certificate(path, made)
        assert read_certificate(path) == made
    assert [one.name for one in tmp_path.iterdir()] == ["agent.pem"]
    with pytest.raises(ConfigurationError, match=r"agent\.pem cannot be written"):
        write_certificate(tmp_path / "gone" / "agent.pem", made)


def test_a_kill_before_the_change_leaves_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, path = Cloud(), tmp_path / "agent.pem"
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    former = cloud.certificate(key)
    write_certificate(path, former)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for call in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(call, killed)
            with pytest.raises(KeyboardInterrupt):
                write_certificate(path, cloud.certificate(key))
        assert read_certificate(path) == former
