"""The pages of a long list."""

from __future__ import annotations

from tests.drimbox.consultation.histories import eleven, exam
from tests.drimbox.pages.reading.shown import ADDRESS, read, words


def test_a_long_list_has_ways_to_its_neighbours() -> None:
    long = [exam(str(one), "2026") for one in range(250)]
    ways = {
        part: read(long, part=part).xpath("//nav[@class='parts']/a/@href") for part in (1, 2, 3)
    }
    assert ways == {
        1: [f"{ADDRESS}?part=2"],
        2: [ADDRESS, f"{ADDRESS}?part=3"],
        3: [f"{ADDRESS}?part=2"],
    }
    assert "Page 2 sur 3" in words(read(long, part=2))
    assert not read(eleven()).xpath("//nav[@class='parts']")
