"""The ways from the list into the viewer: a box and a button beside each exam, and the tray.

They do nothing without the viewer's program, which enables each button whose ``data-may`` is not
empty, and opens the exams of its ``data-open`` (numbers in the page's list): the first one is
current, the others are priors. Where no script runs, the style sheet hides them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.icons import icon
from functions.drimbox.pages.reading.list_texts import LIST
from functions.drimbox.pages.reading.wordings import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.reading.sources_panel import ExamFacts


def choice_box(layout: Layout, exam: ImagingDocument, facts: ExamFacts) -> Html:
    """The box by which several exams are chosen; its value is the exam's time, for their order."""
    return tag(
        "input",
        type="checkbox",
        class_="pick",
        value=exam.at,
        aria_label=f"{layout.say(LIST, 'pick')} : {_name(layout, exam)}",
        **_ways([facts]),
    )


def open_button(layout: Layout, exam: ImagingDocument, facts: ExamFacts) -> Html:
    """The button that opens one exam; its site's state describes it, and tells why not."""
    words = layout.say(LIST, "open")
    button = tag(
        "button",
        words,
        type="button",
        aria_label=f"{words} : {_name(layout, exam)}",
        aria_describedby=f"i{facts.number}",
        **_ways([facts]),
    )
    return tag("div", button, class_="act")


def compare_button(layout: Layout, exams: Sequence[ExamFacts]) -> Html:
    """The button that opens the exams side by side, the first one as the current one."""
    words = layout.say(LIST, "compare_now")
    return tag("button", icon("compare"), words, type="button", class_="main act", **_ways(exams))


def tray(layout: Layout) -> Html:
    """The chosen exams, at the foot of the window while there are some, and what to do with them.

    ``data-failed`` are the words for a browser in which the viewer cannot run.
    """
    return tag(
        "section",
        tag("p", role="status"),
        tag("button", layout.say(LIST, "unpick"), type="button", class_="quiet"),
        tag(
            "button",
            join(icon("compare"), layout.say(LIST, "compare_picked"), tag("kbd", "C")),
            type="button",
            class_="main",
            aria_keyshortcuts="C",
            **{"data_open": ""},
        ),
        class_="tray",
        hidden="",
        aria_label=layout.say(LIST, "picked"),
        data_one=layout.say(LIST, "picked_one"),
        data_several=layout.say(LIST, "picked_several"),
        data_many=layout.say(LIST, "picked_many"),
        data_failed=layout.say(LIST, "no_viewer"),
    )


def _ways(exams: Sequence[ExamFacts]) -> dict[str, str]:
    return {
        "data_open": " ".join(str(one.number) for one in exams),
        "data_may": "1" if all(one.opens for one in exams) else "",
        "disabled": "",
    }


def _name(layout: Layout, exam: ImagingDocument) -> str:
    return " ".join(filter(None, (exam.title, day_of(layout, exam.at) if exam.at else "")))
