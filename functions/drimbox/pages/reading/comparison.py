"""The comparison that the list proposes: two exams, ways to their lines on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.icons import icon
from functions.drimbox.pages.reading.exam_groups import anchor
from functions.drimbox.pages.reading.list_texts import LIST
from functions.drimbox.pages.reading.wordings import badge, day_of, marks

if TYPE_CHECKING:
    from collections.abc import Collection

    from functions.drimbox.consultation.comparable import Comparison
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.pages.kit.layout import Layout


def comparison_box(layout: Layout, proposed: Comparison, here: Collection[int]) -> Html:
    """The two exams side by side, with their restrictions; ``here`` are the numbers of the exams
    of this page of the list.
    """
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
            _exam(layout, proposed.exam, here),
            tag("span", layout.say(LIST, "with")),
            _exam(layout, proposed.prior, here),
            class_="pair",
        ),
        class_="suggest",
        aria_labelledby="compare",
    )


def _exam(layout: Layout, exam: ImagingDocument, here: Collection[int]) -> Html:
    there = exam.number in here
    site = f" · {exam.site.name}" if exam.site.name else ""
    return tag(
        "a" if there else "div",
        badge(exam),
        tag("b", exam.title or layout.say(LIST, "unnamed"), marks(layout, exam)),
        tag("span", f"{day_of(layout, exam.at)}{site}"),
        **({"href": f"#{anchor(exam)}"} if there else {}),
    )
