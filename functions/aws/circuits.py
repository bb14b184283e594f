"""The circuits of a tenant in DynamoDB: key (tenant, circuit), by one writer at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws.revisions import put_over, read_item, read_items
from functions.drimbox.breaker import Circuit, CircuitState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.ports import Clock

# DynamoDB deletes an item that nobody has changed for that long. An absent circuit is closed; an
# open one is probed, hence changed, for as long as an execution waits.
_FORGOTTEN: Final = timedelta(days=14)
_DATES: Final = ("since", "began", "failed_at", "asked_at", "leased_until", "not_before")
_NUMBERS: Final = ("failures", "slot", "passed")


class DynamoCircuits:
    """Implements ``breaker.Circuits`` for one tenant."""

    def __init__(self, table: str, tenant: str, clock: Clock) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock

    def get(self, name: str) -> CircuitState:
        """Read consistently; one of revision 0 when nothing is known of it."""
        item = read_item(self._table, self._key(name), "circuits")
        return CircuitState(name) if item is None else _decode(item)

    def several(self, names: Sequence[str]) -> Mapping[str, CircuitState]:
        """Read consistently."""
        found = read_items(self._table, [self._key(name) for name in names], "circuits")
        states = {state.name: state for state in map(_decode, found)}
        return {name: states.get(name, CircuitState(name)) for name in names}

    def put(self, state: CircuitState) -> bool:
        """Store unless another writer was faster; False then."""
        dates = {one: getattr(state, one) for one in _DATES}
        last = max([self._clock.now(), *(date for date in dates.values() if date)])
        item: dict[str, Any] = {
            **self._key(state.name),
            "state": {"S": state.circuit},
            "subjects": {"L": [{"S": one} for one in state.subjects]},
            "ends_at": {"N": str(int((last + _FORGOTTEN).timestamp()))},
            **{one: {"S": date.isoformat()} for one, date in dates.items() if date},
            **{one: {"N": str(getattr(state, one))} for one in _NUMBERS},
        }
        return put_over(self._table, item, state.revision, "circuits")

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "circuit": {"S": name}}


def _decode(item: Mapping[str, Any]) -> CircuitState:
    facts: dict[str, Any] = {
        **{one: datetime.fromisoformat(item[one]["S"]) for one in _DATES if one in item},
        **{one: int(item[one]["N"]) for one in _NUMBERS},
    }
    return CircuitState(
        item["circuit"]["S"],
        revision=int(item["revision"]["N"]),
        circuit=Circuit(item["state"]["S"]),
        subjects=tuple(one["S"] for one in item.get("subjects", {"L": []})["L"]),
        **facts,
    )
