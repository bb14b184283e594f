"""The activity page: outcomes of publications by day, and their delays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.times import day, duration
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.day_bars import day_bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.pages.kit.layout import Layout

_COUNTED: Final = (
    "received",
    "published",
    "held",
    "replayed",
    "withdrawn",
    "unchanged",
    "superseded",
    "ignored",
)
PERIODS: Final = (1, 7, 31)


def activity_page(layout: Layout, facts: Mapping[str, Any], *, days: int) -> bytes:
    """The page of ``operations.activity.report_activity``'s facts about the last ``days`` days."""

    def say(name: str) -> str:
        return layout.say(texts.ACTIVITY, name)

    download = layout.path("/activity", days=str(days), format="csv")
    return layout.document(
        say("title"),
        _periods(layout, days),
        "" if facts["complete"] else components.notice(say("incomplete"), "wait"),
        tag("h2", say("delay")),
        tag("ul", *_delays(layout, facts["delay_seconds"]), class_="cards"),
        tag("h2", say("days")),
        day_bars(layout, facts["days"], lambda text: _day(text, layout)),
        _by_day(layout, facts["days"]),
        tag("p", tag("a", say("csv"), href=download, download="")),
    )


def activity_rows(layout: Layout, facts: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """The same days as rows of a file, the heads first; a day is YYYY-MM-DD."""
    yield tuple(layout.say(texts.ACTIVITY, name) for name in ("day", *_COUNTED))
    for one in facts["days"]:
        yield (one["day"], *(one[name] for name in _COUNTED))


def _periods(layout: Layout, days: int) -> Html:
    items = []
    for period in PERIODS:
        current = {"aria_current": "page"} if period == days else {}
        words = (
            f"{period} {layout.say(texts.ACTIVITY, 'last')}"
            if period > 1
            else layout.say(texts.ACTIVITY, "today")
        )
        link = tag("a", words, href=layout.path("/activity", days=str(period)), **current)
        items.append(tag("li", link))
    label = layout.say(texts.ACTIVITY, "period")
    return tag("nav", tag("ul", *items), aria_label=label, class_="filters")


def _delays(layout: Layout, delay: Mapping[str, Any]) -> Iterator[Html]:
    def say(name: str) -> str:
        return layout.say(texts.ACTIVITY, name)

    def seconds(name: str) -> str:
        value = delay[name]
        if value is None:
            return say("nothing")
        return duration(timedelta(seconds=value), layout.language)

    objective = delay["objective"]
    within = delay["within"]
    late = objective is not None and (delay["p95"] or 0) > objective
    figures = (
        ("publications", str(delay["publications"]), ""),
        ("p50", seconds("p50"), ""),
        ("p95", seconds("p95"), ("bad" if late else "good") if objective else ""),
        (
            "objective",
            seconds("objective") if objective else layout.say(texts.ACTIVITY, "no_objective"),
            "",
        ),
        ("within", say("nothing") if within is None else _share(within, layout), ""),
    )
    for name, figure, colour in figures:
        yield tag("li", say(name), tag("strong", figure), class_=colour)


def _share(value: float, layout: Layout) -> str:
    space = "\xa0" if layout.language == "fr" else ""
    return f"{value * 100:.0f}{space}%"


def _by_day(layout: Layout, days: list[Mapping[str, Any]]) -> Html:
    def say(name: str) -> str:
        return layout.say(texts.ACTIVITY, name)

    columns = [components.Column(say("day"), "tight")]
    columns += [components.Column(say(name), "number") for name in _COUNTED]
    rows = [
        _row(_own_day(one["day"], layout), [one[name] for name in _COUNTED])
        for one in reversed(days)
    ]
    totals = [sum(one[name] for one in days) for name in _COUNTED]
    rows.append(_row(say("total"), totals))
    return components.listing(say("days_caption"), columns, rows)


def _row(name: str, figures: list[int]) -> tuple[str, ...]:
    """A day; in a narrow window, cells without a figure are left out."""
    return (name, *(str(one) if one else "" for one in figures))


def _day(text: str, layout: Layout) -> str:
    return day(date.fromisoformat(text).strftime("%Y%m%d"), layout.language)


def _own_day(text: str, layout: Layout) -> Html:
    """A day of the site's own clock, exact for programs."""
    return tag("time", _day(text, layout), datetime=text)
