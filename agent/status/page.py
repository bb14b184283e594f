"""The status page: one inert document, no script, nothing loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agent.status.board import count_of
from agent.status.texts import PAGE, STATES
from functions.drimbox.pages.check.answer import inert_page
from functions.drimbox.pages.kit.html import Html, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.drimbox.wording.text import Language

_CODES: Final = ("AA", "AE", "AR")
_AGENT: Final = ("version", "started_at", "now")
_GATEWAY: Final = ("state", "since", "answered_at", "clock_difference_seconds")
_WORK: Final = ("state", "since", "answered_at", "last_job_at")
_SPOOL: Final = (
    "messages",
    "bytes",
    "oldest_at",
    "aside",
    "sent",
    "last_sent_at",
    "disk_free_bytes",
)


def status_page(facts: Mapping[str, Any], language: Language) -> bytes:
    """The page of the facts of ``board.describe``, UTF-8."""
    return _Page(language).whole(facts)


class _Page:
    """The page in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def whole(self, facts: Mapping[str, Any]) -> bytes:
        """The document."""
        return inert_page(
            self._language,
            self._say("title"),
            *self._verdict(facts),
            *self._named("gateway", _GATEWAY, facts["gateway"]),
            *self._kept(facts["spool"]),
            *self._listeners(facts["listeners"]),
            *self._archives(facts["pacs"]),
            *self._work(facts["work"]),
            *self._named("agent", _AGENT, facts),
        )

    def _say(self, name: str) -> str:
        return PAGE[name].in_language(self._language)

    def _verdict(self, facts: Mapping[str, Any]) -> Iterable[Html]:
        if facts["healthy"]:
            return (tag("p", self._say("healthy"), class_="verdict good"),)
        rows = (
            (one["words"][self._language], one["todo"][self._language], one["code"])
            for one in facts["problems"]
        )
        return (
            tag("h2", self._say("problems")),
            tag(
                "div",
                self._table(
                    (self._say("problem"), self._say("todo")),
                    (
                        (tag("td", words, " ", tag("code", code)), tag("td", todo))
                        for words, todo, code in rows
                    ),
                ),
                class_="verdict bad",
            ),
        )

    def _kept(self, spool: Mapping[str, Any]) -> Iterable[Html]:
        if spool["keeps"]:
            return self._named("spool", _SPOOL, spool)
        return tag("h2", self._say("spool")), tag("p", self._say("nothing_kept"))

    def _listeners(self, listeners: Sequence[Mapping[str, Any]]) -> Iterable[Html]:
        heads = ("name", "port", "connections", "last_message_at")
        rows = (
            (
                *(tag("td", self._value(name, one[name])) for name in heads),
                *(tag("td", str(count_of(one["answers"], code))) for code in _CODES),
                tag("td", str(sum(one["turned_away"].values()))),
            )
            for one in listeners
        )
        return self._listed(
            "listeners", (*map(self._say, heads), *_CODES, self._say("turned_away")), rows
        )

    def _archives(self, archives: Sequence[Mapping[str, Any]]) -> Iterable[Html]:
        heads = ("name", "state", "since")
        rows = (
            tuple(tag("td", self._value(name, one[name])) for name in heads) for one in archives
        )
        return self._listed("pacs", tuple(map(self._say, heads)), rows)

    def _work(self, work: Mapping[str, Any] | None) -> Iterable[Html]:
        if work is None:
            return ()
        heads = ("kind", "outcome", "count")
        rows = (tuple(tag("td", str(one[name])) for name in heads) for one in work["jobs"])
        return (
            *self._named("work", _WORK, work),
            *self._listed("jobs", tuple(map(self._say, heads)), rows),
        )

    def _named(self, title: str, names: Sequence[str], facts: Mapping[str, Any]) -> Iterable[Html]:
        rows = (
            tag(
                "tr",
                tag("th", self._say(name), scope="row"),
                tag("td", self._value(name, facts[name])),
            )
            for name in names
        )
        return tag("h2", self._say(title)), tag("table", tag("tbody", *rows))

    def _listed(
        self, title: str, heads: Sequence[str], rows: Iterable[Sequence[Html]]
    ) -> Iterable[Html]:
        found = list(rows)
        content = self._table(heads, found) if found else tag("p", self._say("none"))
        return tag("h2", self._say(title)), content

    def _table(self, heads: Sequence[str], rows: Iterable[Sequence[Html]]) -> Html:
        return tag(
            "table",
            tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
            tag("tbody", *(tag("tr", *cells) for cells in rows)),
        )

    def _value(self, name: str, value: Any) -> str:
        if value is None:
            return "–"
        return STATES[value].in_language(self._language) if name == "state" else str(value)
