"""simulators.fault_queue: faults strike in the order asked for, as often as asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from simulators.fault_queue import MAX_COUNT, MAX_SECONDS, FaultQueue, is_count, is_seconds


@dataclass(frozen=True)
class Fault:
    kind: str
    place: str
    count: int | None = 1

    def describe(self) -> dict[str, Any]:
        return {"kind": self.kind, "count": self.count}


class Faults(FaultQueue[Fault]):
    @staticmethod
    def strikes(fault: Fault, request: str) -> bool:
        return fault.place == request


def test_the_first_that_strikes_is_used_up_by_one() -> None:
    faults = Faults()
    for one in (Fault("a", "x"), Fault("b", "y", 2), Fault("c", "x", None)):
        faults.add(one)
    assert [faults.take(place) and faults.describe() for place in ("y", "x", "z", "y")] == [
        [{"kind": "a", "count": 1}, {"kind": "b", "count": 1}, {"kind": "c", "count": None}],
        [{"kind": "b", "count": 1}, {"kind": "c", "count": None}],
        None,
        [{"kind": "c", "count": None}],
    ]
    for _ in range(3):
        taken = faults.take("x")
        assert taken is not None
        assert taken.kind == "c"
    faults.clear()
    assert (faults.take("x"), faults.describe()) == (None, [])


@pytest.mark.parametrize("value", [0, -1, MAX_COUNT + 1, True, 1.0, "1"])
def test_another_count_is_none(value: object) -> None:
    assert not is_count(value)
    assert is_count(None)
    assert is_count(MAX_COUNT)


@pytest.mark.parametrize("value", [-1, MAX_SECONDS + 1, True, None, "1"])
def test_another_time_is_none(value: object) -> None:
    assert not is_seconds(value)
    assert is_seconds(0.5)
