"""The other DRIMboxes as hosts of the Internet, and how they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import secrets
from functions.aws.clock import SystemClock
from functions.aws.resolving import resolve
from functions.aws.source_states import DynamoSourceStates
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.consultation.exam_sources import KnownDesk, SourcesDesk
from functions.drimbox.consultation.own_images import own_images
from functions.drimbox.peers.probing import Probing
from functions.drimbox.tls import tls_context
from functions.drimbox.transport import open_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from functions.aws.settings_protocols import NamesKnownSources, NamesSources
    from functions.aws.stores import TenantStores
    from functions.drimbox.consultation.exam_sources import Memory
    from functions.drimbox.dmp.registry import DocumentEntry

__all__ = ["open_known", "open_sources", "resolve"]


def open_known(stores: TenantStores[NamesKnownSources], memory: Memory) -> KnownDesk:
    """The known states of a page's sites, by its memory."""
    settings, clock = stores.settings, SystemClock()
    return KnownDesk(
        is_own=lambda identifier: stores.tenant.structure(identifier) is not None,
        memory=memory,
        white_list=DynamoWhiteLists(settings.peers_table),
        states=DynamoSourceStates(settings.health_table, clock),
        clock=clock,
        private_hosts=tuple(settings.private_peers.split()),
    )


def open_sources(
    stores: TenantStores[NamesSources],
    memory: Memory,
    fetch: Callable[[Sequence[DocumentEntry]], Mapping[str, bytes]],
) -> SourcesDesk:
    """The desk of one page: its memory, the way to its manifests, the other DRIMboxes."""
    seen, anchors = open_known(stores, memory), stores.settings.trust_anchors_secret
    return SourcesDesk(
        known=seen,
        fetch=fetch,
        own_images=lambda entry: own_images(entry, stores.records, stores.archive, stores.cache),
        probe=Probing(lambda: _client(anchors), resolve, seen.private_hosts),
    )


def _client(anchors_secret: str) -> httpx.Client:
    """A client of its own for each round, which is closed at the round's end."""
    return open_client(tls_context(secrets.anchors(anchors_secret, "peers")))
