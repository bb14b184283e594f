"""On schedule: the inbox of every tenant is swept, the one that was seen longest ago first; then
the places where agents put bodies, of which those that nobody accepted within a day are erased.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from functions.aws import entry, logging
from functions.aws.stores import CLOCK
from functions.sweep_inbox import turns

# No tenant's sweep begins later; the last one has five minutes more.
_BUDGET: Final = timedelta(minutes=10)
# The most that one tenant gets of it: a large inbox is swept in parts, between the others.
_SHARE: Final = timedelta(minutes=2)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant that cannot be swept does not stop the others; the rest has its turn next time."""
    over, swept = CLOCK.now() + _BUDGET, 0
    desks = sorted(turns.desks(), key=lambda one: one[2].seen_at)
    for place, (tenant, desk, position) in enumerate(desks):
        now = CLOCK.now()
        if now > over:
            logging.warning("left for the next sweep", count=len(desks) - place)
            break
        try:
            swept += turns.swept_whole(tenant, desk, position, now + _SHARE)
        except Exception as error:  # noqa: BLE001  # whatever is kept there stops no other
            turns.failed(tenant, error)
    logging.event("inboxes swept", count=swept)
    logging.event("incoming bodies swept", count=turns.swept_incoming(over))
    return {"outcome": "swept"}
