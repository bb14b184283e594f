"""The comparison that the list proposes: two exams, ways to their lines on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.icons import icon
from functions.drimbox.pages.reading.exam_groups import anchor
from functions.drimbox.pages.reading.list_texts import LIST
from functions.drimbox.pages.reading.opening_parts import compare_button
from functions.drimbox.pages.reading.wordings import badge, day_of, marks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from functions.drimbox.consultation.comparable import Comparison
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.reading.sources_panel import ExamFacts

PAIR: Final = 2


def comparison_box(
    layout: Layout,
    proposed: Comparison,
    here: Collection[int],
    facts: Mapping[int, ExamFacts] | None = None,
) -> Html:
    """The two exams side by side, with their restrictions; ``here`` are the numbers of the exams
    of this page of the list. ``facts`` (by number) on a page with the viewer: the button that opens
    both. An exam of a later page has the state of its images here.
    """
    known = facts or {}
    both = [known[one.number] for one in (proposed.exam, proposed.prior) if one.number in known]
    return tag(
        "section",
        tag(
            "h2",
            icon("compare"),
            layout.say(LIST, "compare"),
            tag("small", layout.say(LIST, "compare_why")),
            id="compare",
        ),
        tag(
            "div",
            _exam(layout, proposed.exam, here, known),
            tag("span", layout.say(LIST, "with")),
            _exam(layout, proposed.prior, here, known),
            compare_button(layout, both) if len(both) == PAIR else "",
            class_="pair",
        ),
        class_="suggest",
        aria_labelledby="compare",
    )


def _exam(
    layout: Layout, exam: ImagingDocument, here: Collection[int], known: Mapping[int, ExamFacts]
) -> Html:
    there = exam.number in here
    state = [] if there or exam.number not in known else [" ", known[exam.number].state]
    site = f" · {exam.site.name}" if exam.site.name else ""
    return tag(
        "a" if there else "div",
        badge(exam),
        tag("b", exam.title or layout.say(LIST, "unnamed"), marks(layout, exam)),
        tag("span", f"{day_of(layout, exam.at)}{site}", *state),
        **({"href": f"#{anchor(exam)}"} if there else {}),
    )
