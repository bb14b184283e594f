"""functions.drimbox.identity.agent_names: the names that our authority gives."""

from __future__ import annotations

import pytest

from functions.drimbox.identity.agent_names import (
    AGENT_NAME,
    AUTHORITY,
    is_own_agent,
    subject_of,
)
from functions.drimbox.identity.distinguished_name import canonical_name


def test_names_are_distinguished_names() -> None:
    names = {canonical_name(subject_of(t, a)) for t in ("demo", "b-1") for a in ("x", "y-2")}
    assert len(names) == 4
    assert canonical_name(AUTHORITY) not in names


@pytest.mark.parametrize("name", ["a", "salle-1", "a" * 63, "0"])
def test_a_host_name_in_lower_case_is_one(name: str) -> None:
    assert AGENT_NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a,O=x", "a" * 64, "é", "a\n"])
def test_anything_else_is_none(name: str) -> None:
    assert not AGENT_NAME.fullmatch(name)


def test_a_declared_subject_is_that_of_an_own_agent_or_not() -> None:
    assert is_own_agent(subject_of("demo", "salle-1"), "demo")
    assert not is_own_agent(subject_of("other", "salle-1"), "demo")
    assert not is_own_agent("CN=Salle-1,OU=demo,O=DRIMbox agents", "demo")
    assert not is_own_agent("CN=ris.example,C=FR", "demo")
