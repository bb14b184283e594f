"""What publications came to, day by day, and how long they took, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from functions.drimbox.web import parts
from functions.drimbox.web.frame import Frame, Texts
from functions.drimbox.web.html import Html, tag
from functions.drimbox.web.times import day, duration

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


def activity_page(frame: Frame, facts: Mapping[str, Any], *, days: int) -> bytes:
    """The page of ``operations.activity.report_activity``'s facts about the last ``days`` days."""

    def say(name: str) -> str:
        return frame.say(_TEXTS, name)

    return frame.document(
        say("title"),
        _periods(frame, days),
        "" if facts["complete"] else parts.notice(say("incomplete"), "wait"),
        tag("h2", say("delay")),
        tag("ul", *_delays(frame, facts["delay_seconds"]), class_="cards"),
        tag("h2", say("days")),
        _by_day(frame, facts["days"]),
    )


def _periods(frame: Frame, days: int) -> Html:
    items = []
    for period in PERIODS:
        current = {"aria_current": "page"} if period == days else {}
        words = (
            f"{period} {frame.say(_TEXTS, 'last')}" if period > 1 else frame.say(_TEXTS, "today")
        )
        link = tag("a", words, href=frame.path("/activity", days=str(period)), **current)
        items.append(tag("li", link))
    label = frame.say(_TEXTS, "period")
    return tag("nav", tag("ul", *items), aria_label=label, class_="filters")


def _delays(frame: Frame, delay: Mapping[str, Any]) -> Iterator[Html]:
    def seconds(name: str) -> str:
        value = delay[name]
        if value is None:
            return frame.say(_TEXTS, "nothing")
        return duration(timedelta(seconds=value), frame.language)

    objective = delay["objective"]
    within = delay["within"]
    late = objective is not None and (delay["p95"] or 0) > objective
    figures = (
        ("publications", str(delay["publications"]), ""),
        ("p50", seconds("p50"), ""),
        ("p95", seconds("p95"), ("bad" if late else "good") if objective else ""),
        ("objective", seconds("objective") if objective else frame.say(_TEXTS, "no_objective"), ""),
        ("within", frame.say(_TEXTS, "nothing") if within is None else _share(within, frame), ""),
    )
    for name, figure, colour in figures:
        yield tag("li", frame.say(_TEXTS, name), tag("strong", figure), class_=colour)


def _share(value: float, frame: Frame) -> str:
    space = "\xa0" if frame.language == "fr" else ""
    return f"{value * 100:.0f}{space}%"


def _by_day(frame: Frame, days: list[Mapping[str, Any]]) -> Html:
    heads = [frame.say(_TEXTS, name) for name in ("day", *_COUNTED)]
    rows = [
        _row(_day(one["day"], frame), [one[name] for name in _COUNTED]) for one in reversed(days)
    ]
    totals = [sum(one[name] for one in days) for name in _COUNTED]
    rows.append(_row(frame.say(_TEXTS, "total"), totals))
    caption = frame.say(_TEXTS, "days_caption")
    return parts.table(caption, heads, rows, numbers=range(1, len(heads)))


def _row(name: str, figures: list[int]) -> Html:
    return tag(
        "tr",
        tag("th", name, scope="row", class_="tight"),
        *(tag("td", str(one) if one else "·", class_="number") for one in figures),
    )


def _day(text: str, frame: Frame) -> str:
    return day(date.fromisoformat(text).strftime("%Y%m%d"), frame.language)
