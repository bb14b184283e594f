"""functions.drimbox.agents.presence: an agent that has spoken of late, and whose PACS answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.agents.presence import SEEN, PacsSeen, is_served, known
from tests.drimbox.agents.scenes import BEHIND, state
from tests.fakes.memory import MemoryAgentStates, VirtualClock

CLOCK = VirtualClock()
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ago", "pacs", "served"),
    [
        (timedelta(0), PacsSeen.REACHABLE, True),
        (timedelta(0), PacsSeen.UNKNOWN, True),
        (timedelta(0), PacsSeen.UNREACHABLE, False),
        (SEEN - SECOND, PacsSeen.REACHABLE, True),
        (SEEN, PacsSeen.REACHABLE, False),
        # The clock of another host of ours may be a little ahead.
        (-SECOND, PacsSeen.REACHABLE, True),
    ],
)
def test_an_agent_is_asked_while_it_speaks_and_its_pacs_answers(
    ago: timedelta, pacs: PacsSeen, served: bool
) -> None:
    now = CLOCK.now()
    states = MemoryAgentStates()
    assert not is_served(states, BEHIND, now)
    states.put(state(CLOCK, seen_at=now - ago, pacs=pacs))
    assert is_served(states, BEHIND, now) is served
    states.put(state(CLOCK, name="removed"))
    # One that the file names no more counts for nothing.
    assert is_served(states, BEHIND, now) is served
    assert [one.name for one in known(states, BEHIND)] == ["salle-1"]
    # One that is enrolled needs no file.
    states.put(state(CLOCK, name="enrolled", enrolled=True))
    assert [one.name for one in known(states, BEHIND)] == ["enrolled", "salle-1"]
    assert is_served(states, BEHIND, now)
