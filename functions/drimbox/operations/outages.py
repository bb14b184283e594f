"""The services that publications and their news need and that do not answer now, by their
circuits.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.drimbox.breaker import Circuits
    from functions.drimbox.tenants.model import Tenant


class Needed(StrEnum):
    """A service of publications, by the name of its circuit. ``IDENTITY`` is the DMP for one
    structure: it refuses the structure's identity, and answers others. ``WEBHOOK`` is the site's
    own address for its news: publications go on without it.
    """

    PACS = "pacs"
    DMP = "dmp"
    IDENTITY = "dmp/"
    WEBHOOK = "webhook"


# The order in which a page tells them: the DMP stops every publication.
_OF_THE_SITE: Final = (Needed.DMP, Needed.PACS)


@frozen
class Outage:
    """``since``: when the outage began. ``structure`` is a name, "" where all are concerned."""

    service: Needed
    since: datetime
    structure: str = ""


def circuits_of(tenant: Tenant) -> tuple[tuple[Needed, str, str], ...]:
    """The circuits of a tenant's services: the service, the circuit's name, and the name of the
    structure ("" where all are concerned). The site's address for its news is the last, if any.
    """
    site = ((one, str(one), "") for one in _OF_THE_SITE)
    structures = (
        (Needed.IDENTITY, f"{Needed.IDENTITY}{structure.id}", structure.name)
        for structure in tenant.structures
    )
    news = ((Needed.WEBHOOK, str(Needed.WEBHOOK), ""),) if tenant.webhook_url else ()
    return (*site, *structures, *news)


def outages(circuits: Circuits, tenant: Tenant) -> tuple[Outage, ...]:
    """The open circuits of the site's PACS, of the DMP, of the DMP under each structure, and of the
    site's address for its news."""
    named = circuits_of(tenant)
    found = ((service, circuits.get(name), structure) for service, name, structure in named)
    return tuple(
        Outage(service, state.away_since, structure)
        for service, state, structure in found
        if state.circuit is Circuit.OPEN
    )


def describe(found: Iterable[Outage]) -> list[dict[str, str]]:
    """The same as JSON: ``service`` is the name of a Needed in small letters."""
    return [
        {
            "service": one.service.name.lower(),
            "since": one.since.isoformat(),
            "structure": one.structure,
        }
        for one in found
    ]


def outages_or_none(circuits: Circuits, tenant: Tenant) -> tuple[Outage, ...]:
    """The same for a page that must not fail of it."""
    try:
        return outages(circuits, tenant)
    except StorageUnavailable:
        return ()
