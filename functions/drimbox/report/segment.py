r"""One HL7 v2 segment: fields by number, escape sequences, and where it is (HL7 v2.5 chapter 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from functions.drimbox.errors import MessageError
from functions.drimbox.report.conditions import Condition

# C0 (tab, LF and CR aside), DEL and C1: never part of a text.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def unescape(value: str, separators: str, encoding: str) -> str:
    r"""Decode the escape sequences of ``value`` (HL7 v2.5 2.7).

    ``separators`` are MSH-1 and MSH-2. ``\F\ \S\ \T\ \R\ \E\`` give the delimiters, ``\Xhh…\``
    characters in ``encoding``, ``\.br\`` a line end; highlighting (``\H\ \N\``) is dropped. A
    sequence that is not understood, or would put a control character into the text, stays as
    written.
    """
    field, component, repetition, mark, subcomponent = tuple(separators[:5])
    if mark not in value:
        return value
    known = {
        "F": field,
        "S": component,
        "R": repetition,
        "E": mark,
        "T": subcomponent,
        ".br": "\n",
        "H": "",
        "N": "",
    }

    def decode(match: re.Match[str]) -> str:
        code = match[1]
        if code in known or not code.startswith("X"):
            return known.get(code, match[0])
        try:
            text = bytes.fromhex(code[1:]).decode(encoding)
        except ValueError:
            return match[0]
        return match[0] if CONTROL.search(text) else text

    quoted = re.escape(mark)
    return re.sub(f"{quoted}([^{quoted}]*){quoted}", decode, value)


def escape(value: str, separators: str) -> str:
    r"""Encode ``value`` so that it stays inside one subcomponent (HL7 v2.5 2.7)."""
    field, component, repetition, mark, subcomponent = tuple(separators[:5])
    table = {
        field: "F",
        component: "S",
        repetition: "R",
        mark: "E",
        subcomponent: "T",
        "\r": "X0D",
        "\n": "X0A",
    }
    return value.translate({ord(char): f"{mark}{code}{mark}" for char, code in table.items()})


def _part(text: str, separator: str, number: int) -> str:
    """Part ``number`` (from 1) of ``text``, "" when there are fewer; copies nothing but that part.

    A text without separators is its own first part (HL7 v2.5 2.5.3).
    """
    start = 0
    for _ in range(number - 1):
        start = text.find(separator, start) + 1
        if not start:
            return ""
    end = text.find(separator, start)
    return text[start:] if end < 0 else text[start:end]


@dataclass(frozen=True, slots=True)
class Segment:
    r"""One segment: ``ordinal`` counts the segments of the same name, from 1 (ERR-2.2).

    ``fields`` are the fields as they are written, by number, the name being number 0; MSH-1 and
    MSH-2 are there too, and are read as ``separators``. A field is split only when it is read: a
    document in base64 is then copied once, and most fields never.
    """

    name: str
    ordinal: int
    separators: str
    encoding: str
    fields: tuple[str, ...]

    @classmethod
    def of(cls, line: str, ordinal: int, separators: str, encoding: str) -> Segment:
        """The segment that ``line`` is, its name being its first three characters."""
        fields = line.split(separators[0])
        if line.startswith("MSH"):
            fields.insert(1, separators[0])
        return cls(line[:3], ordinal, separators, encoding, tuple(fields))

    def text(
        self, field: int, component: int = 1, subcomponent: int = 1, *, repetition: int = 1
    ) -> str:
        """The value at that place, numbers from 1: unescaped, stripped, "" when absent or null."""
        content = self.fields[field] if field < len(self.fields) else ""
        for separator, number in (
            (self.separators[2], repetition),
            (self.separators[1], component),
            (self.separators[4], subcomponent),
        ):
            content = _part(content, separator, number)
        value = unescape(content, self.separators, self.encoding).strip()
        return "" if value == '""' else value

    def repetitions(self, field: int) -> range:
        """The numbers of the field's repetitions, from 1."""
        if field >= len(self.fields):
            return range(1, 1)
        return range(1, 2 + self.fields[field].count(self.separators[2]))

    def location(self, field: int | None = None) -> str:
        """ERR-2 of the segment, or of one of its fields: ``PID^1^3``."""
        place = f"{self.name}^{self.ordinal}"
        return place if field is None else f"{place}^{field}"

    def error(
        self,
        code: str,
        field: int,
        condition: Condition,
        detail: str,
        application_code: str = "",
    ) -> MessageError:
        """The error that names ``field`` of this segment; ``detail`` never quotes its value."""
        return MessageError(
            code,
            location=self.location(field),
            condition=condition,
            application_code=application_code,
            detail=detail,
        )

    def required(self, field: int, code: str, detail: str) -> str:
        """The value of ``field``; MessageError (101) when it is absent."""
        value = self.text(field)
        if not value:
            raise self.error(code, field, Condition.REQUIRED_FIELD, detail)
        return value

    def __repr__(self) -> str:
        return f"Segment({self.location()})"
