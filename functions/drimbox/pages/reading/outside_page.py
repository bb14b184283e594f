"""The exams of a file, on a page that says everywhere that the DMP does not vouch for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.components import notice, table
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.icons import drawings
from functions.drimbox.pages.reading.exam_groups import Known, exam_groups
from functions.drimbox.pages.reading.exams_page import EXAMS
from functions.drimbox.pages.reading.opening_parts import tray
from functions.drimbox.pages.reading.outside_parts import outside_mark
from functions.drimbox.pages.reading.outside_texts import FILE, PROOFS, REASONS
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.pages.reading.sources_panel import Clock, exam_facts, sources_panel
from functions.drimbox.pages.reading.viewer_page import viewer_part
from functions.drimbox.pages.reading.wordings import day_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.outside.given_files import KeptFile
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.reading.exams_page import Shown


@frozen
class Look:
    """``at`` is now, ``given_at`` the time of the file; ``answers``: the DMP answers again;
    ``lacking``: the numbers of the exams whose study is not in the list that the DMP gave."""

    at: datetime
    zone: ZoneInfo
    given_at: datetime
    answers: bool
    lacking: frozenset[int] = frozenset()


def outside_page(
    layout: Layout, context: CallContext, shown: Shown, kept: KeptFile, look: Look
) -> bytes:
    """The page at ``…/{page}/file``: ``shown`` are the exams of ``kept`` in a list of their own."""
    page = replace(layout, here=layout.here.removesuffix("/file"))
    banner = patient_banner(
        layout,
        context,
        today=look.at.astimezone(look.zone).date(),
        mark=outside_mark(layout, look.given_at, look.zone),
    )
    return layout.document(
        _say(layout, "title"),
        drawings(),
        *_state(layout, page, look),
        *_refusals(layout, kept),
        *_list(layout, page, shown, look),
        *_proofs(layout, shown, kept, look),
        *([tray(layout), viewer_part(page, context, *shown.viewer)] if shown.viewer else []),
        banner=banner,
    )


def _say(layout: Layout, name: str) -> str:
    return layout.say(FILE, name)


def _state(layout: Layout, page: Layout, look: Look) -> Iterator[Html]:
    """Whether the DMP answers, and the way to its list."""
    words, way, colour = (
        ("answers", "to_list", "good") if look.answers else ("still_away", "try_list", "wait")
    )
    kind = "button main" if look.answers else "button"
    link = tag("a", _say(layout, way), href=layout.path(page.here), class_=kind)
    yield notice(join(_say(layout, words), " ", link), colour)


def _refusals(layout: Layout, kept: KeptFile) -> Iterator[Html]:
    for reason, count in Counter(kept.refused).items():
        name = "refused_1" if count == 1 else "refused_n"
        words = _say(layout, name).format(count=count, why=layout.text(REASONS[reason]))
        yield notice(words, "bad", role="alert")
    if kept.others:
        name = "other_1" if kept.others == 1 else "other_n"
        yield notice(_say(layout, name).format(count=kept.others), "plain")
    if not kept.entries:
        yield tag("p", _say(layout, "nothing"))


def _list(layout: Layout, page: Layout, shown: Shown, look: Look) -> Iterator[Html]:
    if not shown.numbers.edition:
        yield notice(_say(layout, "no_reading"), "wait")
    times = Clock(look.zone, look.at)
    if shown.sites.sources:
        yield sources_panel(page, shown.sites.sources, shown.numbers.edition, times)
    facts = {one.number: exam_facts(layout, one, times) for one in shown.sites.sources}
    places = shown.numbers.by_document.items()
    by_document = {number: facts[place] for number, place in places if place in facts}
    known = Known(shown.numbers, by_document, whole=False, viewer=shown.viewer is not None)
    groups = exam_groups(layout, shown.history, known)
    yield tag("section", *groups, id=EXAMS, tabindex="-1", aria_label=_say(layout, "exams"))


def _proofs(layout: Layout, shown: Shown, kept: KeptFile, look: Look) -> Iterator[Html]:
    """A line for each exam, in the order of the list."""
    rows = []
    for document in shown.history.documents:
        signed = kept.signed[document.number - 1]
        words = layout.text(PROOFS[signed.proof])
        if signed.signer:
            words = _say(layout, "signed_at").format(proof=words, signer=signed.signer)
        if document.number in look.lacking:
            words = f"{words} {_say(layout, 'lacking')}"
        name = " ".join(
            filter(None, (document.title, day_of(layout, document.at) if document.at else ""))
        )
        rows.append(tag("tr", tag("th", name, scope="row"), tag("td", words)))
    if rows:
        heads = [_say(layout, "exam"), _say(layout, "signature")]
        yield table(_say(layout, "proofs"), heads, rows)
        yield tag("p", tag("small", _say(layout, "not_proved")))
