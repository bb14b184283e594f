"""Authorizer of the ``in`` host: which declared sender, operator or agent shows it?

API Gateway has checked the chain, against the authorities of all tenants together; the function
checks the subject, that an authority of this tenant issued it, and that it did not take it back
since: 403 then. A certificate that the tenant of the path does not declare is let through as
``foreign``: the handler answers 404, as for a tenant that does not exist. The register of agents
judges a certificate of our own authority, and no file (decision 0094).
"""

from __future__ import annotations

from typing import Any

from functions.authorize_sender.programs import Other, judge
from functions.authorize_sender.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import CLOCK, for_tenant
from functions.drimbox.errors import Absent, NotAuthenticated
from functions.drimbox.identity.client_certificate import read_certificate


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say who calls; 401 without a readable certificate within its dates."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    pem = (identity.get("clientCert") or {}).get("clientCertPem")
    try:
        found = read_certificate(str(pem or ""), CLOCK)
    except NotAuthenticated as error:
        logging.warning("certificate refused", code=error.code, detail=error.detail)
        raise policies.Unauthorized from None
    try:
        stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    except Absent:
        return policies.allow(event, {"caller": callers.FOREIGN}, "foreign")
    judged = judge(stores, found)
    if judged is Other.REVOKED:
        return policies.deny(event, "program")
    if judged is Other.FOREIGN:
        return policies.allow(event, {"caller": callers.FOREIGN}, "foreign")
    context = {"caller": judged.caller, "tenant": stores.slug, "subject": judged.subject}
    if judged.agent:
        context["agent"] = judged.agent
    if judged.enrolled:
        context["enrolled"] = judged.enrolled
    return policies.allow(event, context, "program")
