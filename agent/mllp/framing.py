"""MLLP frames out of a stream of bytes (HL7 v2.5 appendix C; IHE ITI TF-2 C.2.1).

A frame is ``0x0B``, the content, ``0x1C 0x0D``. The content is kept byte for byte: no character set
is looked at here. Bytes between frames (CR LF, blanks, the rest of a former frame) are skipped.

A sender that gives up a message and begins again on the same connection writes a second ``0x0B``
before any end: the frame is then the part from the last ``0x0B MSH`` on. Nobody was answered for
the part before it, so its sender still has it.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.report.header import MAX_MSH
from functions.drimbox.report.hl7 import MAX_BYTES
from functions.drimbox.values import frozen

START: Final = b"\x0b"
END: Final = b"\x1c\x0d"
_AGAIN: Final = START + b"MSH"


@frozen
class Frame:
    """One message, as its sender wrote it between the marks."""

    content: bytes

    def __repr__(self) -> str:
        return f"Frame({len(self.content)} bytes)"


@frozen
class TooLarge:
    """A frame of more bytes than are taken: its first MAX_MSH bytes, with the MSH in them."""

    head: bytes

    def __repr__(self) -> str:
        return "TooLarge(…)"


Event = Frame | TooLarge


def framed(content: bytes) -> bytes:
    """``content`` as one frame."""
    return START + content + END


class Frames:
    """The frames of one connection. ``strays`` counts the bytes that were skipped between frames,
    ``restarted`` the frames that their sender began anew.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._searched = 0
        self._inside = False
        self._head: bytes | None = None
        self.strays = 0
        self.restarted = 0

    @property
    def begun(self) -> bool:
        """Whether a frame has begun and has not ended."""
        return self._inside

    @property
    def held(self) -> int:
        """The bytes of the frame that has begun, as far as they are kept."""
        return len(self._held)

    def feed(self, chunk: bytes) -> list[Event]:
        """The frames that end in ``chunk``, in their order."""
        events: list[Event] = []
        rest = chunk
        while rest:
            rest = self._inner(rest, events) if self._inside else self._between(rest)
        return events

    def _between(self, rest: bytes) -> bytes:
        at = rest.find(START)
        if at < 0:
            self.strays += len(rest)
            return b""
        self.strays += at
        self._inside = True
        return rest[at + 1 :]

    def _inner(self, rest: bytes, events: list[Event]) -> bytes:
        self._held += rest
        end = self._held.find(END, self._searched)
        if end < 0:
            # The first half of an end may be the last byte.
            self._searched = max(0, len(self._held) - 1)
            if self._head is not None or len(self._held) > self._max_bytes:
                self._give_up()
            return b""
        content, after = bytes(self._held[:end]), bytes(self._held[end + len(END) :])
        if self._head is None and len(content) > self._max_bytes:
            self._head = content[:MAX_MSH]
        events.append(Frame(self._last(content)) if self._head is None else TooLarge(self._head))
        self._held, self._searched, self._inside, self._head = bytearray(), 0, False, None
        return after

    def _last(self, content: bytes) -> bytes:
        at = content.rfind(_AGAIN)
        if at < 0:
            return content
        self.restarted += 1
        return content[at + 1 :]

    def _give_up(self) -> None:
        """Keep the head of a frame that is too large, and of the rest the last byte alone."""
        if self._head is None:
            self._head = bytes(self._held[:MAX_MSH])
        self._held = self._held[-1:]
        self._searched = 0
