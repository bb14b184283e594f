"""The publisher of the national white list, and the signer that the deployment declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import https, secrets
from functions.aws.clock import SystemClock
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.peers.download import HttpSource
from functions.drimbox.peers.refresh import WhiteListDesk
from functions.drimbox.peers.signer import Signer

if TYPE_CHECKING:
    from functions.aws.settings_protocols import NamesWhiteList


def open_desk(settings: NamesWhiteList) -> WhiteListDesk:
    """The desk of this deployment: its publisher, its signer, its kept list."""
    anchors = settings.trust_anchors_secret
    return WhiteListDesk(
        source=HttpSource(
            https.client(secrets.anchors(anchors, "white_list"), None),
            settings.white_list_url,
            tuple(settings.white_list_revocation_urls.split()),
        ),
        signer=Signer(
            settings.white_list_signer_name,
            settings.white_list_signer_unit,
            secrets.anchors(anchors, "white_list_signer"),
        ),
        store=DynamoWhiteLists(settings.peers_table),
        clock=SystemClock(),
    )
