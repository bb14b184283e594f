"""TLS towards the outside: the trust anchors, the client certificate, the suites."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@frozen
class TlsIdentity:
    """A client certificate (with its chain) and its private key, both PEM."""

    certificate: str
    private_key: str

    def __repr__(self) -> str:
        return "TlsIdentity(…)"


# A record of TLS holds at most so many bytes (RFC 8446 5.1).
_RECORD: Final = 16 * 1024
# After a smaller piece nothing more is looked for: most answers are one.
_LEAST: Final = 4 * 1024


class Lasting(float):
    """Seconds for each wait of a step that may wait many times; ``left`` gives what all of them
    together have left. An HTTP client asks once for the time of a step, and an answer may come
    byte by byte.
    """

    left: Callable[[], float]

    def __new__(cls, seconds: float, left: Callable[[], float]) -> Self:
        made = super().__new__(cls, seconds)
        made.left = left
        return made


class _Socket(ssl.SSLSocket):
    """Keeps to the time that a step as a whole has left (:class:`Lasting`), and gives the
    records that are there at once, as far as the reader takes them.

    OpenSSL gives one at a time, and each way through the layers of an HTTP client costs far more
    than its decryption. Nothing is waited for but the first record. An error behind it is told at
    the next read: the records before it are whole.
    """

    _later: OSError | None = None
    # Kept from one read to the next: a new one would be filled with zeros first.
    _room = bytearray()

    def settimeout(self, value: float | None) -> None:
        """See ``socket.settimeout``: httpcore calls it before each read and each write. Raises
        TimeoutError where nothing is left.
        """
        if isinstance(value, Lasting):
            left = value.left()
            if left <= 0:
                raise TimeoutError("the whole takes too long")
            value = min(float(value), left)
        super().settimeout(value)

    def close(self) -> None:
        """See ``socket.close``. An HTTP client's answer and its stream hold each other, and with
        them a closed socket, until the collector comes."""
        self._room = bytearray()
        super().close()

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """See ``socket.recv``."""
        error, self._later = self._later, None
        if error is not None:
            raise error
        patience = self.gettimeout()
        if flags or buflen < 2 * _RECORD or patience == 0:
            return super().recv(buflen, flags)
        if len(self._room) < buflen:
            self._room = bytearray(buflen)
        with memoryview(self._room) as whole, whole[:buflen] as view:
            size = last = self.recv_into(view)
            self.settimeout(0)
            try:
                while last >= _LEAST and size + _RECORD <= buflen:
                    last = self.recv_into(view[size:])
                    size += last
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            except OSError as found:
                self._later = found
            finally:
                self.settimeout(patience)
            return bytes(view[:size])


def tls_context(trust_anchors: str, identity: TlsIdentity | None = None) -> ssl.SSLContext:
    """TLS 1.2 or 1.3 that trusts only ``trust_anchors`` (PEM) and shows ``identity`` if given.

    The suites are ECDHE with AEAD (ANSSI SDE-NT-35); chain, host name and dates are checked.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.sslsocket_class = _Socket
    context.load_verify_locations(cadata=trust_anchors)
    if identity is not None:
        show(context, identity)
    return context


def show(context: ssl.SSLContext, identity: TlsIdentity) -> None:
    """New connections of ``context`` show ``identity``. Raises SSLError for no pair."""
    with _private_file(identity.certificate + "\n" + identity.private_key) as path:
        context.load_cert_chain(path)


@contextmanager
def _private_file(text: str) -> Iterator[str]:
    """A path that holds ``text`` for the time of the block: OpenSSL only loads keys from paths."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("identity")
        try:
            os.write(descriptor, text.encode())
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "identity.pem"
            path.touch(mode=0o600)
            path.write_text(text)
            yield str(path)
