"""MSH: the delimiters, the character set, the sender, the type (HL7 v2.5 2.15.9).

Read before anything else, from bytes, so that even a message that is refused can be acknowledged:
an MSH is found wherever its line begins. Blank lines, MLLP framing bytes and UTF-8 byte order marks
around the message are dropped, in any order; anything else before MSH is ``read_message``'s to
refuse.
"""

from __future__ import annotations

import re
from typing import Final

from functions.drimbox.errors import NotHl7
from functions.drimbox.report.model import MessageHeader
from functions.drimbox.report.segment import CONTROL, Segment

MAX_MSH: Final = 4_096  # bytes

# HL7 table 0211, as far as the volet allows and its senders use it; absent means UTF-8.
CHARACTER_SETS: Final[dict[str, str]] = {
    "": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "8859/1": "iso8859-1",
    "8859/15": "iso8859-15",
    "ASCII": "ascii",
}
# Blanks, MLLP's start (HL7 v2.5 appendix C) and byte order marks; and the blanks and MLLP's end.
_FRAMED: Final = re.compile(rb"[ \t\r\n\x0b]*(?:\xef\xbb\xbf[ \t\r\n\x0b]*){0,2}(?=MSH)")
_AFTER: Final = b" \t\r\n\x1c"
# A line that begins with MSH, after something else than framing.
_LATER: Final = re.compile(rb"[\r\n\x0b][ \t]*(?=MSH)")
_NEVER_DELIMITERS: Final = frozenset(" +/=")  # they occur in base64


def locate(raw: bytes) -> tuple[bytes, bool]:
    """The message from its MSH on, and whether nothing but blanks and framing stands before it.

    Without an MSH the bytes are as they came.
    """
    framed = _FRAMED.match(raw)
    found = framed or _LATER.search(raw)
    return raw[found.end() if found else 0 :].rstrip(_AFTER), framed is not None


def _separators(line: str) -> str:
    """MSH-1 and MSH-2: five or six distinct punctuation marks. NotHl7 when they are not that."""
    separators = line[3:4] + (line[4:].split(line[3], 1)[0] if line[3:4] else "")
    ends = line[3 + len(separators) : 4 + len(separators)] == line[3:4]
    if not ends or len(separators) not in (5, 6) or len(set(separators)) != len(separators):
        raise NotHl7("MSH-1 and MSH-2 do not define the delimiters")
    for char in separators:
        if not char.isascii() or not char.isprintable() or char.isalnum():
            raise NotHl7("a delimiter is not a punctuation mark")
        if char in _NEVER_DELIMITERS:
            raise NotHl7("a delimiter is not a usable punctuation mark")
    return separators


def read_msh(body: bytes) -> tuple[Segment, str]:
    """MSH of an unframed message, and the value of MSH-18 (first repetition), in capitals.

    MSH is decoded as UTF-8 when it is that, else as MSH-18 says, else as ISO 8859-1, so that an
    acknowledgement is possible; control characters are left out of it, and so is its excess over
    MAX_MSH bytes: ``read_message`` refuses both. Raises NotHl7 when there is no MSH or its
    delimiters are unusable.
    """
    line = body[:MAX_MSH].replace(b"\n", b"\r").split(b"\r", 1)[0]
    if not line.startswith(b"MSH"):
        raise NotHl7("no MSH segment")
    # The delimiters and MSH-18 are ASCII: any ASCII superset finds them.
    text = line.decode("iso8859-1")
    separators = _separators(text)
    fields = text.split(separators[0])
    declared = "".join(fields[17:18]).split(separators[2])[0].strip().upper()
    encoding = CHARACTER_SETS.get(declared, "utf-8")
    if not line.isascii():
        encoding = _codec_of(line, encoding)
        text = line.decode(encoding)
    return Segment.of(CONTROL.sub("", text), 1, separators, encoding), declared


def _codec_of(line: bytes, encoding: str) -> str:
    for candidate in ("utf-8", encoding):
        try:
            line.decode(candidate)
        except UnicodeDecodeError:
            continue
        return candidate
    return "iso8859-1"


def header_of(msh: Segment) -> MessageHeader:
    """The header that MSH holds. An HD is its namespace (HD.1), or its universal id (HD.2) without
    one.
    """
    return MessageHeader(
        separators=msh.separators,
        sending_application=msh.text(3) or msh.text(3, 2),
        sending_facility=msh.text(4) or msh.text(4, 2),
        receiving_application=msh.text(5) or msh.text(5, 2),
        receiving_facility=msh.text(6) or msh.text(6, 2),
        event=(msh.text(9), msh.text(9, 2), msh.text(9, 3)),
        control_id=msh.text(10),
        processing_id=msh.text(11),
        version=msh.text(12),
        encoding=msh.encoding,
    )


def read_header(raw: bytes) -> MessageHeader:
    """Read MSH alone, whatever follows it; cheap at any size. Raises NotHl7.

    ``encoding`` is the codec that MSH-18 names (UTF-8 when it names none that we know), or the one
    that MSH itself turns out to be written in.
    """
    return header_of(read_msh(locate(raw)[0])[0])
