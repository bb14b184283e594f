"""Faults on demand: read, queued, used up."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.whitelist.faults import ANSWERS, KINDS, BadFault, Fault, Faults


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_asked_for(kind: str) -> None:
    own = {"seconds": 1} if kind == "slow" else {}
    fault = Fault.read({"kind": kind, "count": None, **own})
    assert fault.file == ("crl" if kind.endswith("crl") else "list")
    described = fault.describe()
    if kind not in ANSWERS:
        assert described.pop("file")
    assert Fault.read(described) == fault


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {"kind": "other"},
        {"kind": "unsigned", "count": 0},
        {"kind": "unsigned", "count": True},
        {"kind": "unsigned", "seconds": 1},
        {"kind": "unsigned", "file": "list"},
        {"kind": "slow"},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "seconds": "1"},
        {"kind": "absent", "file": "other"},
    ],
)
def test_a_fault_that_is_none(facts: Any) -> None:
    with pytest.raises(BadFault):
        Fault.read(facts)


def test_faults_strike_their_file_in_order() -> None:
    faults = Faults()
    for fault in (Fault("absent", "crl", 2), Fault("unsigned"), Fault("tampered", count=None)):
        faults.add(fault)
    kinds = [getattr(faults.take("list"), "kind", "") for _ in range(3)]
    assert kinds == ["unsigned", "tampered", "tampered"]
    assert [getattr(faults.take("crl"), "kind", "") for _ in range(3)] == ["absent", "absent", ""]
    assert [one["kind"] for one in faults.describe()] == ["tampered"]
    faults.clear()
    assert faults.take("list") is None
