"""functions.drimbox.images.health: the number of probes does not follow from that of callers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.health import KEPT, LEASE, Health, is_ready
from tests.fakes.memory import MemoryHealth, VirtualClock

SECOND = timedelta(seconds=1)


@dataclass
class Pacs:
    """Answers as it is told; counts its probes. ``during`` happens while one is on its way."""

    answers: bool = True
    probes: int = 0
    store: MemoryHealth = field(default_factory=MemoryHealth)
    clock: VirtualClock = field(default_factory=VirtualClock)

    def probe(self) -> bool:
        self.probes += 1
        return self.answers

    def ask(self) -> bool:
        return is_ready(self.store, self.clock, self.probe)


@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_counts_for_fifteen_seconds(answers: bool) -> None:
    pacs = Pacs(answers=answers)
    assert [pacs.ask() for _ in range(50)] == [answers] * 50
    assert pacs.probes == 1
    pacs.answers = not answers
    pacs.clock.advance(KEPT - SECOND)
    assert (pacs.ask(), pacs.probes) == (answers, 1)
    pacs.clock.advance(SECOND)
    assert (pacs.ask(), pacs.probes) == (not answers, 2)


def test_a_stampede_probes_once() -> None:
    pacs, seen = Pacs(), list[bool]()

    def probe() -> bool:
        seen.extend(is_ready(pacs.store, pacs.clock, pacs.probe) for _ in range(20))
        return True

    pacs.ask()
    pacs.clock.advance(KEPT)
    assert is_ready(pacs.store, pacs.clock, probe)
    assert (seen, pacs.probes) == ([True] * 20, 1), "the others got the last answer"


def test_the_first_stampede_is_not_ready_before_its_probe_is_back() -> None:
    pacs, seen = Pacs(), list[bool]()

    def probe() -> bool:
        seen.append(pacs.ask())
        return True

    assert is_ready(pacs.store, pacs.clock, probe)
    assert (seen, pacs.probes) == ([False], 0)


def test_an_old_answer_is_none_beside_a_probe_on_its_way() -> None:
    pacs = Pacs()
    pacs.ask()
    pacs.clock.advance(timedelta(hours=1))
    assert pacs.store.put(Health(1 + 1, True, pacs.store.get().answered_at, pacs.clock.now()))
    assert not pacs.ask()
    assert pacs.probes == 1


def test_two_that_read_at_once_probe_once() -> None:
    pacs = Pacs()
    stale = pacs.store.get()

    class Late(MemoryHealth):
        def get(self) -> Health:
            return stale

    late = Late()
    late.health = pacs.store.health
    pacs.ask()
    late.health = pacs.store.health
    assert not is_ready(late, pacs.clock, pacs.probe)
    assert pacs.probes == 1


def test_a_probe_that_died_is_replaced_after_its_lease() -> None:
    pacs = Pacs()

    def dies() -> bool:
        raise KeyError

    with pytest.raises(KeyError):
        is_ready(pacs.store, pacs.clock, dies)
    assert not pacs.ask()
    pacs.clock.advance(LEASE)
    assert (pacs.ask(), pacs.probes) == (True, 1)


def test_without_a_memory_nobody_probes() -> None:
    pacs = Pacs()

    def away() -> Health:
        raise StorageUnavailable("health get")

    pacs.store.get = away  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable):
        pacs.ask()
    assert pacs.probes == 0
