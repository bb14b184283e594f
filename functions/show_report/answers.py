"""One report of a page's list: fetched, proved, compared, shown; one sentence of it may be kept.

A PDF that is too large for the function's answer is kept for the session, at an address of minutes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from functions.aws import callers, entry, logging, pages, reading_pages, replies, requests
from functions.aws.readers import page_named, reader
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_list, situations
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.consultation.find_exams import opened
from functions.drimbox.consultation.kept_conclusions import keep_conclusion
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.reading_report import OtherPatient, ReadReport, read_report
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import (
    Absent,
    ConfigurationError,
    Conflict,
    DocumentUnusable,
    Forbidden,
    NotAuthenticated,
    Transient,
)
from functions.drimbox.pages.reading import report_page
from functions.drimbox.pages.reading.report_page import Place
from functions.drimbox.reading.keys import report_key
from functions.drimbox.report.cda_body import PDF, Pdf
from functions.show_report.settings import Settings

if TYPE_CHECKING:
    from functions.aws.readers import Reader
    from functions.aws.stores import TenantStores
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.registry import DocumentEntry


def report(event: entry.Event) -> replies.Reply:
    """The report as a page, or its PDF alone for the verb ``pdf``; a page that says why not.

    Absent for a number that this page did not show to this session. One audit record of each
    request that names a report names the reader, the patient and the document (EX_AIR-090).
    """
    settings, session = Settings.current(), PAGES.session_identifier(event)
    callers.reading(event)
    fields = PAGES.require_form(event, settings.vi_url)
    page = page_named(requests.path(event, "page"))
    who = reader(event, session, settings)
    context = who.stores.contexts.bind(page, session)
    if not isinstance(context, CallContext):
        raise Absent("page")
    today = who.stores.clock.now().astimezone(who.stores.tenant.time_zone).date()
    part = pages.count(fields.get("part")) or 1
    place = Place(page, fields.get("edition", ""), fields.get("number", ""), today, part=part)
    number = pages.count(place.number) or 0
    shown = who.stores.shown_documents.get(page, session, place.edition, number)
    if shown is None or shown.kind is not Kind.REPORT:
        raise Absent("document")
    situation = who.situation_for(context.situation, page)
    if situation is None or exam_list.state_of(context, situation) is not Listing.LISTED:
        raise Conflict("nothing is read without consent and situation")
    layout = reading_pages.layout(event, who, situation, here=f"/{page}")
    try:
        read, address = _read(event, who, context, shown, situation)
    except OtherPatient as other:
        body = report_page.other_patient_page(layout, context, shown, other, place)
    except (DocumentUnusable, Absent, Forbidden, Transient, ConfigurationError) as error:
        logging.warning("report not shown", code=error.code)
        body = report_page.not_shown_page(layout, context, shown, error.code, place)
    else:
        alone = fields.get("verb") == "pdf" and read.may_stand_alone and not address
        if alone and isinstance(read.body, Pdf):
            return replies.text(200, read.body.content, PDF, report_page.PDF_HEADERS)
        keep_conclusion(who.stores.contexts, page, session, read)
        place = replace(place, address=address)
        body = report_page.report_page(layout, context, shown, read, place)
    place_of = urlsplit(place.address)
    origin = f"{place_of.scheme}://{place_of.netloc}" if place.address else ""
    headers = report_page.page_headers(origin)
    reply = pages.show(event, body, headers=headers)
    if len(reply["body"]) > report_page.MOST:
        code = DocumentUnusable(code="document_too_large").code
        logging.warning("report not shown", code=code)
        body = report_page.not_shown_page(layout, context, shown, code, place)
        return pages.show(event, body, headers=headers)
    return reply


def _read(
    event: entry.Event,
    who: Reader[Settings],
    context: CallContext,
    shown: DocumentEntry,
    situation: Situation,
) -> tuple[ReadReport, str]:
    """The report; the address of its PDF where that is too large for the function's answer, ""
    otherwise. It was proved and compared before a byte of it is kept."""
    stores = who.stores
    facts = {"ins": context.ins.value, "document": shown.unique_id}
    key, subject = requests.request_id(event), who.facts.subject_name_id
    with audited(stores.audit, "report.read", key=key, who=subject, facts=facts) as audit:
        acting = situations.acting_in(who.professional, situation)
        opening = partial(
            opened, stores.tenant, acting, context.ins, stores.dmp_for_professionals, audit.facts
        )
        noting = partial(stores.outcomes.noting, Asked.DMP)
        read = read_report(opening, shown, context, noting=noting)
        if not isinstance(read.body, Pdf) or len(read.body.content) <= report_page.EMBEDDED:
            return read, ""
        page, session = requests.path(event, "page"), PAGES.session_identifier(event)
        key = report_key(session, page, shown.unique_id)
        seconds = stores.settings.reading_url_seconds
        stores.readings.put(key, BytesIO(read.body.content), PDF)
        _require_session(stores, session, key)
        return read, stores.readings.signed_url(key, content_type=PDF, seconds=seconds)


def _require_session(stores: TenantStores[Settings], session: str, key: str) -> None:
    """The session lives still; otherwise the object at ``key`` is erased, and NotAuthenticated: a
    sign-out beside this request came too early to erase it."""
    is_live = False
    try:
        is_live = stores.reader_sessions.current(session, used=False) is not None
    finally:
        if not is_live:
            stores.readings.delete_under(key)
    if not is_live:
        raise NotAuthenticated("the session has ended meanwhile")
