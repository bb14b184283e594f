"""A message's segments as fields with names, for a person to read: text, never markup.

Fields are read as the receiver reads them: the same delimiters, the same escape sequences.
"""

from __future__ import annotations

from typing import Any, Final

from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.segment import Segment, unescape
from functions.drimbox.wording.hl7_fields import FIELDS

# The most characters of one value, and of a whole message: a document in base64 is not for reading.
VALUE_CHARACTERS: Final = 2_000
MESSAGE_CHARACTERS: Final = 400_000


def parse(raw: bytes) -> dict[str, Any]:
    """``segments`` of an accepted message, in order: name, number among those of that name, and
    ``fields`` that hold something. A field has its number, its ``name`` where we know one, and its
    ``values``: repetitions of components, as text. A value that is cut ends with an ellipsis;
    ``complete`` is false where whole fields were left out.

    Raises NotHl7 and MessageError as :func:`read_message`.
    """
    message = read_message(raw)
    left = MESSAGE_CHARACTERS
    segments: list[dict[str, Any]] = []
    for segment in message.segments:
        fields: list[dict[str, Any]] = []
        for number in range(1, len(segment.fields)):
            values = _values(segment, number)
            size = sum(len(text) for components in values for text in components)
            if not size:
                continue
            left -= size
            if left < 0:
                break
            fields.append({"number": number, **_name(segment.name, number), "values": values})
        segments.append({"segment": segment.name, "number": segment.ordinal, "fields": fields})
    return {"segments": segments, "complete": left >= 0}


def _name(segment: str, number: int) -> dict[str, Any]:
    known = FIELDS.get(segment, {}).get(number)
    return {} if known is None else {"name": known.by_language()}


def _values(segment: Segment, number: int) -> list[list[str]]:
    content = segment.fields[number]
    if segment.name == "MSH" and number <= 2:
        return [[content]]  # the delimiters themselves
    return [
        [_text(segment, component) for component in repetition.split(segment.separators[1])]
        for repetition in content.split(segment.separators[2])
    ]


def _text(segment: Segment, component: str) -> str:
    """A component, its subcomponents joined by ``&``."""
    cut = component[:VALUE_CHARACTERS]
    parts = [
        unescape(part, segment.separators, segment.encoding).strip()
        for part in cut.split(segment.separators[4])
    ]
    return " & ".join(parts) + ("…" if len(cut) < len(component) else "")
