"""Size and time of an answer are bounded, and TLS is what it must be."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from functions.drimbox.transport import (
    TlsIdentity,
    TooManyBytes,
    bounded_body,
    open_client,
    tls_context,
)
from tests.fakes.world import keys


def chunked(*chunks: bytes) -> httpx.Response:
    def stream() -> Iterator[bytes]:
        yield from chunks

    return httpx.Response(200, content=stream(), request=httpx.Request("GET", "https://x"))


def test_a_body_is_read_up_to_its_limit() -> None:
    assert bounded_body(chunked(b"ab", b"c"), 3) == b"abc"
    with pytest.raises(TooManyBytes):
        bounded_body(chunked(b"ab", b"c"), 2)


def test_an_answer_that_trickles_in_is_given_up() -> None:
    seconds = iter([0.0, 1.0, 2.0, 3.1])
    with pytest.raises(httpx.ReadTimeout):
        bounded_body(chunked(b"a", b"b", b"c"), 9, max_seconds=3, monotonic=lambda: next(seconds))


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


def test_a_client_follows_no_redirect() -> None:
    answer = httpx.Response(307, headers={"location": "https://evil.example/"})
    client = open_client(transport=httpx.MockTransport(lambda _: answer))
    with client:
        assert client.get("https://x").status_code == 307


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
