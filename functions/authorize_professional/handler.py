"""Authorizer of the ``db`` and ``vi`` hosts: is this Pro Santé Connect token good now?

Closed by default: 401 for anything but a token that Pro Santé Connect declares active. While it
cannot tell, the request goes on as ``unavailable`` (503); a tenant that does not exist goes on as
``foreign`` (404), and nobody is asked. A refused token is counted, and leaves no audit record.
Behind the front for peers the certificate of the calling DRIMbox is judged first: 403 where the
white list does not name it. Elsewhere nobody vouches for its header (decision 0102).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.authorize_professional.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import CLOCK, for_platform, for_tenant
from functions.drimbox.errors import Absent, Forbidden, NotAuthenticated, Transient
from functions.drimbox.identity.access_token import ActiveToken, bearer_token

if TYPE_CHECKING:
    from functions.drimbox.peers.calling_peer import CallingPeer


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
            peer = _peer(event, settings)
            token = _introspect(event, settings, "" if peer is None else peer.thumbprint)
    except NotAuthenticated as error:
        logging.event("token refused", detail=error.detail, tenant=tenant)
        raise policies.Unauthorized from None
    except Forbidden as error:
        logging.event("peer refused", detail=error.detail, tenant=tenant)
        return policies.deny(event, "peer")
    except Transient as error:
        logging.warning("identity unavailable", code=error.code, detail=error.detail)
        facts = callers.unavailable(error, CLOCK.now())
        return policies.allow(event, facts, "unknown")
    return policies.allow(event, callers.active(tenant, token, peer), "professional")


def _peer(event: entry.Event, settings: Settings) -> CallingPeer | None:
    if not requests.by_front(event):
        return None
    # Loaded behind the front alone.
    from functions.drimbox.peers.calling_peer import HEADER  # noqa: PLC0415

    return for_platform(settings).calling_peer(requests.headers(event, HEADER))


def _introspect(event: entry.Event, settings: Settings, thumbprint: str) -> ActiveToken:
    token = bearer_token(requests.headers(event, "Authorization"))
    return for_platform(settings).psc_introspection.introspect(token, thumbprint)
