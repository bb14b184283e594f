"""``GET vi/v1/tenants/{tenant}/operations/sign-in``, ``GET`` and ``POST …/operations/session``."""

from __future__ import annotations

from typing import Final

from functions.aws import callers, connections, entry, pages, replies, requests, stores
from functions.aws.operator_pages import PAGES
from functions.drimbox.errors import DrimboxError, Forbidden
from functions.drimbox.identity.oidc import OidcClient
from functions.drimbox.identity.session import ATTEMPT
from functions.operator_session.settings import Settings


def _start(event: entry.Event) -> replies.Reply:
    """303 to the provider; the session table keeps what the return must match, behind a cookie."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, requests.path(event, "tenant"))
    tenant = site.tenant.tenant
    result = "failed"
    try:
        identifier, attempt = site.sessions(settings.sessions_table).begin()
        location = _provider(settings, tenant).authorization_url(attempt)
        result = "success"
    except DrimboxError as error:
        result = error.code
        raise
    finally:
        site.audit(settings.audit_bucket).record(
            "operator.sign_in_started",
            key=requests.request_id(event),
            result=result,
            who="unknown",
            facts={},
        )
    life = int(ATTEMPT.total_seconds())
    return pages.see_other(location, cookies=[PAGES.sign_in_cookie(tenant, identifier, life)])


def _open(event: entry.Event) -> replies.Reply:
    """303 to the publications with a new session; refused unless a declared operator is proven."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, requests.path(event, "tenant"))
    sessions = site.sessions(settings.sessions_table)
    tenant = site.tenant.tenant
    result, subject = "failed", ""
    try:
        attempt = sessions.attempt(PAGES.sign_in_identifier(event))
        subject = _provider(settings, tenant).subject(attempt, requests.queries(event))
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


def _close(event: entry.Event) -> replies.Reply:
    """303 to the sign-in; our session has ended, the provider's session goes on."""
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


def _provider(settings: Settings, tenant: str) -> OidcClient:
    return connections.open_operators_provider(
        settings.trust_anchors_secret,
        settings.operator_client_secret,
        issuer=settings.operator_issuer,
        client_id=settings.operator_client_id,
        redirect_uri=PAGES.return_address(settings.vi_url, tenant),
    )


_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("GET", f"{_BASE}/sign-in"): _start,
    ("GET", f"{_BASE}/session"): _open,
    ("POST", f"{_BASE}/session"): _close,
}
handler = PAGES.handler(entry.routes(ROUTES))
