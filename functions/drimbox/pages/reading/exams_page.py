"""A patient's page: the identity, and the exams and reports that the DMP knows."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.pages.kit.components import notice
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.icons import drawings
from functions.drimbox.pages.kit.times import clock
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.access_notice import access_notice
from functions.drimbox.pages.reading.comparison import comparison_box
from functions.drimbox.pages.reading.exam_filters import exam_filters
from functions.drimbox.pages.reading.exam_groups import Known, Numbers, exam_groups
from functions.drimbox.pages.reading.exam_list_head import list_head, list_notices
from functions.drimbox.pages.reading.identity_alert import identity_alert
from functions.drimbox.pages.reading.import_parts import Imports
from functions.drimbox.pages.reading.list_parts import list_parts, part_words
from functions.drimbox.pages.reading.list_texts import LIST
from functions.drimbox.pages.reading.opening_parts import tray
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.pages.reading.services_line import services_line
from functions.drimbox.pages.reading.situation_form import situation_form
from functions.drimbox.pages.reading.sources_panel import Clock, exam_facts, sources_panel
from functions.drimbox.pages.reading.viewer_page import viewer_part
from functions.drimbox.values import frozen
from functions.drimbox.wording.refusals import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.exam_images import ExamSource
    from functions.drimbox.consultation.exam_list import ExamList
    from functions.drimbox.consultation.imaging_history import History
    from functions.drimbox.consultation.list_view import ListView
    from functions.drimbox.consultation.services import Health
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.existence import RecordTraits
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.reading.viewer_page import Build, ViewerPlace

EXAMS: Final = "exams"
"""The fragment of the list itself."""


@frozen
class Choice:
    """The situations to choose among, ``page`` to come back to; ``foreign``: the call named a
    structure in which the professional has none.
    """

    among: tuple[Situation, ...]
    page: str
    foreign: bool


@frozen
class Sites:
    """The known states of the sites of the exams that are shown, and those of the services."""

    sources: tuple[ExamSource, ...] = ()
    services: tuple[Health, ...] = ()


@frozen
class Shown:
    """The list as it is shown: ``history`` in the professional's ``view``, which the criteria of
    the calling software ``narrowed``; ``unreadable`` documents could not be read, and
    ``contradicting`` ones are of another person. ``numbers`` are
    those under which its documents are kept. ``unkept``: the names of the sentences that tell which
    of our own tables failed (``no_filters``, ``no_reading``). ``said``: the conclusions of reports
    that were read. ``viewer``: its place on this page and its files; None where it cannot be there.
    ``imports``: when exams were imported into the own PACS, by their numbers in the page's list;
    None where the site does not import. ``in_pacs``: the addresses in the site's own viewer of the
    exams that are in its PACS, by the same numbers.
    """

    history: History
    numbers: Numbers
    view: ListView
    narrowed: bool
    unreadable: int
    sites: Sites = Sites()
    contradicting: int = 0
    unkept: tuple[str, ...] = ()
    said: Mapping[int, str] = field(default_factory=dict, repr=False)
    viewer: tuple[ViewerPlace, Build] | None = None
    imports: Mapping[int, datetime] | None = None
    in_pacs: Mapping[int, str] = field(default_factory=dict)


@frozen
class Seen:
    """The moment and the place of a look at the page: ``at`` is the time of the question to the
    DMP, ``zone`` the site's. ``all_traits``: the professional wants all ten traits. ``record``: the
    DMP's own, which complete the call's. ``services``: their states,
    for a page that shows no list. ``files``: a file may be given now.
    """

    at: datetime
    zone: ZoneInfo
    all_traits: bool = False
    record: RecordTraits | None = None
    services: tuple[Health, ...] = ()
    files: bool = False


def state_page(
    layout: Layout, context: CallContext, listed: ExamList, choice: Choice, seen: Seen
) -> bytes:
    """The page that shows no list: nobody asked the DMP, it may not be read, or does not answer."""
    content: dict[Listing, Iterable[Html]] = {
        Listing.NO_CONSENT: [notice(_say(layout, "no_consent"), "wait")],
        Listing.NO_SITUATION: _choice(layout, choice),
    }
    if listed.access is not None:
        content[Listing.NO_ACCESS] = access_notice(layout, context, listed.access, choice.page)
    told = [*(content.get(listed.state) or _failure(layout, listed.code))]
    if seen.files:
        told.append(_file_form(layout))
    if seen.services:
        told.append(services_line(layout, seen.services, seen.zone))
    banner = _banner(layout, context, seen)
    alert = identity_alert(layout, context)
    return layout.document(_say(layout, "title"), *alert, *told, banner=banner)


def exams_page(layout: Layout, context: CallContext, shown: Shown, seen: Seen) -> bytes:
    """The page with the list."""
    history, view = shown.history, shown.view
    alert = identity_alert(layout, context, shown.contradicting)
    listed = tag("div", *alert, *_list(layout, shown, seen))
    part = part_words(layout, history) if history.part > 1 else ""
    return layout.document(
        " · ".join(filter(None, (_say(layout, "title"), part))),
        drawings(),
        tag("div", exam_filters(layout, history, view), listed, class_="history"),
        *([tray(layout), viewer_part(layout, context, *shown.viewer)] if shown.viewer else []),
        banner=_banner(layout, context, seen),
        heading=False,
        skips={EXAMS: layout.say(LIST, "skip")},
    )


def _list(layout: Layout, shown: Shown, seen: Seen) -> Iterator[Html]:
    history, view = shown.history, shown.view
    yield list_head(layout, history, view, clock(seen.at, seen.zone))
    for name in shown.unkept:
        yield notice(layout.say(LIST, name), "wait")
    yield from list_notices(
        layout,
        history,
        view,
        narrowed=shown.narrowed,
        unreadable=shown.unreadable,
        contradicting=shown.contradicting,
    )
    times = Clock(seen.zone, seen.at)
    if shown.sites.sources:
        edition, sources = shown.numbers.edition, shown.sites.sources
        yield sources_panel(layout, sources, edition, times, history.part)
    facts = {one.number: exam_facts(layout, one, times) for one in shown.sites.sources}
    places = shown.numbers.by_document.items()
    by_document = {number: facts[place] for number, place in places if place in facts}
    viewer = shown.viewer is not None
    if history.comparison and history.part == 1:
        here = {one.number for one in history.documents}
        opening = by_document if viewer else None
        yield comparison_box(layout, history.comparison, here, opening)
    whole = not shown.unreadable and not shown.contradicting
    imports = None if shown.imports is None else Imports(shown.imports, seen.zone)
    known = Known(
        shown.numbers,
        by_document,
        whole=whole,
        said=shown.said,
        viewer=viewer,
        imports=imports,
        in_pacs=shown.in_pacs,
    )
    groups, name = exam_groups(layout, history, known), layout.say(LIST, "exams")
    yield tag("section", *groups, id=EXAMS, tabindex="-1", aria_label=name)
    yield list_parts(layout, history)
    if seen.files:
        yield _file_form(layout)
    if shown.sites.services:
        yield services_line(layout, shown.sites.services, seen.zone)


def _file_form(layout: Layout) -> Html:
    # Few tenants allow files: the pages of the others do not pay for it.
    from functions.drimbox.pages.reading.outside_parts import file_form  # noqa: PLC0415

    return file_form(layout, layout.here)


def _banner(layout: Layout, context: CallContext, seen: Seen) -> Html:
    today = seen.at.astimezone(seen.zone).date()
    return patient_banner(
        layout,
        context,
        today=today,
        all_traits=seen.all_traits,
        record=seen.record,
        choosing=True,
    )


def _say(layout: Layout, label: str) -> str:
    return layout.say(texts.EXAMS, label)


def _choice(layout: Layout, choice: Choice) -> list[Html]:
    words = _say(layout, "foreign_situation") if choice.foreign else ""
    return [
        notice(words, "wait") if words else join(),
        tag("p", _say(layout, "no_situation")),
        situation_form(layout, choice.among, page=choice.page),
    ]


def _failure(layout: Layout, code: str) -> list[Html]:
    """The state of the DMP in words, and another try."""
    return [
        notice(layout.text(PROBLEMS[code]), "bad", role="alert"),
        tag("p", layout.say(texts.SIGN_IN, "still_works")),
        tag("p", tag("small", f"{layout.say(texts.SIGN_IN, 'code')} : ", tag("code", code))),
        tag("p", tag("a", _say(layout, "again"), href=layout.path(layout.here), class_="button")),
    ]
