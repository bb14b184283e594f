"""The whole campaign: every run once, whichever process plays it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from tests.campaign.batches import batches, played
from tests.campaign.outage import Outage
from tests.campaign.runs import PAIRS, RANDOM, enumerated, numbers, whole
from tests.fakes.kept import kept

pytestmark = pytest.mark.slow
AWAY = Outage("dmp", timedelta(hours=1), 5)


def test_the_whole_plays_every_enumerated_run_once_and_its_share_of_the_others() -> None:
    with kept():
        everything = Counter(whole(7))
        share = -(-len(enumerated()) // 8)
    assert set(everything.values()) == {1}
    others = [RANDOM + 7 + n for n in range(share)] + [PAIRS + 7 + n for n in range(share)]
    assert set(everything) == {*range(len(enumerated())), *others}


def test_batches_hold_every_number_in_order() -> None:
    with kept():
        some = list(islice(numbers(0), 500))
    assert [number for batch in batches(some) for number in batch] == some


def test_two_processes_play_all_that_they_are_given() -> None:
    (first, second) = ((0, 1, PAIRS), (2, RANDOM))
    done = list(played((AWAY, first, second), 2))
    runs = sum((one.runs for one in done), Counter[str]())
    assert runs == {"enumerated": 3, "pairs": 1, "random": 1}
    assert [one for one in done if one.broken] == []
    (told,) = (one.told for one in done if one.told)
    assert [str(AWAY) in told[0], len(told)] == [True, 1]
    assert all(one.cpu > 0 for one in done)


def test_nothing_more_is_begun_once_nobody_asks() -> None:
    begun = []

    def endless() -> Iterator[tuple[int]]:
        for number in range(1000):
            begun.append(number)
            yield (number,)

    for _ in played(endless(), 1):
        break
    assert len(begun) <= 2
