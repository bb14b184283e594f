"""Permissions: each verb checks them first, whichever way the operator signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Forbidden
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.ports import Audit
    from functions.drimbox.tenants.model import Operator, Permission


@frozen
class Caller:
    """The caller of one request. ``operator`` is None when the caller is not an operator of this
    tenant; ``subject`` identifies the caller; ``request_id`` is the gateway's own.
    """

    operator: Operator | None
    subject: str
    request_id: str


def demand(audit: Audit, caller: Caller, permission: Permission) -> Operator:
    """The operator, who has ``permission``.

    Raises Forbidden otherwise, once the refusal is in the audit trail.
    """
    operator = caller.operator
    if operator is not None and operator.may(permission):
        return operator
    audit.record(
        "operation.refused",
        key=f"{caller.request_id}/{permission}",
        result="not_permitted" if operator is not None else "not_an_operator",
        who=caller.subject,
        facts={"permission": str(permission)},
    )
    raise Forbidden(f"no permission to {permission}")
