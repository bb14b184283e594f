"""The ways from an exam of the list to its import, and to the site's own viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.times import time_words
from functions.drimbox.pages.reading.import_texts import IMPORT
from functions.drimbox.pages.reading.wordings import day_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.pages.kit.layout import Layout


@frozen
class Imports:
    """When exams were imported, by their numbers in the page's list; ``zone`` is the site's."""

    at: Mapping[int, datetime]
    zone: ZoneInfo


def import_parts(
    layout: Layout, exam: ImagingDocument, imports: Imports, edition: str, number: int
) -> Html:
    """A form with one button, which works without script; the day of a former import before it."""
    words = layout.say(IMPORT, "import")
    which = " ".join(filter(None, (exam.title, day_of(layout, exam.at) if exam.at else "")))
    at = imports.at.get(number)
    told = ""
    if at is not None:
        day = time_words(at, imports.zone, layout.language)
        told = tag("small", layout.say(IMPORT, "known").format(day=day), " ")
    button = tag("button", words, class_="link", aria_label=f"{words} : {which}")
    fields = hidden(edition=edition, exams=str(number))
    form = layout.form(f"{layout.here}/import", "", fields, button)
    return tag("div", told, form, class_="import-way")


def in_pacs_link(layout: Layout, url: str, title: str) -> Html:
    """A link to the exam in the site's own viewer, in a tab of its own, which learns nothing of
    this page."""
    words = layout.say(IMPORT, "in_pacs")
    named = f"{words} : {title or layout.say(IMPORT, 'unnamed')}"
    link = tag("a", words, href=url, target="_blank", rel="noopener noreferrer", aria_label=named)
    return tag("div", link, class_="import-way")
