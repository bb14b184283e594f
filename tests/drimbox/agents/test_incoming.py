"""functions.drimbox.agents.incoming: a body that nobody accepted ends after a day, no other one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from functions.drimbox.agents.incoming import LASTS, MOST_A_DAY, Body, sweep
from tests.fakes.memory import VirtualClock

NOW = VirtualClock().now()
MINUTE = timedelta(minutes=1)


@dataclass
class MemoryPlace:
    bodies: list[Body]
    kept: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    erased: list[list[str]] = field(default_factory=list)

    def all(self) -> Iterator[Body]:
        yield from self.bodies

    def is_kept(self, key: str) -> bool:
        self.asked.append(key)
        return key in self.kept

    def erase(self, keys: Sequence[str]) -> None:
        self.erased.append(list(keys))


def body(key: str, age: timedelta, size: int = 1) -> Body:
    return Body(key, size, NOW - age)


def test_a_body_that_nobody_accepted_within_a_day_is_erased() -> None:
    place = MemoryPlace(
        [
            body("fresh", LASTS - MINUTE, 5),
            body("left", LASTS),
            body("accepted", LASTS),
            body("left too", LASTS + timedelta(hours=1)),
            # An older one was looked at, and accepted, by then: nobody asks for all of them.
            body("old", timedelta(days=20)),
        ],
        kept={"accepted"},
    )
    found = sweep(place, NOW)
    assert (found.erased, found.fresh, found.is_too_much) == (2, 5, False)
    assert place.erased == [["left", "left too"]]
    assert sorted(place.asked) == ["accepted", "left", "left too"]


def test_where_nothing_is_left_nothing_is_erased() -> None:
    place = MemoryPlace([body("accepted", LASTS)], kept={"accepted"})
    assert sweep(place, NOW).erased == 0
    assert place.erased == []


def test_more_than_a_site_puts_within_a_day_is_told() -> None:
    just = [body("a", MINUTE, MOST_A_DAY), body("old", LASTS * 2, MOST_A_DAY)]
    assert not sweep(MemoryPlace(just), NOW).is_too_much
    assert sweep(MemoryPlace([*just, body("b", MINUTE)]), NOW).is_too_much
