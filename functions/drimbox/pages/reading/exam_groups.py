"""The groups of the list: exams with the reports that speak of them, by year."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from itertools import groupby
from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.icons import icon
from functions.drimbox.pages.reading.import_parts import Imports, import_parts, in_pacs_link
from functions.drimbox.pages.reading.list_texts import FILTERED, LIST
from functions.drimbox.pages.reading.opening_parts import choice_box, open_button
from functions.drimbox.pages.reading.wordings import (
    badge,
    counted,
    day_of,
    marks,
    modality_name,
    region_name,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.consultation.imaging_history import Group, History
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.reading.sources_panel import ExamFacts


@frozen
class Numbers:
    """The numbers under which the server keeps this page's documents: the ``edition`` of its list
    (see ``ShownDocuments``), and each document's number in it by its number in the history. "" and
    none where the list could not be kept.
    """

    edition: str
    by_document: Mapping[int, int]


Facts = Mapping[int, "ExamFacts"]
"""The words about an exam's images, by its number in the history."""


@frozen
class Known:
    """Facts beside the history; ``whole``: no document of the DMP's answer is left out. ``said``:
    the conclusions of reports that were read anyway, by their numbers in the history. ``viewer``:
    the page has it, so that exams are opened here. ``imports``: None where the site does not
    import. ``in_pacs``: see ``exams_page.Shown``.
    """

    numbers: Numbers
    facts: Facts
    whole: bool = True
    said: Mapping[int, str] = field(default_factory=dict, repr=False)
    viewer: bool = False
    imports: Imports | None = None
    in_pacs: Mapping[int, str] = field(default_factory=dict)


def exam_groups(layout: Layout, history: History, known: Known) -> Iterator[Html]:
    """The groups of one page of the list under the headings of their years."""
    for year, several in groupby(history.groups, key=lambda one: one.at[:4]):
        yield tag("h2", year or layout.say(LIST, "undated"), class_="year")
        for group in several:
            yield _group(layout, group, history, known)


def anchor(document: ImagingDocument) -> str:
    """The fragment of the document's line in the page."""
    return f"d{document.number}"


def _group(layout: Layout, group: Group, history: History, known: Known) -> Html:
    alone = _alone(group, history, known)
    return tag(
        "article",
        tag("p", layout.say(LIST, "continued"), class_="cr") if group.continued else "",
        *(_exam(layout, one, known) for one in group.exams),
        _filtered(layout, group),
        *(_report(layout, one, (group, alone), known) for one in group.reports),
        _missing(layout, group, history, known),
        class_="group",
    )


def _exam(layout: Layout, exam: ImagingDocument, known: Known) -> Html:
    facts = known.facts.get(exam.number)
    shown = facts if known.viewer else None
    names = dict.fromkeys(
        [modality_name(layout, code) for code in exam.modalities]
        + [region_name(code) for code in exam.regions]
    )
    return tag(
        "div",
        choice_box(layout, exam, shown) if shown else "",
        _when(layout, exam),
        badge(exam),
        tag(
            "div",
            tag(
                "h3",
                exam.title or layout.say(LIST, "unnamed"),
                marks(layout, exam),
                *([" ", facts.keys] if facts else []),
            ),
            tag("span", " · ".join(names), facts.size if facts else ""),
            _import(layout, exam, known),
            _in_pacs(layout, exam, known),
        ),
        _site(layout, exam, facts),
        open_button(layout, exam, shown) if shown else "",
        class_="row opens" if shown else "row",
        id=anchor(exam),
    )


def _import(layout: Layout, exam: ImagingDocument, known: Known) -> Html:
    """The way to the import of an exam made elsewhere; nothing for one of this site."""
    number = known.numbers.by_document.get(exam.number)
    if known.imports is None or number is None or exam.site.own or not exam.is_current:
        return join()
    return import_parts(layout, exam, known.imports, known.numbers.edition, number)


def _in_pacs(layout: Layout, exam: ImagingDocument, known: Known) -> Html:
    """The way to the site's own viewer, of an exam that is in its PACS."""
    url = known.in_pacs.get(known.numbers.by_document.get(exam.number, 0))
    return in_pacs_link(layout, url, exam.title) if url and exam.is_current else join()


def _when(layout: Layout, exam: ImagingDocument) -> Html:
    at = exam.at
    return tag(
        "div",
        tag("b", day_of(layout, at) if at else layout.say(LIST, "undated")),
        tag("span", f"{at[8:10]}:{at[10:12]}") if len(at) == 12 else "",
        class_="when",
    )


def _site(layout: Layout, exam: ImagingDocument, facts: ExamFacts | None) -> Html:
    """The establishment, and the state of its images; those of this one are in its own PACS."""
    site = exam.site
    name = site.name or layout.say(LIST, "no_site")
    own = tag("span", layout.say(LIST, "own_images"), class_="state good") if site.own else ""
    return tag(
        "div",
        tag("b", *(_here(layout, name) if site.own else [name])),
        facts.state if facts else own,
        class_="site",
    )


def _here(layout: Layout, name: str) -> tuple[str, Html]:
    """The name of this very establishment: its mark stays with the name's last word."""
    words = name.split(" ")
    mark = tag("span", layout.say(LIST, "own"), class_="tag own")
    last = tag("span", f"{words[-1]} ", mark, class_="together")
    return " ".join([*words[:-1], ""]), last


def _filtered(layout: Layout, group: Group) -> Html:
    """The words for the exams that the filters hide."""
    if not group.filtered:
        return join()
    return tag("p", counted(layout, group.filtered, FILTERED), class_="cr")


def _alone(group: Group, history: History, known: Known) -> str:
    """The label of a report of a group that shows no exam."""
    if any(history.withheld.get(one.number) for one in group.reports):
        return "alone_withheld"
    return "alone" if known.whole else "alone_shown"


def _report(
    layout: Layout, report: ImagingDocument, beside: tuple[Group, str], known: Known
) -> Html:
    said = known.said.get(report.number, "")
    return tag(
        "div",
        icon("report"),
        tag("p", *_sentence(layout, report, *beside, said), marks(layout, report)),
        _reading(layout, report, known.numbers),
        class_="cr",
        id=anchor(report),
    )


def _reading(layout: Layout, report: ImagingDocument, numbers: Numbers) -> Html:
    """The button that opens the report beside the list: the form's target is one other tab of this
    page, so that the reports of two patients never replace each other. None where the server does
    not know the list's numbers."""
    if report.number not in numbers.by_document:
        return join()
    which = " ".join((layout.say(LIST, "report"), report.title, day_of(layout, report.at)))
    return tag(
        "form",
        hidden(
            token=layout.visitor.form_token if layout.visitor else "",
            edition=numbers.edition,
            number=str(numbers.by_document[report.number]),
        ),
        tag("button", layout.say(LIST, "read"), aria_label=f"{layout.say(LIST, 'read')} : {which}"),
        method="post",
        action=layout.path(f"{layout.here}/report"),
        target=f"report-{hashlib.sha256(layout.here.encode()).hexdigest()[:12]}",
    )


def _sentence(
    layout: Layout, report: ImagingDocument, group: Group, alone: str, said: str
) -> Iterator[str]:
    """The report's facts; its conclusion in the place of its title, once it was read."""
    yield tag("b", _kind(layout, report, group, alone))
    if report.at:
        yield layout.say(LIST, "of_day").format(day=day_of(layout, report.at))
    if report.author:
        yield layout.say(LIST, "signed").format(name=report.author)
    if said:
        yield layout.say(LIST, "concluding").format(said=said)
    elif report.title:
        yield layout.say(LIST, "title").format(title=report.title)
    if not group.exams and report.site.name:
        yield f" · {report.site.name}"


def _kind(layout: Layout, report: ImagingDocument, group: Group, alone: str) -> str:
    exams = sum(one.is_current for one in group.exams) + group.filtered
    if not report.is_current:
        return layout.say(LIST, "old_report")
    if not group.exams and not group.continued:
        return layout.say(LIST, alone)
    if exams > 1 and sum(one.is_current for one in group.reports) == 1:
        return layout.say(LIST, "shared_report").format(count=exams)
    return layout.say(LIST, "report")


def _missing(layout: Layout, group: Group, history: History, known: Known) -> Html:
    """The words where exams stand without a report."""
    if group.reports or group.continued:
        return join()
    withheld = any(history.withheld.get(one.number) for one in group.exams)
    words = "no_report_several" if len(group.exams) > 1 else "no_report"
    if not known.whole:
        words = "no_report_shown"
    return tag("p", layout.say(LIST, "withheld" if withheld else words), class_="cr")
