"""A publication's message and document as they came: texts, never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.publication.message_entry import shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.pages.kit.layout import Layout


def message_page(layout: Layout, facts: Mapping[str, Any]) -> bytes:
    """The page of ``operations.reading_raw.read_raw``'s facts."""

    def say(name: str) -> str:
        return layout.say(texts.MESSAGE, name)

    message_id = facts["id"]
    back = layout.path(f"/publications/{message_id}")
    return layout.document(
        f"{say('title')} {shown_id(message_id)}",
        tag("p", tag("a", say("back"), href=back), class_="crumbs"),
        tag("p", say("what"), class_="soft"),
        _text(layout, "hl7", facts["message"]),
        _text(layout, "cda", facts["document"]) if facts["document"] else "",
    )


def _text(layout: Layout, name: str, shown: Mapping[str, Any]) -> Html:
    cut = components.notice(layout.say(texts.MESSAGE, "cut"), "wait")
    return tag(
        "section",
        tag("h2", layout.say(texts.MESSAGE, name)),
        "" if shown["complete"] else cut,
        tag("pre", shown["text"]),
    )
