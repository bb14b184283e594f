"""The filters of the list: one form, sent by POST, since a search may name the patient.

The form lists the values that it offers, so that the unticked ones are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation.list_view import LONGEST_SEARCH, NONE
from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading.list_texts import FILTERS, LIST, STATES
from functions.drimbox.pages.reading.wordings import modality_name, region_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from functions.drimbox.consultation.imaging_history import History
    from functions.drimbox.consultation.list_filters import Value
    from functions.drimbox.consultation.list_view import ListView
    from functions.drimbox.identity.parties import Code
    from functions.drimbox.pages.kit.layout import Layout

_FORM = "filters"


def exam_filters(layout: Layout, history: History, view: ListView) -> Html:
    """The form, closed at first, its filters told in its head; a wide window shows it always."""
    form = tag(
        "form",
        hidden(token=layout.visitor.form_token if layout.visitor else ""),
        _search(layout, view),
        _choices(layout, "modality", history.modalities, lambda c: modality_name(layout, c)),
        _choices(layout, "region", history.regions, region_name),
        _days(layout, view),
        _states(layout, history, view),
        tag(
            "p",
            tag("button", _say(layout, "apply"), class_="main"),
            tag("button", _say(layout, "reset"), name="reset", value="1"),
        ),
        method="post",
        action=layout.path(layout.here),
        id=_FORM,
        aria_label=_say(layout, "legend"),
    )
    name = "active" if view.active else "filters"
    summary = tag("summary", _say(layout, name).format(count=view.active))
    return tag("details", summary, form, class_="filters")


def button(
    layout: Layout, name: str, value: str = "1", *, label: str = "", class_: str = ""
) -> Html:
    """A button elsewhere in the page that sends the filters with one more wish."""
    words = layout.say(LIST, label or name)
    return tag("button", words, form=_FORM, name=name, value=value, class_=class_ or "plain")


def _say(layout: Layout, name: str) -> str:
    return layout.say(FILTERS, name)


def _fieldset(legend: str, *content: str) -> Html:
    return tag("fieldset", tag("legend", legend), *content)


def _search(layout: Layout, view: ListView) -> Html:
    field = tag(
        "input",
        type="search",
        name="search",
        value=view.search,
        maxlength=str(LONGEST_SEARCH),
        autocomplete="off",
        placeholder=_say(layout, "search_like"),
        aria_label=_say(layout, "search_what"),
    )
    return _fieldset(_say(layout, "search"), field)


def _choices(
    layout: Layout, name: str, values: Iterable[Value], word: Callable[[Code], str]
) -> Html:
    """A box for each value; nothing where there is nothing to choose."""
    boxes = []
    for one in values:
        code = one.code.code or NONE
        text = word(one.code) if one.code.code else _say(layout, f"no_{name}")
        boxes.append(_box(f"{name}.{code}", text, one.count, ticked=one.shown))
    if not boxes:
        return join()
    offered = " ".join(one.code.code or NONE for one in values)
    return _fieldset(_say(layout, name), hidden(**{f"{name}.all": offered}), *boxes)


def _days(layout: Layout, view: ListView) -> Html:
    def field(name: str, value: date | None) -> Html:
        shown = value.isoformat() if value else ""
        return join(
            tag("label", _say(layout, name), for_=name),
            tag("input", type="date", name=name, id=name, value=shown),
        )

    fields = (field("first", view.first), field("last", view.last))
    return _fieldset(_say(layout, "days"), tag("div", *fields, class_="days"))


def _states(layout: Layout, history: History, view: ListView) -> Html:
    boxes = (
        _box(
            f"state.{name}", layout.text(text), history.states[name], ticked=name not in view.states
        )
        for name, text in STATES.items()
    )
    return _fieldset(_say(layout, "documents"), *boxes)


def _box(name: str, text: str, count: int, *, ticked: bool) -> Html:
    checked = {"checked": ""} if ticked else {}
    box = tag("input", type="checkbox", name=name, value="1", **checked)
    return tag("label", box, tag("span", text), tag("span", str(count)), class_="check")
