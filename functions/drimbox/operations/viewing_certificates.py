"""The certificates of a tenant's structures as operators see them: the last check's findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.identity.certificate_findings import Use
from functions.drimbox.values import frozen

if TYPE_CHECKING:
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
