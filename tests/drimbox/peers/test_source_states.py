"""functions.drimbox.peers.source_states: one probe a minute for each site, for all who ask."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import (
    AT_ONCE,
    PREFIXES,
    KeptState,
    SeenHost,
    SourceState,
    describe,
    fairly,
    fresh_states,
    known_states,
)
from tests.drimbox.peers.scenes import AT
from tests.fakes.memory import MemoryStates, VirtualClock

ONE, OTHER = (SourceAddress(host, 443, "/rs") for host in ("db1.example", "db2.example"))
SECOND = timedelta(seconds=1)


class Sites:
    """Sites in a state; ``asked`` are the rounds."""

    def __init__(self, state: SourceState = SourceState.READY) -> None:
        self.state = state
        self.asked: list[list[SourceAddress]] = []

    def __call__(self, addresses: Collection[SourceAddress]) -> dict[SourceAddress, SourceState]:
        self.asked.append(list(addresses))
        return dict.fromkeys(addresses, self.state)


def test_a_site_is_asked_once_a_minute() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites()
    for _ in range(3):
        found = fresh_states([ONE, OTHER, ONE], store, clock, sites)
        assert {one: kept.state for one, kept in found.items()} == {
            ONE: SourceState.READY,
            OTHER: SourceState.READY,
        }
    assert sites.asked == [[ONE, OTHER]]
    clock.advance(timedelta(seconds=60))
    fresh_states([ONE], store, clock, sites)
    assert sites.asked[1:] == [[ONE]]


def test_a_state_tells_since_when_it_lasts() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites(SourceState.SILENT)
    fresh_states([ONE], store, clock, sites)
    clock.advance(2 * timedelta(minutes=1))
    [kept] = fresh_states([ONE], store, clock, sites).values()
    assert (kept.state, kept.since, kept.answered_at) == (
        *(SourceState.SILENT, AT, AT + timedelta(minutes=2)),
    )
    sites.state = SourceState.READY
    clock.advance(timedelta(minutes=1))
    [kept] = fresh_states([ONE], store, clock, sites).values()
    assert (kept.state, kept.since) == (SourceState.READY, AT + timedelta(minutes=3))
    # Nobody looked for an hour: nobody knows whether it lasted.
    clock.advance(timedelta(hours=1))
    [kept] = fresh_states([ONE], store, clock, sites).values()
    assert kept.since == clock.now()


def test_beside_another_s_probe_the_last_state_counts_or_none_yet() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites()
    store.put(ONE, KeptState(asked_at=AT - SECOND))
    assert fresh_states([ONE], store, clock, sites) == {}
    assert sites.asked == []
    clock.advance(timedelta(seconds=10))
    assert fresh_states([ONE], store, clock, sites)[ONE].state is SourceState.READY
    clock.advance(timedelta(seconds=61))
    kept = store.get(ONE)
    store.put(ONE, KeptState(kept.revision, kept.state, kept.since, kept.answered_at, clock.now()))
    assert fresh_states([ONE], store, clock, sites)[ONE].state is SourceState.READY
    assert len(sites.asked) == 1


def test_of_two_who_ask_at_once_one_probes() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites()
    store.refused = 1
    assert fresh_states([ONE], store, clock, sites) == {}
    assert sites.asked == []


def test_many_sites_are_asked_by_several_requests() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites()
    many = [SourceAddress(f"db{number:02}.example", 443, "") for number in range(AT_ONCE + 3)]
    assert len(fresh_states(many, store, clock, sites)) == AT_ONCE
    assert len(fresh_states(many, store, clock, sites)) == AT_ONCE + 3
    assert [len(one) for one in sites.asked] == [AT_ONCE, 3]


def test_one_host_takes_no_more_than_its_part_of_a_look() -> None:
    clock, store, sites = VirtualClock(AT), MemoryStates(), Sites()
    forged = [SourceAddress("a.example", 443, f"/{number:02}") for number in range(3 * PREFIXES)]
    found = fresh_states([*forged, ONE], store, clock, sites)
    assert len(sites.asked[0]) == PREFIXES + 1
    assert found[ONE].state is SourceState.READY
    # The others of that host are for the next looks.
    fresh_states([*forged, ONE], store, clock, sites)
    assert len(sites.asked[1]) == PREFIXES


def seen(host: str, state: SourceState = SourceState.SILENT, minutes: int = 0) -> SeenHost:
    return SeenHost(host, state, AT, AT + timedelta(minutes=minutes))


def test_forged_prefixes_push_no_site_off_the_operators_page() -> None:
    real = [seen(f"db{number:02}.example", SourceState.READY) for number in range(90)]
    forged = [seen("a.example", minutes=number) for number in range(500)]
    found = fairly([*forged, seen("a.example", SourceState.READY), *real])
    assert [one for one in found if one.host != "a.example"] == real
    theirs = [one for one in found if one.host == "a.example"]
    assert len(theirs) == PREFIXES
    assert theirs[:2] == [seen("a.example", SourceState.READY), seen("a.example", minutes=499)]
    many = [seen(f"db{number:03}.example") for number in range(120)]
    assert len(fairly([*forged, *many])) == 100
    assert fairly([]) == ()


def test_the_known_states_are_told_without_asking() -> None:
    clock, store = VirtualClock(AT), MemoryStates()
    assert known_states([ONE], store, AT) == {}
    fresh_states([ONE], store, clock, Sites(SourceState.ODD))
    assert known_states([ONE, OTHER], store, AT)[ONE].state is SourceState.ODD
    assert known_states([ONE], store, AT + timedelta(minutes=5)) == {}


def test_the_operators_see_the_hosts_that_were_asked() -> None:
    clock, store = VirtualClock(AT), MemoryStates()
    store.put(OTHER, KeptState(asked_at=AT))
    fresh_states([ONE], store, clock, Sites(SourceState.SILENT))
    [seen] = store.seen()
    assert describe(seen) == {
        "host": "db1.example",
        "state": "silent",
        "since": AT.isoformat(),
        "seen_at": AT.isoformat(),
    }
