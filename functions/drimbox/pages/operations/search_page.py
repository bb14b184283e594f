"""The publications that a search found, and the refused messages of that MSH-10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.publication_list import publication_list
from functions.drimbox.pages.operations.refused_page import refused_list
from functions.drimbox.pages.operations.search_form import search_form
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Operator, Tenant


def search_page(
    layout: Layout,
    facts: Mapping[str, Any],
    *,
    tenant: Tenant,
    operator: Operator,
    now: datetime,
    text: str,
) -> bytes:
    """The page of ``operations.searching.search``'s facts. ``text`` is the one that was searched:
    the answer to a form may show it again, no address has it.
    """

    def say(name: str) -> str:
        return layout.say(texts.SEARCH, name)

    found, refused, zone = facts["publications"], facts["refused"], tenant.time_zone
    met = {name for one in found for name in one["found_by"]}
    by = ", ".join(layout.text(words) for name, words in texts.TERMS.items() if name in met)
    one, several = texts.SEARCH["one"], texts.SEARCH["several"]
    told = f"{counted(len(found), one, several, layout.language)} : « {text.strip()} »" + (
        f" ({say('by')} {by})." if by else "."
    )
    caption = say("caption")
    return layout.document(
        say("title"),
        tag("p", tag("a", layout.say(texts.PUBLICATION, "back"), href=layout.path())),
        search_form(layout, operator, text.strip()),
        components.notice(told, "plain"),
        "" if facts["complete"] else components.notice(say("more"), "wait"),
        publication_list(layout, found, caption=caption, now=now, zone=zone) if found else "",
        join(
            components.notice(say("refused"), "bad"),
            refused_list(layout, refused, now=now, zone=zone),
        )
        if refused
        else "",
        "" if found or refused else _nothing(layout, by_patient=facts["by_patient"]),
        "" if refused else _elsewhere(layout),
    )


def _nothing(layout: Layout, *, by_patient: bool) -> Html:
    """The form that a text must have, and the terms that were not searched."""

    def say(name: str) -> str:
        return layout.say(texts.SEARCH, name)

    return join(
        components.notice(say("none" if by_patient else "none_by_exam"), "plain"),
        "" if by_patient else components.notice(say("no_patients"), "wait"),
    )


def _elsewhere(layout: Layout) -> Html:
    """The refused messages have no patient here: a report of this one may be among them."""
    link = tag("a", layout.say(texts.SEARCH, "to_refused"), href=layout.path("/refused"))
    return tag("p", layout.say(texts.SEARCH, "elsewhere"), " ", link)
