"""The DRIMbox that calls, judged by the kept white list."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.errors import IdentityUnavailable, WhiteListUnusable
from functions.drimbox.peers.calling_peer import CallingPeer, PeerCertificates, calling_peer
from functions.drimbox.peers.kept import white_list_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.aws.settings_protocols import NamesCallingPeers
    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Clock

# In seconds. The list changes once a day, and has the size of an item: it is read and parsed once
# for the requests of this time.
TTL: Final = 60.0
_read: dict[str, tuple[float, WhiteList]] = {}


def judge(
    settings: NamesCallingPeers, passed_on: Sequence[str], clock: Clock
) -> CallingPeer | None:
    """See ``calling_peer``; IdentityUnavailable while there is no list to trust."""
    demand = PeerCertificates(settings.peer_certificates)
    return calling_peer(passed_on, demand, lambda: _list(settings.peers_table, clock), clock)


def _list(table: str, clock: Clock) -> WhiteList:
    now = time.monotonic()
    known = _read.get(table)
    if known is not None and now < known[0]:
        return known[1]
    _read.pop(table, None)
    try:
        found = white_list_at(DynamoWhiteLists(table).get(), clock.now())
    except WhiteListUnusable as error:
        raise IdentityUnavailable(f"white list: {error.code}") from None
    _read[table] = now + TTL, found
    return found
