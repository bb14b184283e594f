"""On schedule: judge the certificates of every tenant's structures, and count the days left.

It keeps the findings, public facts only, for the feed check, which has no right on the keys.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, check_round, for_every_tenant
from functions.check_certificates.settings import Settings
from functions.drimbox.errors import ConfigurationError, DrimboxError
from functions.drimbox.identity.certificate_findings import Found, Use

if TYPE_CHECKING:
    from functions.aws.stores import TenantStores
    from functions.drimbox.tenants.model import Structure

_BUDGET: Final = timedelta(minutes=12)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant or structure that fails stops no other; the next check begins where time ends."""
    settings, over = Settings.current(), CLOCK.now() + _BUDGET
    tenants, last = dict(for_every_tenant(settings)), check_round(settings)
    done = before = last.get()
    for tenant in sorted(tenants, key=lambda slug: (slug <= before, slug)):
        if CLOCK.now() > over:
            break
        stores, done = tenants[tenant], tenant
        if stores is None:
            _not_checked(tenant, ConfigurationError("the tenant's file is wrong"))
            continue
        for structure in {one.holder: one for one in stores.tenant.structures}.values():
            try:
                _check(stores, structure)
            except Exception as error:  # noqa: BLE001  # whatever is kept there stops no other
                _not_checked(tenant, error)
    last.put(done)
    return {"outcome": "checked"}


def _check(stores: TenantStores[Settings], structure: Structure) -> None:
    at, tenant, days = stores.clock.now(), stores.slug, []
    for use in Use:
        judgement = stores.keys.of(structure).judgement(use)
        stores.certificates.put(structure.holder, use, Found(judgement, at))
        days.append(judgement.days_left(at))
        what = f"{use.kind} of {structure.holder}: {judgement.fault or 'usable'}"
        logging.event("certificate", tenant=tenant, detail=what, count=days[-1])
    metrics.certificate_days(min(days), tenant, structure.holder)


def _not_checked(tenant: str, error: Exception) -> None:
    said = error.detail if isinstance(error, DrimboxError) else entry.place(error)
    logging.error("not checked", tenant=tenant, detail=said)
    metrics.count("InternalFailures", tenant)
