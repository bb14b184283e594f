"""One alert when an agent of a site is silent, and one when it is back (decision 0094).

An agent speaks every four minutes: one that is silent for SILENT needs somebody. A silence is a
cause of its own kind, without studies; its alerts are sent as those of outages.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.agents.presence import known
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.agents.presence import AgentStates
    from functions.drimbox.operations.causes import CauseBook
    from functions.drimbox.ports import Clock
    from functions.drimbox.tenants.model import Tenant

# Longer than a restart of its machine.
SILENT: Final = timedelta(minutes=30)
AGENT: Final = "agent/"


@frozen
class AgentWatch:
    """``book`` keeps the silences of one tenant's agents, apart from its causes and outages, and
    sends the alerts.
    """

    tenant: Tenant
    states: AgentStates
    book: CauseBook
    clock: Clock

    def look(self) -> None:
        """Send each alert that is due; one that cannot be sent is due at the next look, and stops
        nothing. Raises StorageUnavailable where nothing can be read.
        """
        now = self.clock.now()
        last = {f"{AGENT}{one.name}": one.seen_at for one in known(self.states, self.tenant)}
        told = {one.reason for one in self.book.store.all() if one.count or one.due}
        for name in sorted({*last, *told}):
            seen_at = last.get(name)
            since = seen_at if seen_at is not None and now - seen_at >= SILENT else None
            if since is not None or name in told:
                with suppress(StorageUnavailable):
                    self.book.stand(name, since)
