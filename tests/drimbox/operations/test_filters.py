"""An operator's own filters: kept by name, a bounded number, nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.errors import (
    Absent,
    BadRequest,
    Conflict,
    Forbidden,
    StorageUnavailable,
)
from functions.drimbox.operations.filters import (
    MOST_FILTERS,
    Filters,
    Wish,
    keep,
    saved,
)
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.tenants.model import Operator, Permission
from tests.drimbox.operations.conftest import but
from tests.fakes.memory import MemoryAudit, MemoryFilters
from tests.fakes.world import OPERATOR

HELD = Wish("Held", {"state": "held"})
OTHER = Caller(
    Operator("Dominique", frozenset({Permission.VIEW}), oidc_subject="operator-2"), "2", "r"
)


def test_filters_are_kept_replaced_and_forgotten_by_their_owner() -> None:
    store, audit = MemoryFilters(), MemoryAudit()
    keep(store, audit, OPERATOR, HELD)
    keep(store, audit, OPERATOR, Wish("Refused", {"reason": "dmp_refused"}))
    keep(store, audit, OPERATOR, replace(HELD, parameters={"state": "published"}))
    assert saved(store, audit, OPERATOR) == {
        "Held": {"state": "published"},
        "Refused": {"reason": "dmp_refused"},
    }
    assert saved(store, audit, OTHER) == {}
    assert set(keep(store, audit, OPERATOR, Wish("Held", None))) == {"Refused"}
    with pytest.raises(Absent):
        keep(store, audit, OPERATOR, Wish("Held", None))
    assert [event for event, _ in audit.events()] == ["filter.kept"] * 3 + ["filter.forgotten"]


def test_there_are_so_many_and_no_more() -> None:
    store, audit = MemoryFilters(), MemoryAudit()
    for number in range(MOST_FILTERS):
        keep(store, audit, OPERATOR, replace(HELD, name=str(number)))
    keep(store, audit, OPERATOR, replace(HELD, name="0"))
    with pytest.raises(Conflict):
        keep(store, audit, OPERATOR, HELD)


def test_a_faster_writer_s_filter_is_kept_too() -> None:
    class Faster(MemoryFilters):
        raced = False

        def put(self, filters: Filters) -> bool:
            if not self.raced:
                self.raced = True
                keep(self, MemoryAudit(), OPERATOR, replace(HELD, name="theirs"))
            return super().put(filters)

    store = Faster()
    assert set(keep(store, MemoryAudit(), OPERATOR, HELD)) == {"Held", "theirs"}

    class Lost(MemoryFilters):
        def put(self, filters: Filters) -> bool:
            return False

    with pytest.raises(StorageUnavailable):
        keep(Lost(), MemoryAudit(), OPERATOR, HELD)


def test_without_permission_nothing_is_kept() -> None:
    store = MemoryFilters()
    with pytest.raises(Forbidden):
        keep(store, MemoryAudit(), but(Permission.VIEW), HELD)
    with pytest.raises(Forbidden):
        saved(store, MemoryAudit(), but(Permission.VIEW))
    assert store.kept == {}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"name": "x"},
        {"name": "", "filter": {}},
        {"name": " ", "filter": {}},
        {"name": 7, "filter": {}},
        {"name": "x" * 61, "filter": {}},
        {"name": "x", "filter": []},
        {"name": "x", "filter": {"after": "y"}},
        {"name": "x", "filter": {"state": "secret"}},
        {"name": "x", "filter": {"reason": "because"}},
        {"name": "x", "filter": {"sender": 7}},
        {"name": "x", "filter": {"sender": "y" * 61}},
    ],
)
def test_requests_that_are_no_filter(facts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        Wish.read(facts)


def test_a_valid_request_is_read() -> None:
    wish = Wish.read({"name": " Held ", "filter": {"state": "held", "sender": ""}})
    assert wish == HELD
    assert Wish.read({"name": "Held", "filter": None}) == Wish("Held", None)
