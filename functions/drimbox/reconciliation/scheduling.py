"""When a tenant's turn comes: every hour some of them, so that the DMP is never asked by all."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.drimbox.tenants.model import Tenant

_HOUR = 3600


def is_due(tenant: Tenant, at: datetime) -> bool:
    """Whether the tenant's run starts in the hour of ``at``: once in ``schedule_hours``, in an hour
    of its own."""
    hours = tenant.reconciliation.schedule_hours
    if not hours:
        return False
    place = int(hashlib.sha256(tenant.tenant.encode()).hexdigest(), 16)
    return int(at.timestamp()) // _HOUR % hours == place % hours


def scheduled_run(at: datetime) -> str:
    """The run of that hour: asked for twice, it is one."""
    return f"{at.astimezone(UTC):%Y%m%dT%H}"


def manual_run(at: datetime) -> str:
    """A run that the platform's staff starts now."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
