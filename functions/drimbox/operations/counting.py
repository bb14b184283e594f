"""How many publications wait for somebody or something, for the tabs of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.operations.queue import STALLED_STATE, UNKNOWN_STATE
from functions.drimbox.publication.message_entry import STALLED, Outcome
from functions.drimbox.publication.record import State

if TYPE_CHECKING:
    from functions.drimbox.publication.ports import Site

# Nobody reads a larger number off a tab; a count above it says "more".
MOST_COUNTED: Final = 99


def waiting(site: Site) -> dict[str, int]:
    """By state, the publications (or studies, of the state ``unknown``) in it now: at most
    MOST_COUNTED + 1. States in which nothing waits are not counted.
    """
    limit = MOST_COUNTED + 1
    latest = site.clock.now() - STALLED
    lost = site.messages.find(str(Outcome.IN_PROGRESS), limit=limit, after=None, until=latest)
    unknown = sum(
        len(site.records.find(state, limit=limit, after=None).records)
        for state in (State.UNKNOWN, State.RECONCILING)
    )
    counted = {
        str(outcome): len(site.messages.find(str(outcome), limit=limit, after=None).entries)
        for outcome in (Outcome.HELD, Outcome.IN_PROGRESS)
    }
    return {**counted, STALLED_STATE: len(lost.entries), UNKNOWN_STATE: min(unknown, limit)}
