"""``POST vi/v1/tenants/{tenant}/reading/{page}/authorization``: TD0.3, by an explicit act."""

from __future__ import annotations

from contextlib import suppress

from functions.aws import callers, entry, pages, readers, replies, requests
from functions.aws.patient_pages import on_page
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import exam_list, record_access, situations
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.errors import Absent, BadRequest, Conflict, DmpOutcomeUnknown
from functions.set_authorization.settings import Settings


@on_page
def handler(event: entry.Event) -> replies.Reply:
    """303 back to the patient's page, which asks the DMP for the state anew: an answer that was
    lost is never taken for an authorisation. One audit record of each act.
    """
    settings, session = Settings.current(), PAGES.session_identifier(event)
    callers.reading(event)
    fields = PAGES.require_form(event, settings.vi_url)
    page = readers.page_named(requests.path(event, "page"))
    reader = readers.reader(event, session, settings)
    stores, key = reader.stores, requests.request_id(event)
    context = stores.contexts.bind(page, session)
    if not isinstance(context, CallContext):
        raise Absent("page")
    who = reader.facts.subject_name_id
    with (
        suppress(DmpOutcomeUnknown),
        audited(stores.audit, "authorization.set", key=key, who=who) as audit,
    ):
        audit.facts["ins"] = context.ins.value
        if fields.get("consent") != "yes":
            raise BadRequest("consent", code="consent_not_given")
        situation = reader.situation_for(context.situation, page)
        state = exam_list.state_of(context, situation)
        if situation is None or state is not Listing.LISTED:
            raise Conflict(str(state), code="not_to_be_authorized")
        acting = situations.acting_in(reader.professional, situation)
        connect = stores.dmp_for_professionals
        record_access.authorize(stores.tenant, acting, context, connect, audit.facts)
    return pages.see_other(f"{PAGES.area.base(stores.slug)}/{page}")
