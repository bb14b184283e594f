"""``GET vi/v1/tenants/{tenant}/operations/session``: back from the operators' provider."""

from __future__ import annotations

from functions.aws import connections, entry, pages, replies, requests, stores
from functions.drimbox.errors import DrimboxError, Forbidden
from functions.open_operator_session.settings import Settings


@pages.page
def handler(event: entry.Event) -> replies.Reply:
    """303 to the publications with a new session; refused unless a declared operator is proven."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, requests.path(event, "tenant"))
    sessions = site.sessions(settings.sessions_table)
    tenant = site.tenant.tenant
    result, subject = "failed", ""
    try:
        attempt = sessions.attempt(requests.cookie(event, pages.attempt_cookie(tenant).name))
        provider = connections.open_operators_provider(
            settings.trust_anchors_secret,
            settings.operator_client_secret,
            issuer=settings.operator_issuer,
            client_id=settings.operator_client_id,
            redirect_uri=pages.return_address(settings.vi_url, tenant),
        )
        subject = provider.subject(attempt, requests.queries(event))
        if site.tenant.operator_by_oidc(subject) is None:
            raise Forbidden("not an operator of this tenant", code="not_an_operator")
        identifier = sessions.open(subject, instead_of=pages.session_identifier(event))
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
    cookies = [pages.session_cookie(tenant, identifier), pages.attempt_cookie(tenant)]
    return pages.see_other(pages.base(tenant), cookies=cookies)
