"""functions.drimbox.outside.byte_budget: several threads, and never more bytes than that."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from functions.drimbox.outside.byte_budget import ByteBudget


@pytest.mark.parametrize(("most", "expected"), [(10, 10), (25, 24), (1, 10)])
def test_no_more_is_held_than_the_budget_or_one_thing(most: int, expected: int) -> None:
    budget, lock, held, peak = ByteBudget(most), Lock(), [0], [0]

    def take(size: int) -> None:
        with budget.of(size):
            with lock:
                held[0] += size
                peak[0] = max(peak[0], held[0])
            time.sleep(0.005)
            with lock:
                held[0] -= size

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, [10, 4, 10, 4, 10, 4, 10, 4, 10]))
    assert held == [0]
    assert peak[0] <= expected


def test_things_that_fit_are_held_at_once() -> None:
    budget, both = ByteBudget(10), Event()

    def first() -> bool:
        with budget.of(6):
            return both.wait(10)

    def second() -> None:
        with budget.of(4):
            both.set()

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(first)
        pool.submit(second)
        assert waiting.result()


def test_a_failure_gives_its_bytes_back() -> None:
    budget = ByteBudget(10)
    with pytest.raises(ValueError, match="spoilt"), budget.of(10):
        raise ValueError("spoilt")
    with budget.of(10):
        pass
