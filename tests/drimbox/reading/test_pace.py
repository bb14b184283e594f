"""functions.drimbox.reading.pace: a body that is too large or too slow ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.pace import FLOOR, SILENCE, paced


class Source:
    """Chunks that take ``seconds`` each to come, on a clock of their own."""

    def __init__(self, chunks: Iterable[bytes], seconds: float) -> None:
        self.at = 0.0
        self._chunks, self._seconds = chunks, seconds

    def __iter__(self) -> Iterator[bytes]:
        for one in self._chunks:
            self.at += self._seconds
            yield one

    def monotonic(self) -> float:
        return self.at


@given(st.lists(st.binary(max_size=50)))
def test_a_body_within_its_bounds_passes_as_it_came(chunks: list[bytes]) -> None:
    assert list(paced(chunks, sum(map(len, chunks)))) == chunks


def test_a_body_beyond_its_bound_ends() -> None:
    with pytest.raises(SiteFailed) as failed:
        list(paced([b"12345", b"6"], 5))
    assert failed.value.ended is Ended.ODD


def test_one_byte_a_second_ends_after_twenty_seconds() -> None:
    source = Source((b"x" for _ in range(10**9)), 1.0)
    with pytest.raises(SiteFailed) as failed:
        list(paced(source, 10**9, source.monotonic))
    assert failed.value.ended is Ended.AWAY
    assert source.at == SILENCE


def test_a_slow_line_above_the_floor_goes_on() -> None:
    source = Source([bytes(FLOOR * 5)] * 12, 5.0)
    assert len(list(paced(source, 10**9, source.monotonic))) == 12


def test_the_readers_own_time_does_not_count() -> None:
    source = Source([b"x"] * 50, 0.1)
    for _ in paced(source, 100, source.monotonic):
        source.at += 100
