"""The pages of a long list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading.list_texts import LIST

if TYPE_CHECKING:
    from functions.drimbox.consultation.imaging_history import History
    from functions.drimbox.pages.kit.layout import Layout


def list_parts(layout: Layout, history: History) -> Html:
    """The ways to the neighbouring pages; nothing where one page holds the list."""
    if history.parts == 1:
        return join()
    return tag(
        "nav",
        _link(layout, "previous", history.part - 1) if history.part > 1 else "",
        tag("span", part_words(layout, history)),
        _link(layout, "next", history.part + 1) if history.part < history.parts else "",
        aria_label=layout.say(LIST, "parts"),
        class_="parts",
    )


def part_words(layout: Layout, history: History) -> str:
    """The page of the list that is shown, in words."""
    return layout.say(LIST, "part").format(part=history.part, parts=history.parts)


def _link(layout: Layout, name: str, part: int) -> Html:
    way = layout.path(layout.here, part=str(part) if part > 1 else "")
    return tag("a", layout.say(LIST, name), href=way, class_="button", rel=_RELATION[name])


_RELATION = {"previous": "prev", "next": "next"}
