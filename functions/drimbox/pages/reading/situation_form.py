"""The choice of the practice situation, a form of several pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.reading import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.identity.health_professional import Activity
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
    told = practice_words(layout, one.activity)
    checked = {"checked": ""} if one.number == chosen else {}
    button = tag("input", type="radio", name="situation", value=one.number, required="", **checked)
    text = tag("span", one.structure_name, " ", tag("small", told))
    return tag("label", button, text, class_="check")


def practice_words(layout: Layout, activity: Activity) -> str:
    """Profession and specialty in words; a code that nobody knows stands as it is."""
    # A professional with one situation never reads them: loaded with the first choice.
    from functions.drimbox.pages.reading.practice_texts import (  # noqa: PLC0415
        PROFESSIONS,
        SPECIALTIES,
    )

    codes = (
        ("profession", PROFESSIONS, activity.profession),
        ("specialty", SPECIALTIES, activity.specialty),
    )
    return ", ".join(
        layout.text(table[code])
        if code in table
        else layout.say(texts.CHOICE, name).format(code=code)
        for name, table, code in codes
        if code
    )
