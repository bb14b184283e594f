"""The address of the DRIMbox that serves an exam, as the exam's manifest gives it (RetrieveURL).

A manifest comes from elsewhere: its address is a claim. Only its host, compared whole with the
white list, decides whether anybody is asked there (:mod:`functions.drimbox.peers.reachable`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.manifest.read import Manifest

HTTPS: Final = 443
# Of a whole RetrieveURL: two UIDs of 64 characters, a host of 253, and a prefix.
_MAX_LENGTH: Final = 1024
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
# The prefix is the site's own; a segment of dots would be another path.
_PATH: Final = re.compile(r"(?P<prefix>(?:/(?!\.{1,2}/)[A-Za-z0-9._~-]+)*)/studies/[0-9./a-z]+")


@frozen
class SourceAddress:
    """``host`` in lower case; ``prefix`` is the path before ``/studies``, "" for none.

    A hosted DRIMbox serves several sites on one host, each under a prefix of its own.
    """

    host: str
    port: int
    prefix: str

    @property
    def authority(self) -> str:
        """The value of the header Host (RFC 9110 7.2)."""
        return self.host if self.port == HTTPS else f"{self.host}:{self.port}"


def read_address(retrieve_url: str) -> SourceAddress | None:
    """The address in a RetrieveURL (DRIMbox: ``https://<db host>/<prefix>/studies/…``).

    None for anything that is not exactly so: another scheme, a user, a query, an odd character.
    """
    if len(retrieve_url) > _MAX_LENGTH or not retrieve_url.isascii():
        return None
    if not retrieve_url.isprintable() or any(one in retrieve_url for one in " \\@?#%"):
        return None
    try:
        url = urlsplit(retrieve_url)
        host, port = url.hostname or "", url.port
    except ValueError:
        return None
    path = _PATH.fullmatch(url.path)
    if url.scheme != "https" or not _HOST.fullmatch(host) or port == 0 or path is None:
        return None
    return SourceAddress(host, port or HTTPS, path["prefix"])


def address_of(manifest: Manifest) -> SourceAddress | None:
    """The one address of a manifest's series; None when it has none, several or an ill-formed one.

    A series without an address is passed over: nobody can fetch it, and it leads nowhere.
    """
    found = {read_address(one.retrieve_url) for one in manifest.series if one.retrieve_url}
    return found.pop() if len(found) == 1 else None
