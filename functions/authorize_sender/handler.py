"""Authorizer of the ``in`` host: which tenant's declared program shows this certificate?

API Gateway has checked the chain; here the subject and the dates are. A certificate that the
tenant of the path does not declare is let through as ``foreign``: the handler answers 404, as for a
tenant that does not exist.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from functions.authorize_sender.settings import Settings
from functions.aws import callers, entry, logging, policies, requests, tenants
from functions.aws.clock import SystemClock
from functions.drimbox.errors import Absent, DrimboxError
from functions.drimbox.identity.certificate import read_certificate, same_subject


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)


def handler(event: entry.Event, _context: Any) -> dict[str, Any]:
    """Say who calls; 401 without a readable certificate within its dates."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    pem = (identity.get("clientCert") or {}).get("clientCertPem")
    try:
        certificate = read_certificate(str(pem or ""), at=SystemClock().now())
    except DrimboxError as error:
        logging.warning("certificate refused", code=error.code)
        raise policies.Unauthorized from None
    subject = str(certificate.subject)
    context = {"caller": callers.FOREIGN, "tenant": "", "subject": subject}
    try:
        tenant = tenants.find(_settings().tenant_parameters, requests.path(event, "tenant"))
    except Absent:
        return policies.allow(event, context, "foreign")
    if any(same_subject(sender.certificate_subject, subject) for sender in tenant.senders):
        context |= {"caller": callers.BOUND, "tenant": tenant.tenant}
    return policies.allow(event, context, "program")
