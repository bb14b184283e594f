"""``GET vi/v1/tenants/{tenant}/operations/sign-in``: to the operators' identity provider."""

from __future__ import annotations

from functions.aws import connections, entry, pages, replies, requests, stores
from functions.aws.operator_pages import PAGES
from functions.drimbox.errors import DrimboxError
from functions.drimbox.identity.session import ATTEMPT
from functions.start_operator_session.settings import Settings


@PAGES.handler
def handler(event: entry.Event) -> replies.Reply:
    """303 to the provider; what the return must match is kept here, behind a cookie."""
    settings = Settings.current()
    site = stores.for_tenant(settings.tenant_parameters, requests.path(event, "tenant"))
    tenant = site.tenant.tenant
    result = "failed"
    try:
        identifier, attempt = site.sessions(settings.sessions_table).begin()
        provider = connections.open_operators_provider(
            settings.trust_anchors_secret,
            settings.operator_client_secret,
            issuer=settings.operator_issuer,
            client_id=settings.operator_client_id,
            redirect_uri=PAGES.return_address(settings.vi_url, tenant),
        )
        location = provider.authorization_url(attempt)
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
