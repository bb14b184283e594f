"""What publications came to, day by day, and how long they took, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.layout import Layout, Texts
from functions.drimbox.pages.kit.times import day, duration

_TEXTS: Final[Texts] = {
    "title": ("Activité", "Activity"),
    "delay": ("De la validation à la publication", "From validation to publication"),
    "p50": ("Médiane (p50)", "Median (p50)"),
    "p95": ("95 % sont publiés en (p95)", "95 % are published within (p95)"),
    "objective": ("Objectif du site", "Objective of the site"),
    "within": ("Dans l'objectif", "Within the objective"),
    "publications": ("Publications comptées", "Publications counted"),
    "no_objective": ("aucun", "none"),
    "nothing": ("—", "—"),
    "days": ("Par jour", "By day"),
    "days_caption": (
        "Messages reçus ce jour, et ce que des examens sont devenus ce jour",
        "Messages received that day, and what became of studies that day",
    ),
    "day": ("Jour", "Day"),
    "today": ("Aujourd'hui", "Today"),
    "received": ("Reçus", "Received"),
    "ignored": ("Laissés de côté", "Left aside"),
    "published": ("Publiés", "Published"),
    "withdrawn": ("Retirés", "Withdrawn"),
    "unchanged": ("Inchangés", "Unchanged"),
    "superseded": ("Dépassés", "Superseded"),
    "held": ("Retenus", "Held"),
    "replayed": ("Rejoués", "Replayed"),
    "total": ("Total", "Total"),
    "period": ("Période", "Period"),
    "last": ("derniers jours", "last days"),
    "incomplete": (
        "Trop de messages sur cette période : les chiffres sont partiels.",
        "Too many messages in this time: the figures are partial.",
    ),
}
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
        return layout.say(_TEXTS, name)

    return layout.document(
        say("title"),
        _periods(layout, days),
        "" if facts["complete"] else components.notice(say("incomplete"), "wait"),
        tag("h2", say("delay")),
        tag("ul", *_delays(layout, facts["delay_seconds"]), class_="cards"),
        tag("h2", say("days")),
        _by_day(layout, facts["days"]),
    )


def _periods(layout: Layout, days: int) -> Html:
    items = []
    for period in PERIODS:
        current = {"aria_current": "page"} if period == days else {}
        words = (
            f"{period} {layout.say(_TEXTS, 'last')}" if period > 1 else layout.say(_TEXTS, "today")
        )
        link = tag("a", words, href=layout.path("/activity", days=str(period)), **current)
        items.append(tag("li", link))
    label = layout.say(_TEXTS, "period")
    return tag("nav", tag("ul", *items), aria_label=label, class_="filters")


def _delays(layout: Layout, delay: Mapping[str, Any]) -> Iterator[Html]:
    def say(name: str) -> str:
        return layout.say(_TEXTS, name)

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
            seconds("objective") if objective else layout.say(_TEXTS, "no_objective"),
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
    heads = [layout.say(_TEXTS, name) for name in ("day", *_COUNTED)]
    rows = [
        _row(_day(one["day"], layout), [one[name] for name in _COUNTED]) for one in reversed(days)
    ]
    totals = [sum(one[name] for one in days) for name in _COUNTED]
    rows.append(_row(layout.say(_TEXTS, "total"), totals))
    caption = layout.say(_TEXTS, "days_caption")
    return components.table(caption, heads, rows, numbers=range(1, len(heads)))


def _row(name: str, figures: list[int]) -> Html:
    return tag(
        "tr",
        tag("th", name, scope="row", class_="tight"),
        *(tag("td", str(one) if one else "·", class_="number") for one in figures),
    )


def _day(text: str, layout: Layout) -> str:
    return day(date.fromisoformat(text).strftime("%Y%m%d"), layout.language)
