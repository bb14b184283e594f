"""``POST vi/v1/tenants/{tenant}/operations/session``: sign out."""

from __future__ import annotations

from functions.aws import callers, entry, pages, replies, requests, stores
from functions.aws.operator_pages import PAGES
from functions.close_operator_session.settings import Settings


@PAGES.handler
def handler(event: entry.Event) -> replies.Reply:
    """303 to the sign-in; the session has ended here, that of the provider is the provider's."""
    settings = Settings.current()
    leaving = callers.signed_in(event)
    PAGES.require_form(event, settings.vi_url)
    site = stores.for_tenant(settings.tenant_parameters, leaving.tenant)
    site.sessions(settings.sessions_table).close(PAGES.session_identifier(event))
    site.audit(settings.audit_bucket).record(
        "operator.signed_out",
        key=requests.request_id(event),
        result="success",
        who=leaving.subject,
        facts={},
    )
    cookies = [PAGES.session_cookie(leaving.tenant)]
    return pages.see_other(f"{PAGES.area.base(leaving.tenant)}?left=1", cookies=cookies)
