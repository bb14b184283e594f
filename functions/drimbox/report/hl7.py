"""HL7 v2 messages, from bytes to segments (HL7 v2.5 chapter 2, volet CISIS_CDA_HL7_V2).

Framing, character set and limits come before any splitting. Nothing here knows what a report is.

- Segments end with CR, LF or CRLF; the last end may be missing; blank lines are dropped.
- The ceiling of delimiters leaves escape marks out: a document in base64 may have escaped line
  ends. A value is decoded within a ceiling of its own (``segment.MAX_ESCAPES``).
- Bytes that are valid UTF-8 are UTF-8 whatever MSH-18 says: a text in ISO 8859 whose accents are
  by chance all well-formed UTF-8 does not occur, UTF-8 declared as ISO 8859 does. Otherwise MSH-18
  rules. Bytes that are no characters of the declared set are refused, never replaced.
- NUL and the other control characters (tab aside) are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from functions.drimbox.errors import MessageError
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.header import (
    CHARACTER_SETS,
    MAX_MSH,
    header_of,
    locate,
    read_msh,
)
from functions.drimbox.report.segment import CONTROL, Segment
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.report.model import MessageHeader

P = ParamSpec("P")
T = TypeVar("T")

MAX_BYTES: Final = 64 * 1024 * 1024
# The largest message of one request (a Lambda's stops at 6 MB in base64); larger ones are uploaded.
MAX_DIRECT_BYTES: Final = 4 * 1024 * 1024
MAX_SEGMENTS: Final = 2_000
MAX_DELIMITERS: Final = 50_000  # splitting costs memory, counting costs time

_CONTROLS: Final = tuple(chr(code) for code in range(256) if CONTROL.match(chr(code)))
_SEGMENT_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_BATCH: Final = frozenset({"FHS", "FTS", "BHS", "BTS"})
# The rest of a message, or of a segment, is in another message (HL7 v2.5 2.10.2).
_FRAGMENT: Final = frozenset({"ADD", "DSC"})


@frozen
class Message:
    """A split message; ``segments`` in order, MSH first."""

    header: MessageHeader
    segments: tuple[Segment, ...]

    def all(self, name: str) -> tuple[Segment, ...]:
        """Every segment of that name, in order."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def single(self, name: str) -> Segment:
        """The one segment of that name; MessageError (100) when there is none or another one."""
        found = self.all(name)
        if len(found) != 1:
            problem = "repeated" if found else "missing"
            raise MessageError(
                f"segment_{problem}",
                location=found[1].location() if found else f"{name}^1",
                condition=Condition.SEGMENT_SEQUENCE,
                detail=f"segment {name} is {problem}",
            )
        return found[0]


def attempt(
    faults: list[MessageError], read: Callable[P, T], *args: P.args, **more: P.kwargs
) -> T | None:
    """The result of ``read``, or None and its MessageError among ``faults``."""
    try:
        return read(*args, **more)
    except MessageError as error:
        # The traceback's frames hold parts of the message: they end here.
        faults.append(error.with_traceback(None))
        return None


def read_message(
    raw: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_segments: int = MAX_SEGMENTS,
    max_delimiters: int = MAX_DELIMITERS,
) -> Message:
    """Read a whole message of at most ``max_bytes`` bytes; the limits hold before parsing.

    Raises NotHl7 without a readable MSH; MessageError ``message_too_large`` (also MSH alone),
    ``character_set`` (MSH-18), ``not_a_segment`` (also a second MSH, or a batch: located at the
    segment before it, at MSH when it stands before MSH), ``message_fragment`` (MSH-14, ADD or DSC:
    a part of a message is never read as the whole) or ``control_character`` (located at its
    segment).
    """
    if len(raw) > max_bytes:
        raise _too_large("the message has too many bytes")
    body, alone = locate(raw)
    msh, declared = read_msh(body)
    if not alone:
        raise _not_a_segment("MSH^1", "the message does not begin with MSH")
    text = _decode(body, declared)
    lines = _lines(text, msh.separators, max_segments, max_delimiters)
    names = _names(lines, msh.separators[0])
    _refuse_controls(text, lines, names)
    _refuse_fragment(msh, names)
    return Message(
        header_of(msh),
        tuple(
            Segment.of(line, ordinal, msh.separators, msh.encoding)
            for line, (_, ordinal) in zip(lines, names, strict=True)
        ),
    )


def _too_large(detail: str) -> MessageError:
    return MessageError(
        "message_too_large", location="MSH^1", condition=Condition.OTHER, detail=detail
    )


def _not_a_segment(location: str, detail: str) -> MessageError:
    return MessageError(
        "not_a_segment", location=location, condition=Condition.SEGMENT_SEQUENCE, detail=detail
    )


def _decode(body: bytes, declared: str) -> str:
    detail = "MSH-18 names a character set that we do not read"
    if declared in CHARACTER_SETS:
        for candidate in ("utf-8", CHARACTER_SETS[declared]):
            try:
                return body.decode(candidate)
            except UnicodeDecodeError:
                detail = "the message is not in the character set that MSH-18 names"
    raise MessageError(
        "character_set", location="MSH^1^18", condition=Condition.TABLE_VALUE, detail=detail
    )


def _lines(text: str, separators: str, max_segments: int, max_delimiters: int) -> list[str]:
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    field, component, repetition, _escape, subcomponent = tuple(separators[:5])
    if sum(map(text.count, (field, component, repetition, subcomponent, "\r"))) > max_delimiters:
        raise _too_large("the message has too many delimiters")
    lines = [line for line in text.split("\r") if line.strip(" \t")]
    if len(lines) > max_segments:
        raise _too_large("the message has too many segments")
    if len(lines[0].encode()) > MAX_MSH:
        raise _too_large("MSH is too long")
    return lines


def _names(lines: list[str], field_separator: str) -> list[tuple[str, int]]:
    """Name and ordinal of each line's segment. MessageError when a line is no segment."""
    names: list[tuple[str, int]] = []
    counts: dict[str, int] = {}
    for line in lines:
        name = line[:3]
        well_formed = _SEGMENT_NAME.fullmatch(name) and line[3:4] in ("", field_separator)
        if not well_formed or name in _BATCH or (name == "MSH" and names):
            raise _not_a_segment(
                "{}^{}".format(*names[-1]),
                "the line after this segment is not a segment of the message",
            )
        counts[name] = counts.get(name, 0) + 1
        names.append((name, counts[name]))
    return names


def _refuse_fragment(msh: Segment, names: list[tuple[str, int]]) -> None:
    places = ["{}^{}".format(*name) for name in names if name[0] in _FRAGMENT]
    if msh.text(14):
        places.insert(0, msh.location(14))
    if places:
        raise MessageError(
            "message_fragment",
            location=places[0],
            condition=Condition.SEGMENT_SEQUENCE,
            detail="the message is continued by another, or continues one",
        )


def _refuse_controls(text: str, lines: list[str], names: list[tuple[str, int]]) -> None:
    # One fast search for each, and for the whole: a message may hold a document of megabytes.
    found = [control for control in _CONTROLS if control in text]
    for line, name in zip(lines, names, strict=True):
        if any(control in line for control in found):
            raise MessageError(
                "control_character",
                location="{}^{}".format(*name),
                condition=Condition.DATA_TYPE,
                detail="control character in the segment",
            )
