"""The addresses of the revocation lists: the deployment's, each bounded in size and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from functions.aws import https, secrets
from functions.drimbox.identity.revocation_refresh import MAX_BYTES, NotTaken, Outcome
from functions.drimbox.transport import TooManyBytes, download
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.aws.settings_protocols import NamesRevocationSource


@frozen
class HttpLists:
    """Implements ``identity.revocation_refresh.Source``."""

    http: httpx.Client
    urls: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.urls)

    def get(self, number: int) -> bytes:
        """The file; NotTaken."""
        try:
            return download(self.http, self.urls[number], MAX_BYTES)
        except TooManyBytes:
            raise NotTaken(Outcome.TOO_LARGE) from None
        except httpx.HTTPError:
            raise NotTaken(Outcome.UNREACHABLE) from None


def open_source(settings: NamesRevocationSource) -> HttpLists:
    """Plain http most often, since a list is signed; https as the white list's host."""
    anchors = secrets.anchors(settings.trust_anchors_secret, "white_list")
    return HttpLists(https.client(anchors, None), tuple(settings.sender_revocation_urls.split()))
