"""The page of one report: its facts and restrictions, then its content; or why it is not shown."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import field
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.reading_report import Compared
from functions.drimbox.pages.kit.components import facts, hidden, notice
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading.narrative import Words
from functions.drimbox.pages.reading.narrative_parts import TooLong, parts, text_parts
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.pages.reading.report_texts import NULL_FLAVOURS, REPORT, TRAITS
from functions.drimbox.pages.reading.restrictions import restrictions
from functions.drimbox.report.cda_body import Pdf, PlainText
from functions.drimbox.values import frozen
from functions.drimbox.wording.documents import NOT_SHOWN, STATES
from functions.drimbox.wording.refusals import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.reading_report import OtherPatient, ReadReport
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.pages.kit.layout import Layout

# Bytes of a PDF: inside the page it is in base64, and so is the page in the function's answer,
# which has at most 6 MB. A larger one stands in the bucket of opened exams.
EMBEDDED: Final = 3_000_000
# Characters of HTML of a narrative on one page: as three bytes each, and not compressed, they fit.
PART: Final = 1_400_000
# Characters of a page in that answer.
MOST: Final = 5_900_000
PDF_HEADERS: Final[Mapping[str, str]] = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Content-Disposition": 'inline; filename="compte-rendu.pdf"',
}


def page_headers(origin: str = "") -> Mapping[str, str]:
    """The headers of a report's page. Its frame shows a PDF that stands in the page's own address
    (``data:``), or one at ``origin``, and loads nothing else.
    """
    policy = HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    framed = f"frame-src {origin or 'data:'}; form-action"
    return {**HEADERS, "Content-Security-Policy": policy.replace("form-action", framed)}


@frozen
class Place:
    """Where the report stands in its page's list: the form that asks for it again. ``today`` is
    the day at the site. ``address`` is that of a large report's PDF, "" for all others. ``part``
    (from 1) is the part of a long narrative that is shown.
    """

    page: str
    edition: str
    number: str
    today: date | None = None
    address: str = field(default="", repr=False)
    part: int = 1


def report_page(
    layout: Layout, context: CallContext, listed: DocumentEntry, read: ReadReport, place: Place
) -> bytes:
    """The report with its facts, as the DMP gives them now; ``listed`` is the entry as the list
    showed it. :func:`page_headers` go with the page."""
    entry = read.entry
    masked = set(entry.restrictions) != set(listed.restrictions)
    changed = masked or entry.status != listed.status
    untold = _traits(layout, read.untold)
    return layout.document(
        _say(layout, "title"),
        *_warnings(layout, read),
        notice(_say(layout, "changed"), "wait") if changed else "",
        _compared(layout, read),
        notice(_say(layout, "untold", traits=untold), "wait") if untold else "",
        _facts(layout, entry),
        tag("h2", _say(layout, "document")),
        *_content(layout, read, place),
        _back(layout, place.page),
        banner=patient_banner(layout, context, today=place.today),
    )


def other_patient_page(
    layout: Layout, context: CallContext, entry: DocumentEntry, other: OtherPatient, place: Place
) -> bytes:
    """Nothing of the document: the traits that differ by their names alone."""
    compared = other.compared
    told = [
        tag("p", _say(layout, label, traits=_traits(layout, traits)))
        for label, traits in (("different", compared.different), ("missing", compared.untold))
        if traits
    ]
    return layout.document(
        _say(layout, "not_shown"),
        notice(_say(layout, "other_patient"), "bad", role="alert"),
        *told,
        tag("p", _say(layout, "tell")),
        _facts(layout, entry),
        _back(layout, place.page),
        banner=patient_banner(layout, context, today=place.today),
    )


def not_shown_page(
    layout: Layout, context: CallContext, entry: DocumentEntry, code: str, place: Place
) -> bytes:
    """The reason why the report is not shown, and the parts that still work."""
    told = NOT_SHOWN.get(code) or PROBLEMS[code]
    return layout.document(
        _say(layout, "not_shown"),
        notice(layout.text(told), "bad", role="alert"),
        tag("p", layout.text(told.todo) if code in NOT_SHOWN else _say(layout, "still_works")),
        tag("p", tag("small", f"{_say(layout, 'code')} : ", tag("code", code))),
        _facts(layout, entry),
        _back(layout, place.page),
        banner=patient_banner(layout, context, today=place.today),
    )


def _say(layout: Layout, label: str, **values: str) -> str:
    return layout.say(REPORT, label).format(**values)


def _compared(layout: Layout, read: ReadReport) -> Html:
    """The notice says no more than was compared: nobody reads a PDF's own words."""
    if read.compared is Compared.ENTRY:
        label, colour = "only_entry", "wait"
    else:
        label = "same_header" if isinstance(read.body, Pdf) else "same_patient"
        colour = "good"
    return notice(f"{_say(layout, label)} {_say(layout, 'proved')}", colour)


def _warnings(layout: Layout, read: ReadReport) -> Iterator[Html]:
    """The document's state and restrictions, above everything else."""
    state = STATES.get(str(read.entry.state))
    if state is not None:
        yield notice(layout.text(state), "wait")
    hidden_from = tuple(restrictions(layout, read.restrictions))
    if hidden_from:
        yield notice(join(_say(layout, "hidden_from"), " : ", *hidden_from), "wait")


def _facts(layout: Layout, entry: DocumentEntry) -> Html:
    _, family, given = entry.signatory
    told = {
        "name": entry.title,
        "exam_date": day((entry.service_start_time or entry.creation_time)[:8], layout.language),
        "structure": entry.establishment[1],
        "author": f"{given} {family}".strip(),
    }
    return facts((_say(layout, name), value) for name, value in told.items())


def _traits(layout: Layout, names: Iterable[str]) -> str:
    return ", ".join(layout.say(TRAITS, name) for name in names)


def _content(layout: Layout, read: ReadReport, place: Place) -> Iterator[Html]:
    body = read.body
    if isinstance(body, Pdf):
        yield from _pdf(layout, read, body, place)
    elif isinstance(body, PlainText):
        yield from _part(layout, [tag("pre", one) for one in text_parts(body.text, PART)], place)
    else:
        names = ("image", "deleted", "inserted", "unclear", "subject", "no_value")
        told = {name: layout.say(REPORT, name) for name in names}
        flavours = {code: layout.text(words) for code, words in NULL_FLAVOURS.items()}
        try:
            shown = parts(body.elements, Words(**told, flavours=flavours), PART)
        except TooLong:
            advice = NOT_SHOWN["document_too_large"]
            yield notice(f"{layout.text(advice)} {layout.text(advice.todo)}", "bad", role="alert")
        else:
            yield from _part(layout, [tag("div", one, class_="report") for one in shown], place)


def _part(layout: Layout, shown: Sequence[Html], place: Place) -> Iterator[Html]:
    """The part that is asked for, and the ways to the others; nothing besides where it is all."""
    at, count = min(max(place.part, 1), len(shown)), len(shown)
    if count == 1:
        yield shown[0]
        return
    yield notice(_say(layout, "in_parts", parts=str(count)), "wait")
    ways = tag(
        "nav",
        layout.form(
            f"/{place.page}/report",
            "report",
            hidden(edition=place.edition, number=place.number),
            _way(layout, "previous_part", at - 1) if at > 1 else "",
            tag("span", _say(layout, "part", part=str(at), parts=str(count))),
            _way(layout, "next_part", at + 1) if at < count else "",
            class_="line",
        ),
        aria_label=_say(layout, "parts"),
        class_="parts",
    )
    yield join(ways, shown[at - 1], ways)


def _way(layout: Layout, name: str, part: int) -> Html:
    return tag("button", _say(layout, name), name="part", value=str(part))


def _pdf(layout: Layout, read: ReadReport, pdf: Pdf, place: Place) -> Iterator[Html]:
    here = place.address or f"data:application/pdf;base64,{b64encode(pdf.content).decode()}"
    yield tag("iframe", src=here, title=_say(layout, "title"), class_="report")
    if not read.may_stand_alone:
        yield tag("p", _say(layout, "never_alone"))
        return
    if place.address:
        # No form may lead to another host.
        way = {"target": "_blank", "rel": "noopener noreferrer", "class_": "button"}
        yield tag("p", tag("a", _say(layout, "open_alone"), href=place.address, **way))
        return
    yield layout.form(
        f"/{place.page}/report",
        "pdf",
        hidden(edition=place.edition, number=place.number),
        tag("button", _say(layout, "open_alone")),
    )


def _back(layout: Layout, page: str) -> Html:
    return tag("p", tag("a", _say(layout, "back"), href=layout.path(f"/{page}")))
