"""A contextual call as an inert page: its check, each parameter as sent and as read; its refusal,
which shows no value of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.check import texts
from functions.drimbox.pages.check.answer import inert_page
from functions.drimbox.pages.kit.html import Html, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.drimbox.pages.check.answer import Asked
    from functions.drimbox.wording.text import Language


def call_page(facts: Mapping[str, Any], language: Language, asked: Asked | None = None) -> bytes:
    """The page of a call's facts (``call_facts.describe``), UTF-8. ``asked`` is the page that asked
    for it, None for a program.
    """
    return _Page(language).whole(facts, asked)


_VERDICTS: Final = {303: "verdict good", 400: "verdict bad"}
_HEADS: Final = {
    "faults": ("fault", "parameter", "clause"),
    "lines": ("parameter", "value", "read"),
}


def refused_call_page(faults: Sequence[Mapping[str, Any]], language: Language) -> bytes:
    """The page of a refused call, from its faults alone: it may stand on anybody's screen."""
    return _Page(language).refused(faults)


class _Page:
    """The page in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def whole(self, facts: Mapping[str, Any], asked: Asked | None) -> bytes:
        """The document."""
        status = facts["status"]
        return inert_page(
            self._language,
            self._say("title"),
            tag("p", tag("a", self._say("back"), href=asked.path)) if asked else "",
            tag("p", self._say("dry")),
            tag("p", self._say(str(status)), class_=_VERDICTS[status]),
            self._section("faults", "no_fault", map(self._fault, facts["faults"])),
            self._section("lines", "no_line", map(self._line, facts["lines"])),
            asked=asked,
        )

    def refused(self, faults: Sequence[Mapping[str, Any]]) -> bytes:
        """The document of a refusal."""
        return inert_page(
            self._language,
            self._say("refused"),
            tag("p", self._say("why"), class_=_VERDICTS[400]),
            tag("p", self._say("todo")),
            self._section("faults", "no_fault", map(self._fault, faults)),
        )

    def _say(self, name: str) -> str:
        return texts.CALL[name].in_language(self._language)

    def _section(self, name: str, none: str, made: Iterable[Html]) -> Html:
        rows = list(made)
        if not rows:
            return tag("section", tag("h2", self._say(name)), tag("p", self._say(none)))
        heads = (tag("th", self._say(head), scope="col") for head in _HEADS[name])
        whole = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
        return tag("section", tag("h2", self._say(name)), whole)

    def _fault(self, fault: Mapping[str, Any]) -> Html:
        return _row(
            tag(
                "td",
                tag("strong", fault["words"][self._language]),
                *self._values(fault),
                tag("div", fault["todo"][self._language]),
                tag("div", tag("code", fault["code"])),
            ),
            tag("td", tag("code", fault["parameter"] or ""), class_="name"),
            tag("td", fault["clause"] or ""),
        )

    def _values(self, fault: Mapping[str, Any]) -> Iterable[Html]:
        """The value that was read, which a refusal does not have, and the accepted ones."""
        if (value := fault.get("value")) is not None:
            found = tag("code", value) if value else self._say("empty")
            yield tag("div", f"{self._say('found')} : ", found)
        yield tag("div", f"{self._say('accepted')} : {fault['accepted'][self._language]}")

    def _line(self, line: Mapping[str, Any]) -> Html:
        return _row(
            tag("td", tag("code", line["name"])),
            tag("td", line["value"]),
            tag("td", tag("code", line["fault"]) if line["fault"] else self._value(line["read"])),
        )

    def _value(self, value: Any) -> str:
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        if isinstance(value, list):
            return self._range(value)
        return str(value)

    def _range(self, ends: Sequence[str | None]) -> str:
        return " – ".join(end or self._say("open") for end in ends)


def _row(*cells: Html) -> Html:
    return tag("tr", *cells)
