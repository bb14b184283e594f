"""Asks several DRIMboxes at once, each for two seconds at most."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from functions.drimbox.peers.health_check import check_health
from functions.drimbox.peers.reachable import NotAdmitted, Resolve, judged_addresses
from functions.drimbox.peers.rounds import in_rounds
from functions.drimbox.peers.source_states import SourceState
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import httpx

    from functions.drimbox.peers.source_address import SourceAddress

SECONDS: Final = 2.0


@frozen
class Probing:
    """Implements ``source_states.Probe``. ``open_client`` gives a client for one call, which is
    closed at its end, also while sites are silent; ``seconds`` are those of a round.
    """

    open_client: Callable[[], httpx.Client]
    resolve: Resolve
    private_hosts: Collection[str] = ()
    seconds: float = SECONDS

    def __call__(self, addresses: Collection[SourceAddress]) -> dict[SourceAddress, SourceState]:
        """The state of each; SILENT for one that has not answered at the end of its round."""
        everyone = list(addresses)
        http = self.open_client()
        try:
            probe, late = partial(self._probe, http), SourceState.SILENT
            states = in_rounds(probe, everyone, seconds=self.seconds, late=late)
        finally:
            http.close()
        return dict(zip(everyone, states, strict=True))

    def _probe(self, http: httpx.Client, address: SourceAddress) -> SourceState:
        try:
            found = judged_addresses(address.host, self.resolve, self.private_hosts)
        except NotAdmitted:
            found = ()
        state = SourceState.ODD
        for ip in found:
            state = check_health(http, address, ip)
            if state is not SourceState.SILENT:
                break
        return state
