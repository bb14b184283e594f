"""``POST vi/v1/tenants/{tenant}/reading/{page}/file``: exams of a file, judged and kept."""

from __future__ import annotations

from functions.aws import entry, pages, readers, replies, requests
from functions.aws.patient_pages import on_page
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_list
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.errors import Absent, Conflict, Forbidden
from functions.drimbox.outside import given_file, record_told
from functions.drimbox.outside.archive import MAX_FILE
from functions.drimbox.outside.given_file import Reading, describe
from functions.drimbox.outside.record_told import Heard
from functions.drimbox.tenants.model import OfflineFiles
from functions.open_file.settings import Settings


@on_page
def handler(event: entry.Event) -> replies.Reply:
    """303 to the page of the file's exams, with the reason of each that is not shown.

    NotAuthenticated, Forbidden (also where the tenant allows no file), Absent for another session's
    page, Conflict where the DMP answers or has refused, FileRefused. One audit record of each.
    """
    settings, session = Settings.current(), PAGES.session_identifier(event)
    reader = readers.reader(event, session, settings)
    data = PAGES.require_upload(event, settings.vi_url, max_bytes=MAX_FILE)
    stores, page = reader.stores, readers.page_named(requests.path(event, "page"))
    context = stores.contexts.bind(page, session)
    if not isinstance(context, CallContext):
        raise Absent("page")
    key, who = requests.request_id(event), reader.facts.subject_name_id
    facts = {"ins": context.ins.value}
    with audited(stores.audit, "file.opened", key=key, who=who, facts=facts) as audit:
        told = stores.record_notes.get(session, context.ins)
        situation = reader.situation_for(context.situation, page)
        listable = exam_list.state_of(context, situation) is Listing.LISTED
        if not listable or told.heard is Heard.NOTHING:
            raise Conflict("nobody asked the DMP", code="file_not_now")
        policy = stores.tenant.offline_files
        if policy is OfflineFiles.NO:
            raise Forbidden("no file", code="files_not_allowed")
        now = stores.clock.now()
        if not told.offers(policy, now):
            raise Conflict("the DMP", code="file_not_now")
        at = now.isoformat(timespec="seconds")
        by = Reading(context, at, stores.signing_authorities, record_told.judge(told, policy))
        found = given_file.read_file(data, by)
        audit.facts |= describe(found, data)
        stores.given_files.keep(page, session, found, at)
    return pages.see_other(f"{PAGES.area.base(stores.slug)}/{page}/file")
