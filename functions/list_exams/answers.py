"""The states of the sites of a page's exams, and the script that asks for them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from functions.aws import callers, entry, pages, readers, reading_pages, replies, requests
from functions.aws.patient_pages import listed_page
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_sources, situations
from functions.drimbox.consultation.find_exams import opened
from functions.drimbox.consultation.manifests import fetch_manifests
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.services import services
from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.pages.reading.sources_panel import Clock, as_json
from functions.drimbox.pages.reading.sources_script import NAME, SCRIPT
from functions.drimbox.peers.source_states import KEPT
from functions.list_exams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.registry import DocumentEntry

Reader = readers.Reader[Settings]
_NUMBERS: Final = re.compile(r"[1-9][0-9]{0,4}( [1-9][0-9]{0,4})*|")
# Its name holds its hash: a browser asks once.
_FOR_EVER: Final = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def states(event: entry.Event) -> replies.Reply:
    """The states for the script (JSON), or the way back to the page, which then shows them.

    Only exams that the page's own list showed to this session are told; NotAuthenticated without
    a session, Forbidden for a form of another page's, Absent for another session's page.
    """
    settings = Settings.current()
    on = listed_page(event, settings, settings.vi_url)
    reader, page, session, fields = on.reader, on.page, on.session, on.fields
    shown = reader.stores.shown_documents.several(
        page, session, fields.get("edition", ""), _numbers(fields.get("exams", ""))
    )
    fetch = partial(_manifests, event, reader, on.context, on.situation)
    recent = KEPT if pages.unattended(event) else exam_sources.PRESSED
    given_at = next((one.given_at for one in shown.values() if one.given_at), "")
    known = _not_gone(reader, session, on.context, shown) if given_at else shown
    desk = reader.stores.sources(page, session, fetch, given_at=given_at)
    sources = exam_sources.look(desk, known, recent=recent)
    if "application/json" not in requests.headers(event, "Accept"):
        part = pages.count(fields.get("part")) or 1
        query = f"?part={part}" if part > 1 else ""
        query = "/file" if given_at else query
        return pages.see_other(f"{PAGES.area.base(reader.stores.slug)}/{page}{query}")
    layout = reading_pages.layout(event, reader, on.situation, here=f"/{page}")
    clock = Clock(reader.stores.tenant.time_zone, reader.stores.clock.now())
    health = services(reader.stores.services, sources)
    return replies.document(200, as_json(layout, sources, health, clock), HEADERS)


def _not_gone(
    reader: Reader, session: str, context: CallContext, shown: Mapping[int, DocumentEntry]
) -> dict[int, DocumentEntry]:
    """The exams of a file whose sites may be asked: those that may be opened still."""
    # Few exams are of a file: the others do not pay for it.
    from functions.drimbox.outside import record_told  # noqa: PLC0415

    told = reader.stores.record_notes.get(session, context.ins)
    policy = reader.stores.tenant.offline_files
    return {
        number: one for number, one in shown.items() if not record_told.is_gone(told, one, policy)
    }


def asset(event: entry.Event) -> replies.Reply:
    """The script, for a professional who is signed in; Absent for every other name."""
    callers.reading(event)
    if requests.path(event, "file") != NAME:
        raise Absent("file")
    headers = {**HEADERS, **_FOR_EVER}
    return replies.text(200, SCRIPT.encode(), "text/javascript; charset=utf-8", headers)


def _numbers(text: str) -> list[int]:
    """The numbers of a page's form, each once; BadRequest for anything else."""
    numbers = [int(one) for one in text.split()] if _NUMBERS.fullmatch(text) else None
    if numbers is None or len(numbers) > exam_sources.MOST or len(set(numbers)) < len(numbers):
        raise BadRequest("exams")
    return numbers


def _manifests(
    event: entry.Event,
    reader: Reader,
    context: CallContext,
    situation: Situation,
    entries: Sequence[DocumentEntry],
) -> Mapping[str, bytes]:
    """Their bytes, by TD3.2; one audit record names the reader, the patient and how many were
    asked for (EX_AIR-090). The list of a file has its own, and the DMP is not asked for them.
    """
    stores, key, who = reader.stores, requests.request_id(event), reader.facts.subject_name_id
    if any(one.given_at for one in entries):
        page, session = requests.path(event, "page"), PAGES.session_identifier(event)
        given = ((one, stores.given_files.manifest(page, session, one)) for one in entries)
        return {one.unique_id: data for one, data in given if data is not None}
    facts = {"ins": context.ins.value, "count": str(len(entries))}
    with audited(stores.audit, "manifests.read", key=key, who=who, facts=facts) as audit:
        acting = situations.acting_in(reader.professional, situation)
        connect = stores.dmp_for_professionals
        dmp = opened(stores.tenant, acting, context.ins, connect, audit.facts)
        found = fetch_manifests(entries, dmp, noting=lambda: stores.outcomes.noting(Asked.DMP))
        audit.facts["read"] = str(len(found))
    return found
