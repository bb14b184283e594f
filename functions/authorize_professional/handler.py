"""Authorizer of the ``db`` and ``vi`` hosts: is this Pro Santé Connect token good now?

Closed by default: 401 for anything but a token that Pro Santé Connect declares active. While it
cannot tell, the request goes on as ``unavailable`` and the handler answers 503.
"""

from __future__ import annotations

from typing import Any

from functions.authorize_professional.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import for_platform, for_tenant
from functions.drimbox.errors import Absent, NotAuthenticated, Transient
from functions.drimbox.identity.access_token import ActiveToken, bearer_token


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say who calls."""
    tenant = requests.path(event, "tenant")
    try:
        token = _introspect(event)
    except NotAuthenticated as error:
        logging.event("token refused", detail=error.detail)
        _audit_refusal(event, tenant)
        raise policies.Unauthorized from None
    except Transient as error:
        logging.warning("identity unavailable", code=error.code, detail=error.detail)
        return policies.allow(event, {"caller": callers.UNAVAILABLE}, "unknown")
    return policies.allow(event, callers.active(tenant, token), "professional")


def _introspect(event: entry.Event) -> ActiveToken:
    token = bearer_token(requests.headers(event, "Authorization"))
    return for_platform(Settings.current()).psc_introspection.introspect(token)


def _audit_refusal(event: entry.Event, tenant: str) -> None:
    """A refused disclosure leaves its record, where there is a tenant to keep it."""
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:
        return
    stores.audit.record(
        "token.refused",
        key=requests.request_id(event),
        result="not_authenticated",
        who="unknown",
        facts={},
    )
