"""The choice of the practice situation, a form of several pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.reading import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.pages.kit.layout import Layout


def situation_form(
    layout: Layout, among: Iterable[Situation], chosen: str = "", page: str = ""
) -> Html:
    """One button to choose among the situations; ``page`` is the page to come back to."""
    return layout.form(
        "/session",
        "situation",
        hidden(page=page),
        tag(
            "fieldset",
            tag("legend", layout.say(texts.CHOICE, "legend")),
            tag("p", layout.say(texts.CHOICE, "why"), class_="soft"),
            *(_option(layout, one, chosen) for one in among),
        ),
        tag(
            "p",
            tag(
                "button", layout.say(texts.CHOICE, "change" if chosen else "choose"), class_="main"
            ),
        ),
        class_="choice",
    )


def _option(layout: Layout, one: Situation, chosen: str) -> Html:
    codes = (("profession", one.activity.profession), ("specialty", one.activity.specialty))
    told = [layout.say(texts.CHOICE, name).format(code=code) for name, code in codes if code]
    checked = {"checked": ""} if one.number == chosen else {}
    button = tag("input", type="radio", name="situation", value=one.number, required="", **checked)
    text = tag("span", one.structure_name, " ", tag("small", ", ".join(told)))
    return tag("label", button, text, class_="check")
