"""functions.drimbox.peers.refresh: the kept list, against all comers and writers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions.drimbox.errors import StorageUnavailable, WhiteListUnusable
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.kept import DUE_AFTER, MAX_AGE, Refusal
from functions.drimbox.peers.refresh import WhiteListDesk, look, refresh
from simulators.whitelist.publisher import to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER
from simulators.whitelist.wrong import LISTS
from tests.drimbox.peers.scenes import (
    AT,
    DAY,
    HOUR,
    GivenSource,
    fault,
    publisher,
    signer,
)
from tests.fakes.memory import MemoryWhiteLists, VirtualClock

OWN = "db1.901.mesimagesmedicales.example"


class Desk:
    """A desk at which time passes and the publisher gives what the test says."""

    def __init__(self) -> None:
        self.clock = VirtualClock(AT)
        self.store = MemoryWhiteLists()
        self.source = GivenSource(b"", ())
        self.give(AT)

    def give(self, of: datetime, data: bytes | None = None) -> None:
        """The publisher's list is one ``of`` that time, or ``data``."""
        made = publisher(self.clock.now())
        self.source.failure = None
        self.source.list_file = data if data is not None else to_bytes(made.signed(at=of))
        self.source.revocations = (made.revocation_list(),)

    @property
    def desk(self) -> WhiteListDesk:
        return WhiteListDesk(self.source, signer(), self.store, self.clock)


def test_the_first_list_is_kept_then_a_later_one() -> None:
    at = Desk()
    first = refresh(at.desk)
    assert (first.generated_at, first.checked_at) == (AT, AT)
    at.clock.advance(DAY)
    at.give(AT + HOUR)
    refresh(at.desk)
    assert at.store.kept is not None
    assert at.store.kept.generated_at == AT + HOUR
    assert (at.store.kept.checked_at, at.store.kept.revision) == (AT + DAY, 2)


def test_the_same_list_again_is_fresh_again() -> None:
    at = Desk()
    refresh(at.desk)
    at.clock.advance(DAY)
    at.give(AT)
    refresh(at.desk)
    assert at.store.kept is not None
    assert (at.store.kept.generated_at, at.store.kept.checked_at) == (AT, AT + DAY)


def test_the_same_list_in_the_other_style_is_the_same() -> None:
    at = Desk()
    for style in (FILTER, ENVELOPED):
        at.give(AT, to_bytes(publisher().signed(style)))
        refresh(at.desk)
    assert at.store.writes == 2


@pytest.mark.parametrize("kind", LISTS)
def test_a_wrong_list_leaves_the_kept_one_and_its_age(kind: str) -> None:
    at = Desk()
    refresh(at.desk)
    before = at.store.kept
    at.clock.advance(HOUR)
    made = publisher()
    at.give(AT, LISTS[kind].make(made))
    at.source.revocations = (made.revocation_list(),)
    assert fault(lambda: refresh(at.desk))
    assert at.store.kept == before
    assert at.store.writes == 1


def test_an_older_list_never_replaces_a_newer_one() -> None:
    at = Desk()
    refresh(at.desk)
    for generated in (AT - timedelta(seconds=1), AT - DAY):
        at.give(generated)
        assert fault(lambda: refresh(at.desk)) == Fault.OLDER


def test_two_lists_of_one_date_that_differ_are_refused() -> None:
    at = Desk()
    refresh(at.desk)
    made = publisher()
    at.give(AT, to_bytes(made.signed(domains=made.domains[:1])))
    assert fault(lambda: refresh(at.desk)) == Fault.OLDER


@pytest.mark.parametrize("others", list(itertools.product([-1, 0, 1], repeat=2)))
def test_of_several_writers_the_latest_list_wins(others: tuple[int, int]) -> None:
    """Another function writes between our read and our write, twice."""
    at = Desk()
    coming = list(others)

    def between(store: MemoryWhiteLists) -> None:
        if not coming:
            return
        hours = coming.pop()
        other = Desk()
        other.store.kept = store.kept
        other.clock.advance(2 * HOUR)
        other.give(AT + hours * HOUR)
        if not fault(lambda: refresh(other.desk)):
            store.kept = other.store.kept

    at.store.between = between
    found = fault(lambda: refresh(at.desk))
    assert at.store.kept is not None
    # The first of the two may be refused by nobody: the store was empty.
    latest = max(0, *others)
    assert at.store.kept.generated_at == AT + latest * HOUR
    assert found == (Fault.OLDER if latest else "")
    # The last verification counts, whoever made it.
    assert at.store.kept.checked_at >= AT


def test_a_store_that_others_always_change_ends_the_tries() -> None:
    at = Desk()
    first = refresh(at.desk)

    def between(store: MemoryWhiteLists) -> None:
        assert store.kept is not None
        store.kept = replace(first, revision=store.kept.revision + 1)

    at.store.between = between
    with pytest.raises(StorageUnavailable):
        refresh(at.desk)


class Killed(Exception):
    """The function is stopped here."""


@pytest.mark.parametrize("call", ["white_list", "revocation_lists", "get", "put"])
def test_a_function_that_is_killed_leaves_a_whole_list(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Desk()
    refresh(at.desk)
    before = at.store.kept
    at.clock.advance(DAY)
    at.give(AT + HOUR)
    with monkeypatch.context() as patch:

        def kill(*_: object) -> None:
            raise Killed

        where = at.source if call in {"white_list", "revocation_lists"} else at.store
        patch.setattr(where, call, kill)
        with pytest.raises(Killed):
            look(at.desk)
    assert at.store.kept == before
    assert look(at.desk).outcome == "kept"
    assert at.store.kept is not None
    assert at.store.kept.generated_at == AT + HOUR


def test_a_look_downloads_when_it_is_due_or_told_so() -> None:
    at = Desk()
    assert look(at.desk).outcome == "kept"
    at.clock.advance(DUE_AFTER - timedelta(seconds=1))
    at.give(AT)
    found = look(at.desk)
    assert (found.outcome, found.is_refused, at.source.asked) == ("not_due", False, 1)
    assert found.age == DUE_AFTER - timedelta(seconds=1)
    assert look(at.desk, at_once=True).age == timedelta()
    at.clock.advance(DUE_AFTER)
    at.give(AT)
    assert look(at.desk).outcome == "kept"
    assert at.source.asked == 3


def test_a_publisher_that_does_not_answer_is_tried_again_until_the_list_is_too_old() -> None:
    at = Desk()
    look(at.desk)
    at.source.failure = WhiteListUnusable(Fault.UNREACHABLE, "the list: 503")
    at.clock.advance(DUE_AFTER)
    for _ in range(3):
        found = look(at.desk)
        assert (found.outcome, found.detail) == ("white_list_unreachable", "the list: 503")
        assert not found.is_refused
        assert not found.lacks(OWN)
    at.clock.at = AT + MAX_AGE + HOUR
    found = look(at.desk)
    assert (found.age, found.white_list) == (MAX_AGE + HOUR, None)
    assert not found.lacks(OWN), "no list says so"
    at.give(AT)
    assert look(at.desk).white_list is not None


def test_a_refused_list_calls_somebody_and_is_looked_at_again() -> None:
    at = Desk()
    at.give(AT, LISTS["unsigned"].make(publisher()))
    for asked in (1, 2):
        found = look(at.desk)
        assert (found.outcome, found.is_refused) == ("white_list_unsigned", True)
        assert (found.age, found.white_list, at.source.asked) == (None, None, asked)


def test_our_own_host_is_looked_for() -> None:
    found = look(Desk().desk)
    assert not found.lacks(OWN.upper())
    assert found.lacks("db1.900.mesimagesmedicales.example")


def test_a_refusal_is_kept_beside_the_list_and_a_good_list_leaves_it() -> None:
    at = Desk()
    refresh(at.desk)
    at.give(AT, b"no list")
    look(at.desk, at_once=True)
    assert at.store.refused == Refusal("white_list_unreadable", AT)
    at.clock.advance(HOUR)
    at.give(AT + HOUR)
    assert look(at.desk, at_once=True).outcome == "kept"
    assert at.store.refused == Refusal("white_list_unreadable", AT)


def test_a_refusal_that_cannot_be_kept_is_told_all_the_same() -> None:
    class Broken(MemoryWhiteLists):
        def refuse(self, refusal: Refusal) -> None:
            raise StorageUnavailable("white list put")

    at = Desk()
    at.store = Broken()
    at.give(AT, b"no list")
    assert look(at.desk).outcome == "white_list_unreadable"
