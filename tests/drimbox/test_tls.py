"""TLS trusts the given anchors alone, and no key stays on a disk."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from functions.drimbox.tls import TlsIdentity, tls_context
from tests.fakes.world import keys


def test_tls_trusts_what_is_given_and_shows_the_identity() -> None:
    anchors = keys().authority.root.certificate_pem
    context = tls_context(anchors, TlsIdentity(keys().auth.certificate_pem, keys().auth.key_pem))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1
    names = {cipher["name"] for cipher in context.get_ciphers()}
    assert all("GCM" in name or "CHACHA20" in name for name in names)
    assert "…" in repr(TlsIdentity("a", "b"))


def test_where_there_is_no_file_in_memory_the_identity_is_in_a_private_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    anchors = keys().authority.root.certificate_pem
    identity = TlsIdentity(keys().auth.certificate_pem, keys().auth.key_pem)
    loaded: list[tuple[Path, int]] = []
    load = ssl.SSLContext.load_cert_chain

    def seen(self: ssl.SSLContext, path: str) -> None:
        loaded.append((Path(path), Path(path).stat().st_mode & 0o777))
        load(self, path)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", seen)
    tls_context(anchors, identity)
    ((path, mode),) = loaded
    assert mode == 0o600
    assert not path.exists(), "the key does not outlive the call"
