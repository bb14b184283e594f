"""The search of the operators' pages: one field, whose text no address ever holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.operations.searching import LONGEST
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Operator


def search_form(layout: Layout, operator: Operator, text: str = "") -> Html:
    """The field; its label tells what may be searched within the operator's rights. ``text`` is the
    one that was searched: it stands in the page, and in no address.
    """
    label = "by_patient" if operator.may(Permission.PATIENTS) else "by_exam"
    field = components.entry_field(
        "text",
        layout.say(texts.SEARCH, label),
        text,
        type="search",
        required="",
        maxlength=str(LONGEST),
        size="48",
        autocomplete="off",
    )
    button = tag("button", layout.say(texts.SEARCH, "search"), class_="main")
    return layout.form("/search", "search", field, button, class_="line search")
