"""On schedule: judge the certificates of every tenant's structures, and count the days left.

It keeps the findings, public facts only, for the feed check, which has no right on the keys.
"""

from __future__ import annotations

from typing import Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_every_tenant, for_tenant
from functions.check_certificates.settings import Settings
from functions.drimbox.errors import DrimboxError
from functions.drimbox.identity.certificate_choice import Found, Use


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant that cannot be checked does not stop the others."""
    for tenant, _ in for_every_tenant(Settings.current()):
        try:
            _check(tenant)
        except DrimboxError as error:
            logging.error("not checked", tenant=tenant, code=error.code, detail=error.detail)
            metrics.count("InternalFailures", tenant)
    return {"outcome": "checked"}


def _check(tenant: str) -> None:
    stores = for_tenant(Settings.current(), tenant)
    at = stores.clock.now()
    for structure in {one.holder: one for one in stores.tenant.structures}.values():
        days = []
        for use in Use:
            judgement = stores.keys.of(structure).judgement(use)
            stores.certificates.put(structure.holder, use, Found(judgement, at))
            days.append(judgement.days_left(at))
            what = f"{use.kind} of {structure.holder}: {judgement.fault or 'usable'}"
            logging.event("certificate", tenant=tenant, detail=what, count=days[-1])
        metrics.certificate_days(min(days), tenant, structure.holder)
