"""One alert when a service of publications stays away, and one when it is back (decision 0084).

A service that is away for less than STAYS alerts nobody: pages tell it, and publications wait. One
answered probe is no return: a service is back when its circuit has recovered for a while. An
outage is a cause of its own kind, without studies; its alerts are sent as those of causes.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.outages import circuits_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.breaker import Circuits
    from functions.drimbox.operations.causes import CauseBook
    from functions.drimbox.ports import Clock
    from functions.drimbox.tenants.model import Tenant

# Longer than a restart, shorter than anybody's patience.
STAYS: Final = timedelta(minutes=15)


@frozen
class OutageWatch:
    """``book`` keeps the outages of one tenant by the names of their circuits, apart from its
    causes, and sends the alerts.
    """

    tenant: Tenant
    circuits: Circuits
    book: CauseBook
    clock: Clock

    def look(self) -> None:
        """Send each alert that is due; one that cannot be sent is due at the next look, and stops
        nothing.
        """
        for _, name, _ in circuits_of(self.tenant):
            with suppress(StorageUnavailable):
                self._look_at(name)

    def _look_at(self, name: str) -> None:
        """A circuit that opened a short while ago, or that recovers, changes nothing: an outage
        that was told goes on.
        """
        at, state = self.clock.now(), self.circuits.get(name)
        if not state.is_away(at):
            self.book.stand(name, None)
        elif state.circuit is Circuit.OPEN and at - state.away_since >= STAYS:
            self.book.stand(name, state.away_since)

    def look_again(self) -> None:
        """The same where an outage was told, or is about to be, and for a site with an address for
        its news: a tick looks only while a publication waits. The outage of a structure that has
        left the tenant ends. Raises StorageUnavailable.
        """
        told = [one.reason for one in self.book.store.all() if one.count or one.due]
        if not told and not self.tenant.webhook_url:
            return
        self.look()
        known = {name for _, name, _ in circuits_of(self.tenant)}
        for name in told:
            if name not in known:
                with suppress(StorageUnavailable):
                    self.book.stand(name, None)
