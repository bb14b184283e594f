"""The permission to look at the services, and the record of the look."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Forbidden
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.operations.viewing_services import permit_services
from functions.drimbox.tenants.model import Operator, Permission
from tests.fakes.memory import MemoryAudit


def caller(*permissions: Permission) -> Caller:
    operator = Operator("Camille", frozenset(permissions), oidc_subject="operator-1")
    return Caller(operator, "operator-1", "request-1")


def test_a_look_with_the_permission_is_recorded() -> None:
    audit = MemoryAudit()
    permit_services(audit, caller(Permission.VIEW))
    assert audit.events() == [("services.viewed", "shown")]


def test_without_the_permission_nothing_is_shown() -> None:
    audit = MemoryAudit()
    with pytest.raises(Forbidden):
        permit_services(audit, caller(Permission.REPLAY))
    assert audit.events() == [("operation.refused", "not_permitted")]
