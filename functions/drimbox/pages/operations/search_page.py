"""The publications that a search found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.publication_list import publication_list
from functions.drimbox.pages.operations.search_form import search_form

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Operator, Tenant


def search_page(
    layout: Layout, facts: Mapping[str, Any], *, tenant: Tenant, operator: Operator, now: datetime
) -> bytes:
    """The page of ``operations.searching.search``'s facts; the text itself is not shown again."""

    def say(name: str) -> str:
        return layout.say(texts.SEARCH, name)

    found = facts["publications"]
    met = {name for one in found for name in one["found_by"]}
    by = ", ".join(layout.text(words) for name, words in texts.TERMS.items() if name in met)
    told = f"{len(found)} {say('one' if len(found) == 1 else 'several')}" + (
        f" ({say('by')} {by})." if by else "."
    )
    return layout.document(
        say("title"),
        tag("p", tag("a", layout.say(texts.PUBLICATION, "back"), href=layout.path())),
        search_form(layout, operator),
        components.notice(told, "plain"),
        "" if facts["complete"] else components.notice(say("more"), "wait"),
        publication_list(layout, found, caption=say("caption"), now=now, zone=tenant.time_zone)
        if found
        else components.notice(say("none"), "plain"),
    )
