"""The other DRIMboxes, asked for images: our client certificate, a professional's token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from botocore.httpsession import where

from functions.aws import https, peers, secrets
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.bulk import BulkTransport
from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.kept import white_list_at
from functions.drimbox.reading.exam_series import Sites
from functions.drimbox.reading.peer import Peer, Storage
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.transport import open_client

if TYPE_CHECKING:
    import ssl

    import httpx

    from functions.aws.settings_protocols import NamesPeers
    from functions.aws.stores import TenantStores
    from functions.drimbox.oid import Uid
    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Clock
    from functions.drimbox.reading.asking import Place
    from functions.drimbox.reading.peer import Token


def open_sites(stores: TenantStores[NamesPeers], token: Token) -> Sites:
    """The other sites, asked in the name of the professional of ``token``."""
    settings = stores.settings
    facts = secrets.fields(settings.peers_client_secret, ("certificate", "private_key"))
    identity = TlsIdentity(facts["certificate"], facts["private_key"])
    context = tls_context(secrets.anchors(settings.trust_anchors_secret, "peers"), identity)
    storage = Storage(stores.cache.origin, https.client(Path(where()).read_text(), None))

    def open_peer(place: Place, manifest: Uid) -> Peer:
        # A client for each: two hosts may share an IP address, and a kept connection would prove
        # the other one's name.
        return Peer(_client(context), place, token, manifest, storage)

    return Sites(
        _white_list(settings.peers_table, stores.clock),
        peers.resolve,
        tuple(settings.private_peers.split()),
        open_peer,
    )


def _white_list(table: str, clock: Clock) -> WhiteList | None:
    try:
        return white_list_at(DynamoWhiteLists(table).get(), clock.now())
    except WhiteListUnusable:
        return None


def _client(context: ssl.SSLContext) -> httpx.Client:
    return open_client(transport=BulkTransport(context))
