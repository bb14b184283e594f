"""Authorizer of the ``in`` host: which declared sender or operator shows this certificate?

API Gateway has checked the chain; here the subject and the dates are. A certificate that the
tenant of the path does not declare is let through as ``foreign``: the handler answers 404, as for a
tenant that does not exist.
"""

from __future__ import annotations

from typing import Any

from functions.authorize_sender.settings import Settings
from functions.aws import callers, entry, logging, policies, requests
from functions.aws.stores import CLOCK, for_tenant
from functions.drimbox.errors import Absent, NotAuthenticated
from functions.drimbox.identity.client_certificate import read_certificate
from functions.drimbox.identity.distinguished_name import canonical_name


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say who calls; 401 without a readable certificate within its dates."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    pem = (identity.get("clientCert") or {}).get("clientCertPem")
    try:
        certificate = read_certificate(str(pem or ""), CLOCK)
    except NotAuthenticated as error:
        logging.warning("certificate refused", code=error.code, detail=error.detail)
        raise policies.Unauthorized from None
    try:
        stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    except Absent:
        return policies.allow(event, {"caller": callers.FOREIGN}, "foreign")
    declared = [(callers.BOUND, one.certificate_subject) for one in stores.tenant.senders]
    declared += [
        (callers.OPERATING, one.certificate_subject)
        for one in stores.tenant.operators
        if one.certificate_subject
    ]
    for caller, subject in declared:
        if canonical_name(subject) == certificate.subject:
            context = {"caller": caller, "tenant": stores.slug, "subject": subject}
            return policies.allow(event, context, "program")
    stores.audit.record(
        "program.refused",
        key=requests.request_id(event),
        result="undeclared_certificate",
        who=certificate.serial_number,
        facts={},
    )
    return policies.allow(event, {"caller": callers.FOREIGN}, "foreign")
