"""An operator looks at the services that consultations need: the permission, and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.ports import Audit


def permit_services(audit: Audit, caller: Caller) -> None:
    """Forbidden without the permission ``view``; the look is recorded."""
    operator = demand(audit, caller, Permission.VIEW)
    audit.record(
        "services.viewed",
        key=caller.request_id,
        result="shown",
        who=operator.subject,
        facts={},
    )
