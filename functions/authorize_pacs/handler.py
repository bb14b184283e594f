"""Authorizer of the store route of ``db``: does the tenant's own PACS call?

API Gateway cannot ask for a client certificate on this host, so a PACS shows a credential. Closed
by default: 401 for anything else, also for a tenant that does not exist or whose PACS has none.
"""

from __future__ import annotations

from typing import Any

from functions.authorize_pacs.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import for_tenant
from functions.drimbox.errors import Absent, NotAuthenticated
from functions.drimbox.identity.pacs_credential import require_pacs


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say who calls."""
    try:
        stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    except Absent:
        raise policies.Unauthorized from None
    tenant = stores.slug
    try:
        with entry.strangers_counted(event):
            require_pacs(
                requests.headers(event, "Authorization"),
                tenant,
                stores.pacs_digests,
            )
    except NotAuthenticated as error:
        logging.event("credential refused", detail=error.detail, tenant=tenant)
        raise policies.Unauthorized from None
    return policies.allow(event, {"caller": callers.PACS, "tenant": tenant}, "pacs")
