"""MLLP, the RIS's side (HL7 v2.5 appendix C): one message in a frame, its acknowledgement back."""

from __future__ import annotations

import socket
from typing import Final

START: Final = b"\x0b"
END: Final = b"\x1c\r"
_CHUNK: Final = 65_536
_MOST_BYTES: Final = 1024 * 1024


class NoAcknowledgement(Exception):
    """The other side closed the connection, or answered something else than one frame."""


def send(host: str, port: int, content: bytes, seconds: float = 30.0) -> bytes:
    """The acknowledgement of ``content``, which waits for ``seconds`` at most.

    Raises OSError where nobody listens or the time is over; NoAcknowledgement.
    """
    with socket.create_connection((host, port), seconds) as connection:
        connection.sendall(START + content + END)
        got = b""
        while not got.endswith(END):
            more = connection.recv(_CHUNK)
            if not more:
                raise NoAcknowledgement("the connection was closed without an acknowledgement")
            got += more
            if not got.startswith(START) or len(got) > _MOST_BYTES:
                raise NoAcknowledgement("the answer is no frame of MLLP")
    return got[len(START) : -len(END)]
