"""The way into a search of the site's PACS, on the page of a held publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.operations.pacs_search_texts import PACS_SEARCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.pages.kit.layout import Layout


def pacs_search_start(layout: Layout, publication: str, studies: Sequence[str]) -> Html:
    """A form for each held study, which begins by the criteria of the report; nothing without."""
    if not studies:
        return join()
    return tag(
        "fieldset",
        tag("legend", layout.say(PACS_SEARCH, "title")),
        tag("p", tag("small", layout.say(PACS_SEARCH, "start_what"))),
        *(_form(layout, publication, study) for study in studies),
    )


def _form(layout: Layout, publication: str, study: str) -> Html:
    told = tag("p", tag("small", f"{layout.say(PACS_SEARCH, 'start_for')} ", tag("code", study)))
    button = tag("button", layout.say(PACS_SEARCH, "title"))
    rest = f"/publications/{publication}/pacs"
    return layout.form(rest, "search_pacs", components.hidden(study=study), told, button, class_="")
