"""functions.drimbox.peers.rounds: work in rounds that end in time."""

from __future__ import annotations

import threading

import pytest

from functions.drimbox.peers.rounds import AT_ONCE, in_rounds
from tests.drimbox.peers.round_scenes import seen_rounds


def test_every_item_has_its_result_in_order() -> None:
    assert in_rounds(lambda n: n * n, range(20), seconds=60, late=-1) == [n * n for n in range(20)]
    assert in_rounds(lambda n: n, [], seconds=60, late=-1) == []


def test_as_much_work_at_once_as_allowed_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, barrier = seen_rounds(monkeypatch), threading.Barrier(AT_ONCE)
    items = range(2 * AT_ONCE)
    # Each round of eight meets at the barrier: fewer at once would break it.
    found = in_rounds(lambda n: (barrier.wait(60), n)[1], items, seconds=60, late=-1)
    assert found == list(items)
    assert (AT_ONCE, seen.sizes) == (8, [8, 8])
    assert in_rounds(lambda n: n, range(20), seconds=60, late=-1) == list(range(20))
    assert seen.sizes[2:] == [8, 8, 4]
    in_rounds(lambda n: n, range(5), seconds=60, late=-1, at_once=3)
    assert seen.sizes[5:] == [3, 2]


def test_a_late_one_is_told_as_late() -> None:
    gate = threading.Event()
    try:
        found = in_rounds(lambda n: n if gate.wait(60) else 0, [1], seconds=0.01, late=-1)
    finally:
        gate.set()
    assert found == [-1]


def test_an_error_leaves_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        in_rounds(lambda n: 1 // n, [1, 0], seconds=60, late=-1)
