"""The practice situations of a professional at a tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.consultation.reader_facts import ReaderFacts
from functions.drimbox.consultation.situations import (
    acting_in,
    choose,
    current,
    current_for_call,
    named,
    situations,
)
from functions.drimbox.errors import BadRequest, Conflict, Forbidden, NotAuthenticated
from functions.drimbox.identity.health_professional import Activity
from functions.drimbox.tenants.model import Structure
from tests.drimbox.consultation.readers import (
    ELSEWHERE,
    HERE,
    Clock,
    Store,
    came,
    professional,
    sessions,
)
from tests.fakes.world import TENANT

SECOND = replace(HERE, profession="60", specialty="")
SITE = replace(TENANT, structures=(Structure(HERE.structure_id, "Ambroise", "SA01"),))


def test_only_activities_in_structures_of_the_tenant_count() -> None:
    among = situations(SITE, professional(ELSEWHERE, HERE, SECOND, HERE))
    assert [(one.number, one.activity) for one in among] == [("1", HERE), ("2", SECOND)]
    assert {one.structure_name for one in among} == {"Ambroise"}


def test_the_structure_is_called_as_the_tenant_calls_it() -> None:
    [one] = situations(SITE, professional(replace(HERE, structure_id="750803447")))
    assert one.activity.structure_id == "1750803447"


@pytest.mark.parametrize(
    ("activities", "code"),
    [
        ((), "no_activity"),
        ((ELSEWHERE,), "no_activity_here"),
        ((replace(HERE, structure_id=""),), "no_activity_here"),
    ],
)
def test_without_a_situation_nobody_reads(activities: tuple[Activity, ...], code: str) -> None:
    with pytest.raises(Forbidden) as refused:
        situations(SITE, professional(*activities))
    assert refused.value.code == code


def test_one_situation_counts_by_itself_and_several_wait_for_a_choice() -> None:
    [one] = situations(SITE, professional(HERE))
    assert current((one,), "") == current((one,), "7") == one
    among = situations(SITE, professional(HERE, SECOND))
    assert current(among, "") is None
    assert current(among, "7") is None
    assert current(among, "1") == among[1]
    assert acting_in(professional(HERE, SECOND), among[1]).activities == (SECOND,)


def test_the_choice_is_kept_in_the_session() -> None:
    store, clock = Store(), Clock()
    own = sessions(store, clock)
    cookie = own.open(ReaderFacts.of(came(HERE, SECOND)))
    for page in ("p" * 43, ""):
        choose(own, cookie, SITE, "1", page)
        found = own.current(cookie)
        assert found is not None
        expected = replace(ReaderFacts.of(came(HERE, SECOND)), situation="1", chosen_on=page)
        assert found.facts == expected


@pytest.mark.parametrize("number", ["", "2", "-1", "0 ", "٠"])
def test_another_number_is_no_choice(number: str) -> None:
    own = sessions(Store(), Clock())
    cookie = own.open(ReaderFacts.of(came(HERE, SECOND)))
    with pytest.raises(BadRequest):
        choose(own, cookie, SITE, number, "")


def test_a_choice_without_a_session_is_refused() -> None:
    with pytest.raises(NotAuthenticated):
        choose(sessions(Store(), Clock()), "x" * 43, SITE, "0", "")


def test_a_choice_meets_a_renewal_and_neither_is_lost() -> None:
    store, clock = Store(), Clock()
    own = sessions(store, clock)
    cookie = own.open(ReaderFacts.of(came(HERE, SECOND)))

    class Meddling(Store):
        left = 1

        def swap(self, key: str, name: str, old: str, new: str) -> bool:
            if self.left:
                self.left -= 1
                read = own.current(cookie)
                assert read is not None
                assert own.change(read, replace(read.facts, access_token="access-2"))
            return store.swap(key, name, old, new)

        def get(self, key: str) -> Any:
            return store.get(key)

    meddling = Meddling()
    choose(sessions(meddling, clock), cookie, SITE, "0", "")
    found = own.current(cookie)
    assert found is not None
    assert (found.facts.situation, found.facts.access_token) == ("0", "access-2")
    meddling.left = 99
    with pytest.raises(Conflict):
        choose(sessions(meddling, clock), cookie, SITE, "1", "")


def test_the_structure_that_a_call_names_chooses() -> None:
    other = Structure(ELSEWHERE.structure_id, "Tilleuls", "SA07")
    site = replace(SITE, structures=(*SITE.structures, other))
    among = situations(site, professional(HERE, ELSEWHERE))
    assert current_for_call(among, site, "", "", here=False) is None
    assert current_for_call(among, site, "", "1", here=False) == among[1]
    # It wins over the choice for another call; FINESS alone means the same structure.
    for name in (HERE.structure_id, HERE.structure_id[1:]):
        assert current_for_call(among, site, name, "1", here=False) == among[0]
        assert named(among, site, name) == among[:1]


def test_a_call_that_names_a_foreign_structure_waits_for_a_choice() -> None:
    among = situations(SITE, professional(HERE))
    for name in ("1999999999", ELSEWHERE.structure_id, "x"):
        assert named(among, SITE, name) == ()
        for here in (False, True):
            assert current_for_call(among, SITE, name, "", here=here) is None
        # A choice for another page says nothing about this one.
        assert current_for_call(among, SITE, name, "0", here=False) is None
        assert current_for_call(among, SITE, name, "0", here=True) == among[0]


def test_several_situations_in_the_named_structure_wait_for_a_choice() -> None:
    among = situations(SITE, professional(HERE, SECOND))
    assert current_for_call(among, SITE, HERE.structure_id, "", here=False) is None
    assert current_for_call(among, SITE, HERE.structure_id, "1", here=False) == among[1]
