"""TLS trusts the given anchors alone, and no key stays on a disk."""

from __future__ import annotations

import gc
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.drimbox.tls import Lasting, TlsIdentity, _private_file, tls_context
from simulators.pki import SERVER
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


@contextmanager
def connected(serve: Callable[[ssl.SSLSocket], None]) -> Iterator[ssl.SSLSocket]:
    """Our end of a connection over TLS; ``serve`` has the other one, in a thread."""
    authority = keys().authority
    issued = authority.issue("CN=far,C=FR", SERVER, datetime.now(UTC), hosts=("far.example",))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _private_file(f"{issued.certificate_pem}\n{issued.key_pem}") as path:
        server.load_cert_chain(path)
    context = tls_context(authority.root.certificate_pem)
    near, far = socket.socketpair()

    def other() -> None:
        with server.wrap_socket(far, server_side=True) as theirs:
            serve(theirs)

    thread = threading.Thread(target=other)
    thread.start()
    with context.wrap_socket(near, server_hostname="far.example") as ours:
        ours.settimeout(10)
        yield ours
    thread.join(10)


def test_records_that_are_there_are_read_at_once_and_nothing_else_is_waited_for() -> None:
    content = os.urandom(100_000)
    sent, read, gone = threading.Event(), threading.Event(), threading.Event()

    def serve(theirs: ssl.SSLSocket) -> None:
        theirs.sendall(content)
        sent.set()
        read.wait(10)
        theirs.sendall(b"last")
        gone.wait(10)

    with connected(serve) as ours:
        assert sent.wait(10)
        assert len(ours.recv(32_767)) <= 16_384, "a reader that takes one record gets one"
        assert ours.gettimeout() == 10
        found = ours.recv(65_536)
        assert 3 * 16_384 <= len(found) <= 65_536
        assert ours.gettimeout() == 10
        rest = b""
        while len(rest) < len(content) - 16_384 - len(found):
            rest += ours.recv(65_536)
        assert (found + rest) == content[16_384:]
        ours.settimeout(0)
        with pytest.raises(ssl.SSLWantReadError):
            ours.recv(65_536)
        ours.settimeout(10)
        read.set()
        assert ours.recv(65_536) == b"last"
        ours.settimeout(0)
        with pytest.raises(ssl.SSLWantReadError):
            ours.recv(65_536)
        gone.set()


def test_a_record_whose_rest_is_still_on_its_way_is_left_for_the_next_read() -> None:
    piece, read = os.urandom(16_384), threading.Event()

    def serve(theirs: ssl.SSLSocket) -> None:
        theirs.sendall(piece)
        read.wait(10)
        theirs.sendall(piece)

    with connected(serve) as ours:
        assert ours.recv(65_536) == piece
        assert ours.gettimeout() == 10
        read.set()
        assert ours.recv(65_536) == piece


def test_an_error_behind_a_whole_record_is_told_at_the_next_read() -> None:
    """An answer may be whole although its sender broke the connection right after it."""
    piece, sent = os.urandom(16_384), threading.Event()

    def serve(theirs: ssl.SSLSocket) -> None:
        theirs.sendall(piece)
        os.write(theirs.fileno(), b"no record of TLS")
        sent.set()

    with connected(serve) as ours:
        assert sent.wait(10)
        assert ours.recv(65_536) == piece
        assert ours.gettimeout() == 10
        with pytest.raises(ssl.SSLError):
            ours.recv(65_536)


def test_a_wait_takes_no_more_than_all_of_them_have_left() -> None:
    left, done = [3.0], threading.Event()

    def serve(_: ssl.SSLSocket) -> None:
        done.wait(10)

    with connected(serve) as ours:
        wait = Lasting(2.0, lambda: left[0])
        for seconds, expected in {3.0: 2.0, 1.5: 1.5, 0.25: 0.25}.items():
            left[0] = seconds
            ours.settimeout(wait)
            assert ours.gettimeout() == expected
        left[0] = 0.0
        with pytest.raises(TimeoutError):
            ours.settimeout(wait)
        ours.settimeout(None)
        assert ours.gettimeout() is None
        done.set()


def test_a_closed_connection_keeps_no_room_until_the_collector_comes() -> None:
    """An HTTP client leaves it in a cycle, a thousand of them in a process that posts often."""

    def serve(theirs: ssl.SSLSocket) -> None:
        theirs.sendall(b"answer")

    with connected(serve) as ours:
        assert ours.recv(65_536) == b"answer"
        held = sum(sys.getsizeof(one) for one in gc.get_referents(ours.__dict__))
        assert held > 65_536
    assert sum(sys.getsizeof(one) for one in gc.get_referents(ours.__dict__)) < 10_000
