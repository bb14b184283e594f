"""A change as a workflow carries it."""

from __future__ import annotations

from datetime import UTC
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import CONTINUE, Change, Waited

ONE: Final = Uid("1.2.3")


@given(st.text(max_size=20), st.text(max_size=40), st.integers(0, 99), st.integers(0, 99))
def test_a_change_crosses_the_workflow_unchanged(
    tenant: str, message_id: str, replay: int, override: int
) -> None:
    change = Change(tenant, message_id, ONE, replay, override)
    state = change.state(outcome=CONTINUE)
    assert Change.read(state) == change
    assert (state["correlation_id"], state["outcome"]) == (message_id, CONTINUE)


@given(st.builds(Waited, since=st.none() | st.datetimes(timezones=st.just(UTC))))
def test_so_does_the_way_that_it_has_waited(waited: Waited) -> None:
    change = Change("demo", "m", ONE, 0, waited=waited)
    assert Change.read(change.state()) == change


@pytest.mark.parametrize(
    "name", ["tenant", "message_id", "study_instance_uid", "replay", "override", "waited"]
)
def test_a_state_that_lacks_a_fact_is_not_read_with_a_default(name: str) -> None:
    state = Change("demo", "m", ONE, 0).state()
    del state[name]
    with pytest.raises(KeyError, match=name):
        Change.read(state)
