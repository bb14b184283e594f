"""functions.drimbox.side_by_side: several reads at once."""

from __future__ import annotations

import threading

import pytest

from functions.drimbox.side_by_side import AT_ONCE, side_by_side


def test_all_are_under_way_at_once_and_keep_their_order() -> None:
    together = threading.Barrier(AT_ONCE)

    def act(number: int) -> int:
        together.wait(60)
        return 2 * number

    assert side_by_side(act, range(2 * AT_ONCE)) == list(range(0, 4 * AT_ONCE, 2))


def test_one_alone_needs_no_other_thread() -> None:
    assert side_by_side(lambda _: threading.current_thread(), [1]) == [threading.current_thread()]
    assert side_by_side(str, list[int]()) == []


def test_an_error_leaves_as_it_is() -> None:
    def act(number: int) -> int:
        if number:
            raise LookupError(number)
        return number

    with pytest.raises(LookupError, match="1"):
        side_by_side(act, [0, 1, 2])
