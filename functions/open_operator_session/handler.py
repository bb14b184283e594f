"""``GET vi/v1/tenants/{tenant}/operations/session``: back from the operators' provider."""

from __future__ import annotations

from functions.aws import connections, entry, pages, replies, requests, stores
from functions.aws.operator_pages import PAGES
from functions.drimbox.errors import DrimboxError, Forbidden
from functions.open_operator_session.settings import Settings


@PAGES.handler
def handler(event: entry.Event) -> replies.Reply:
    """303 to the publications with a new session; refused unless a declared operator is proven."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, requests.path(event, "tenant"))
    sessions = site.sessions(settings.sessions_table)
    tenant = site.tenant.tenant
    result, subject = "failed", ""
    try:
        attempt = sessions.attempt(PAGES.sign_in_identifier(event))
        provider = connections.open_operators_provider(
            settings.trust_anchors_secret,
            settings.operator_client_secret,
            issuer=settings.operator_issuer,
            client_id=settings.operator_client_id,
            redirect_uri=PAGES.return_address(settings.vi_url, tenant),
        )
        subject = provider.subject(attempt, requests.queries(event))
        if site.tenant.operator_by_oidc(subject) is None:
            raise Forbidden("not an operator of this tenant", code="not_an_operator")
        identifier = sessions.open(subject, instead_of=PAGES.session_identifier(event))
        result = "success"
    except DrimboxError as error:
        result = error.code
        raise
    finally:
        site.audit(settings.audit_bucket).record(
            "operator.signed_in",
            key=requests.request_id(event),
            result=result,
            who=subject or "unknown",
            facts={},
        )
    cookies = [PAGES.session_cookie(tenant, identifier), PAGES.sign_in_cookie(tenant)]
    return pages.see_other(PAGES.area.base(tenant), cookies=cookies)
