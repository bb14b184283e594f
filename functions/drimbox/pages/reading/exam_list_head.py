"""The head of the list: its counts, its order, and all that the list does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.components import notice
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading import list_texts, texts
from functions.drimbox.pages.reading.exam_filters import button
from functions.drimbox.pages.reading.list_parts import part_words
from functions.drimbox.pages.reading.wordings import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.consultation.imaging_history import History, Totals
    from functions.drimbox.consultation.list_view import ListView
    from functions.drimbox.pages.kit.layout import Layout


# Why documents are left out: some cannot be read whole, some are of another identity.
_REASONS: Final = {
    (False, False): "",
    (True, False): "_unreadable",
    (False, True): "_contradicting",
    (True, True): "_left_out",
}


def list_head(layout: Layout, history: History, view: ListView, read_at: Html) -> Html:
    """The title, the counts, the time of the question to the DMP, the order, another look."""
    before, _, after = layout.say(list_texts.LIST, "read_at").partition("{time}")
    total = history.total
    counts = _counts(layout, total)
    if total.sites:
        counts += f", {counted(layout, total.sites, list_texts.SITES)}"
    other = "newest" if view.oldest_first else "oldest"
    return tag(
        "div",
        tag(
            "div",
            tag("h1", layout.say(texts.EXAMS, "title"), *_part(layout, history)),
            tag("p", f"{counts} · {before}", read_at, after),
        ),
        tag(
            "div",
            button(layout, "order", other, label=other, class_="quiet"),
            tag(
                "a",
                layout.say(list_texts.LIST, "refresh"),
                href=layout.path(layout.here),
                class_="button quiet",
            ),
        ),
        class_="head",
    )


def _part(layout: Layout, history: History) -> Iterator[Html]:
    """The page of a list that has several."""
    if history.parts > 1:
        yield tag("small", f" · {part_words(layout, history)}")


def list_notices(
    layout: Layout,
    history: History,
    view: ListView,
    *,
    narrowed: bool,
    unreadable: int,
    contradicting: int = 0,
) -> Iterator[Html]:
    """Each kind of document that the list leaves out, and the way to it.

    ``contradicting``: the documents of another identity, of which the page's alert tells already.
    """
    if unreadable:
        yield notice(_say(layout, "unreadable", count=unreadable), "bad", role="alert")
    if narrowed and view.everything:
        yield notice(join(_say(layout, "widened"), button(layout, "wanted")), "plain")
    elif narrowed:
        words = [
            _say(layout, "narrowed"),
            _say(layout, "unwanted", counts=_counts(layout, history.unwanted)),
        ]
        told = " ".join(words[:1] if history.unwanted.nothing else words)
        yield notice(join(told, button(layout, "everything")), "wait")
    hidden = {name: count for name, count in history.states.items() if name in view.states}
    states = [
        f"{layout.text(list_texts.STATES[name]).lower()} ({count})"
        for name, count in hidden.items()
        if count
    ]
    if states:
        told = _say(layout, "not_shown", states=", ".join(states))
        yield notice(join(told, button(layout, "reveal")), "plain")
    if history.found != history.total:
        told = _say(layout, "found", counts=_counts(layout, history.found))
        reset = button(layout, "reset", label="all", class_="link")
        yield tag("p", f"{told} ", reset, class_="found")
    if not history.groups:
        empty = "none_wanted" if narrowed and not view.everything else "none"
        hiding = states or not history.total.nothing
        name = "none_found" if hiding else empty
        reason = _REASONS[bool(unreadable), bool(contradicting)]
        yield tag("p", _say(layout, f"{name}{reason if name == 'none' else reason and '_shown'}"))


def _say(layout: Layout, name: str, **values: object) -> str:
    return layout.say(list_texts.LIST, name).format(**values)


def _counts(layout: Layout, totals: Totals) -> str:
    exams = counted(layout, totals.exams, list_texts.EXAMS)
    return f"{exams}, {counted(layout, totals.reports, list_texts.REPORTS)}"
