r"""One HL7 v2 segment: fields by number, escape sequences, and where it is (HL7 v2.5 chapter 2)."""

from __future__ import annotations

import re
from typing import Final

from functions.drimbox.errors import MessageError
from functions.drimbox.report.conditions import Condition
from functions.drimbox.values import frozen

# C0 (tab, LF and CR aside), DEL and C1: never part of a text.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MAX_REPETITIONS: Final = 100
# Escape marks of one value that is decoded. Only a document in base64 with escaped line ends has
# more, and its reader drops them itself.
MAX_ESCAPES: Final = 1_000


def unescape(value: str, separators: str, encoding: str) -> str:
    r"""Decode the escape sequences of ``value`` (HL7 v2.5 2.7).

    ``separators`` are MSH-1 and MSH-2. ``\F\ \S\ \T\ \R\ \E\`` give the delimiters, ``\Xhh…\``
    characters in ``encoding``, ``\.br\`` a line end; highlighting (``\H\ \N\``) is dropped. A
    sequence that is not understood, or would put a control character into the text, stays as
    written; so does a value of more than MAX_ESCAPES marks.
    """
    # Hardly any value has an escape mark: the first look is the cheapest.
    if separators[3] not in value:
        return value
    field, component, repetition, mark, subcomponent = tuple(separators[:5])
    if value.count(mark) > MAX_ESCAPES:
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


@frozen
class Repetition:
    """One repetition of a field; numbers count from 1."""

    written: str
    separators: str
    encoding: str

    def text(self, component: int = 1, subcomponent: int = 1) -> str:
        """The value at that place: unescaped, stripped, "" when absent or null."""
        content = _part(self.written, self.separators[1], component)
        return self._value(_part(content, self.separators[4], subcomponent))

    def whole(self, component: int = 1) -> str:
        """A component that has no subcomponents: any that it has stay in it, so that no comparison
        finds it.
        """
        return self._value(_part(self.written, self.separators[1], component))

    def alone(self) -> str:
        """A value that has no components: any that follow stay in it, as in :meth:`whole`."""
        return self._value(self.written.rstrip(self.separators[1]))

    def _value(self, content: str) -> str:
        value = unescape(content, self.separators, self.encoding).strip()
        return "" if value == '""' else value


@frozen
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

    def first(self, field: int) -> Repetition:
        """The first repetition of ``field``, an empty one when the field is absent."""
        content = self.fields[field] if field < len(self.fields) else ""
        return self._repetition(_part(content, self.separators[2], 1))

    def text(self, field: int, component: int = 1, subcomponent: int = 1) -> str:
        """The value at that place of the field's first repetition (:meth:`Repetition.text`)."""
        return self.first(field).text(component, subcomponent)

    def repetitions(self, field: int) -> tuple[Repetition, ...]:
        """Every repetition of ``field``, none when the field is absent; split once.

        MessageError ``too_many_repetitions`` (198) for more than MAX_REPETITIONS.
        """
        if field >= len(self.fields):
            return ()
        content, separator = self.fields[field], self.separators[2]
        if content.count(separator) >= MAX_REPETITIONS:
            raise self.error(
                "too_many_repetitions", field, Condition.CARDINALITY, "too many repetitions"
            )
        return tuple(map(self._repetition, content.split(separator)))

    def _repetition(self, written: str) -> Repetition:
        return Repetition(written, self.separators, self.encoding)

    def single(self, field: int) -> Repetition:
        """The one repetition of ``field``, whose value must not be said twice.

        MessageError ``field_repeated`` (198) when another one follows.
        """
        content = self.fields[field] if field < len(self.fields) else ""
        if self.separators[2] in content.rstrip(self.separators[2]):
            raise self.error(
                "field_repeated", field, Condition.CARDINALITY, "the field must not repeat"
            )
        return self.first(field)

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
        """The one value of ``field``; MessageError (101) when it is absent, ``field_repeated``."""
        value = self.single(field).text()
        if not value:
            raise self.error(code, field, Condition.REQUIRED_FIELD, detail)
        return value

    def __repr__(self) -> str:
        return f"Segment({self.location()})"
