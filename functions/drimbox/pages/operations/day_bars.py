"""A bar for each day: its published studies, and above them those that were held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from functions.drimbox.pages.kit.layout import Layout

# From the foot of a bar; each is a class of the style sheet and a counter of the day.
_PARTS: Final = ("published", "held")
# In units of the picture, which is stretched to the page: a day's room, its bar, the height.
_ROOM: Final = 10
_BAR: Final = 8
_HEIGHT: Final = 100


def day_bars(
    layout: Layout, days: Sequence[Mapping[str, Any]], named: Callable[[str], str]
) -> Html:
    """The picture of ``operations.activity``'s days, oldest first, with its legend; ``named`` gives
    a day's words. Nothing where no day has a figure: the table says it all.
    """
    most = max((sum(one[part] for part in _PARTS) for one in days), default=0)
    if not most:
        return join()
    bars = (
        tag("g", tag("title", _words(layout, one, named)), *_bar(one, at, most))
        for at, one in enumerate(days)
    )
    picture = tag(
        "svg",
        *bars,
        viewBox=f"0 0 {_ROOM * len(days)} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=layout.say(texts.ACTIVITY, "bars"),
    )
    ends = (named(days[0]["day"]), named(days[-1]["day"])) if len(days) > 1 else ()
    legend = (
        tag("span", layout.say(texts.ACTIVITY, part), class_=f"key {part}") for part in _PARTS
    )
    return tag(
        "figure",
        tag("figcaption", *legend, tag("span", layout.say(texts.ACTIVITY, "most"), f" {most}")),
        picture,
        tag("div", *(tag("span", one) for one in ends), class_="ends", aria_hidden="true"),
        class_="bars",
    )


def _words(layout: Layout, one: Mapping[str, Any], named: Callable[[str], str]) -> str:
    told = (
        counted(
            one[part],
            texts.ACTIVITY[f"one_{part}"],
            texts.ACTIVITY[f"some_{part}"],
            layout.language,
        )
        for part in _PARTS
    )
    return f"{named(one['day'])} · {', '.join(told)}"


def _bar(one: Mapping[str, Any], at: int, most: int) -> Iterator[Html]:
    """The parts of one day, each upon the one before."""
    top = float(_HEIGHT)
    for part in _PARTS:
        height = _HEIGHT * one[part] / most
        top -= height
        if height:
            yield tag(
                "rect",
                x=str(at * _ROOM + (_ROOM - _BAR) // 2),
                y=f"{top:.2f}",
                width=str(_BAR),
                height=f"{height:.2f}",
                class_=part,
            )
