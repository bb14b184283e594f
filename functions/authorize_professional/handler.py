"""Authorizer of the ``db`` and ``vi`` hosts: is this Pro Santé Connect token good now?

Closed by default: 401 for anything but a token that Pro Santé Connect declares active. While it
cannot tell, the request goes on as ``unavailable`` and the handler answers 503. A tenant that does
not exist goes on as ``foreign`` and the handler answers 404: Pro Santé Connect is not asked, and
nothing is written. A refused token is counted and leaves no audit record: its bearer is unknown.
"""

from __future__ import annotations

from typing import Any

from functions.authorize_professional.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import CLOCK, for_platform, for_tenant
from functions.drimbox.errors import Absent, NotAuthenticated, Transient
from functions.drimbox.identity.access_token import ActiveToken, bearer_token


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say who calls."""
    settings = Settings.current()
    try:
        tenant = for_tenant(settings, requests.path(event, "tenant")).slug
    except Absent:
        return policies.allow(event, {"caller": callers.FOREIGN}, "foreign")
    try:
        with entry.strangers_counted(event):
            token = _introspect(event, settings)
    except NotAuthenticated as error:
        logging.event("token refused", detail=error.detail, tenant=tenant)
        raise policies.Unauthorized from None
    except Transient as error:
        logging.warning("identity unavailable", code=error.code, detail=error.detail)
        facts = callers.unavailable(error, CLOCK.now())
        return policies.allow(event, facts, "unknown")
    return policies.allow(event, callers.active(tenant, token), "professional")


def _introspect(event: entry.Event, settings: Settings) -> ActiveToken:
    token = bearer_token(requests.headers(event, "Authorization"))
    return for_platform(settings).psc_introspection.introspect(token)
