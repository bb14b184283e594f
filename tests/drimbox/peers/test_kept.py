"""functions.drimbox.peers.kept: how long a verified list holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.kept import (
    DUE_AFTER,
    MAX_AGE,
    KeptWhiteList,
    is_due,
    white_list_at,
)
from simulators.whitelist.publisher import to_bytes
from tests.drimbox.peers.scenes import AT, HOUR, fault, publisher, verified

SECOND = timedelta(seconds=1)


def kept() -> KeptWhiteList:
    made = publisher()
    found = verified(to_bytes(made.signed()), made)
    # Generated long ago, as the national list is: its own date is not its age.
    return KeptWhiteList(1, found.covered, AT - 1000 * HOUR, AT - 900 * HOUR, AT)


@pytest.mark.parametrize("age", [timedelta(), HOUR, MAX_AGE])
def test_a_list_holds_for_three_days_after_its_verification(age: timedelta) -> None:
    found = white_list_at(kept(), AT + age)
    assert found.entry_for_host("db1.999.mesimagesmedicales.example") is not None
    assert kept().age(AT + age) == age


def test_nobody_is_listed_without_a_list_or_by_an_old_one() -> None:
    assert fault(lambda: white_list_at(None, AT)) == Fault.NEVER_TAKEN
    assert fault(lambda: white_list_at(kept(), AT + MAX_AGE + SECOND)) == Fault.TOO_OLD


@pytest.mark.parametrize(
    ("content", "why"), [(b"<not", Fault.UNREADABLE), (b"<a/>", Fault.CONTENT)]
)
def test_a_kept_list_that_cannot_be_read_lists_nobody(content: bytes, why: Fault) -> None:
    spoilt = replace(kept(), content=content)
    assert fault(lambda: white_list_at(spoilt, AT)) == why


def test_a_list_verified_later_than_now_is_fresh() -> None:
    assert kept().age(AT - HOUR) == timedelta()
    assert white_list_at(kept(), AT - HOUR).domains


@pytest.mark.parametrize(
    ("age", "expected"), [(timedelta(), False), (DUE_AFTER - SECOND, False), (DUE_AFTER, True)]
)
def test_a_list_is_due_twice_a_day(age: timedelta, expected: bool) -> None:
    assert is_due(None, AT)
    assert is_due(kept(), AT + age) is expected


def test_the_rank_is_the_generation_then_the_signature() -> None:
    one = kept()
    assert one.rank < replace(one, signed_at=AT).rank < replace(one, generated_at=AT).rank


def test_two_lists_say_the_same_whatever_their_bytes() -> None:
    one = kept()
    spaced = replace(one, content=one.content.replace(b"<db>", b"<db>\n "))
    other = replace(one, content=one.content.replace(b"<db>db1.999", b"<db>db9.999"))
    assert one.says_as(one)
    assert one.says_as(spaced)
    assert not one.says_as(other)
