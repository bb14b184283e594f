"""Faults on demand: the kinds, the requests that they strike, how often."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.dmp.faults import BadFault, Fault, Faults
from simulators.dmp.page import render


@pytest.mark.parametrize(
    ("facts", "described"),
    [
        ({"kind": "busy"}, {"kind": "busy", "transaction": "any", "count": 1}),
        (
            {"kind": "delay", "seconds": 0.5, "transaction": "iti-41", "count": None},
            {"kind": "delay", "seconds": 0.5, "transaction": "iti-41", "count": None},
        ),
        (
            {"kind": "lost_answer", "transaction": "iti-57"},
            {"kind": "lost_answer", "transaction": "iti-57", "count": 1},
        ),
        (
            {"kind": "refuse", "code": "XDSRepositoryError", "count": 3},
            {"kind": "refuse", "code": "XDSRepositoryError", "transaction": "any", "count": 3},
        ),
    ],
)
def test_a_fault_is_read(facts: dict[str, Any], described: dict[str, Any]) -> None:
    assert Fault.read(facts).describe() == described


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {},
        {"kind": "meltdown"},
        {"kind": ["busy"]},
        {"kind": "busy", "seconds": 1},
        {"kind": "busy", "colour": "red"},
        {"kind": "busy", "transaction": "iti-99"},
        {"kind": "busy", "transaction": ["iti-41"]},
        {"kind": "busy", "count": 0},
        {"kind": "busy", "count": True},
        {"kind": "busy", "count": 1.0},
        {"kind": "delay"},
        {"kind": "delay", "seconds": -1},
        {"kind": "delay", "seconds": True},
        {"kind": "delay", "seconds": 601},
        {"kind": "refuse"},
        {"kind": "refuse", "code": "<x>"},
        {"kind": "refuse", "code": 7},
    ],
)
def test_a_fault_that_is_none(facts: Any) -> None:
    with pytest.raises(BadFault):
        Fault.read(facts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FACTS = st.dictionaries(
    st.sampled_from(["kind", "count", "seconds", "code", "transaction"]),
    JSON | st.sampled_from(["busy", "delay", "any", "iti-41"]),
)


@given(JSON | FACTS)
def test_any_json_is_a_fault_or_not(facts: Any) -> None:
    try:
        fault = Fault.read(facts)
    except BadFault:
        return
    assert Fault.read(fault.describe()) == fault


def test_a_fault_strikes_its_transaction_so_many_times() -> None:
    faults = Faults()
    faults.add(Fault("busy", "iti-41", 2))
    faults.add(Fault("unavailable", "any", 1))

    taken = [faults.take(t) for t in ("iti-18", "iti-18", "iti-41", "iti-41", "iti-41")]

    assert [fault and fault.kind for fault in taken] == ["unavailable", None, "busy", "busy", None]
    assert faults.describe() == []


def test_a_fault_for_ever_lasts_until_it_is_cleared() -> None:
    faults = Faults()
    faults.add(Fault("busy", count=None))

    assert {faults.take("iti-18") for _ in range(50)} == {Fault("busy", count=None)}
    faults.clear()
    assert faults.take("iti-18") is None


def test_the_page_writes_nothing_as_markup() -> None:
    document = {
        "entry_uuid": "urn:uuid:1",
        "unique_id": "<script>",
        "patient_id": "1^^^&2&ISO",
        "availability_status": "Approved",
        "type_code": '"x"',
        "confidentiality_codes": ["N", "<b>"],
        "event_codes": [],
        "reference_ids": [],
        "sha1": "",
        "submitted_at": "2026",
    }

    page = render([document])

    assert "&lt;script&gt;" in page
    assert "N<br>&lt;b&gt;" in page
    assert "1^^^&amp;2&amp;ISO" in page
    assert "<script>" not in page
    assert 'href="/_sim/documents/urn:uuid:1"' in page
