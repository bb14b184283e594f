"""The certificates of a tenant's structures as operators see them: the last check's findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.identity.certificate_findings import Use
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.identity.certificate_findings import Found, FoundCertificates
    from functions.drimbox.tenants.model import Tenant


@frozen
class SeenCertificate:
    """One of the two certificates of ``structure`` (a name); ``found`` is None before the first
    check.
    """

    structure: str
    use: Use
    found: Found | None


def describe(seen: Iterable[SeenCertificate], now: datetime) -> list[dict[str, Any]]:
    """The same as JSON. Before the first check its facts are null; ``fault`` is null too where the
    certificate can serve. ``checked_at`` is ISO 8601.
    """
    return [{"structure": one.structure, **_found(one, now)} for one in seen]


def _found(one: SeenCertificate, now: datetime) -> dict[str, Any]:
    found = one.found
    if found is None:
        return {"kind": one.use.kind, "checked_at": None, "fault": None, "days_left": None}
    fault = found.judgement.fault
    return {
        "kind": one.use.kind,
        "checked_at": found.at.isoformat(),
        "fault": str(fault) if fault else None,
        "days_left": found.judgement.days_left(now),
    }


def seen_certificates(
    tenant: Tenant, certificates: FoundCertificates
) -> tuple[SeenCertificate, ...]:
    """Both certificates of each structure that holds some. Raises StorageUnavailable."""
    named = {one.id: one.name for one in tenant.structures}
    holders = {one.holder: named.get(one.holder, one.name) for one in tenant.structures}
    return tuple(
        SeenCertificate(name, use, certificates.get(holder, use))
        for holder, name in holders.items()
        for use in Use
    )
