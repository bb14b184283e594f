"""Downloads of the white list and of revocation lists: bounded in size and in time.

No redirect is followed, so that only the declared hosts are asked. Nothing is decompressed: a
compressed answer is refused, since a few bytes of it can be many.
"""

from __future__ import annotations

from typing import Final

import httpx

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.verification import MAX_BYTES
from functions.drimbox.transport import NotServed, TooManyBytes, download
from functions.drimbox.values import frozen

# Bytes. A list of 100,000 revoked certificates has about 4 MB.
MAX_REVOCATIONS: Final = 16 * 1024 * 1024


@frozen
class HttpSource:
    """Implements ``refresh.Source``. ``url`` is https; a revocation list may be on plain http."""

    http: httpx.Client
    url: str
    revocation_urls: tuple[str, ...]

    def white_list(self) -> bytes:
        """The list's file."""
        return self._get(self.url, MAX_BYTES, "the list")

    def revocation_lists(self) -> tuple[bytes, ...]:
        """One file per address."""
        return tuple(
            self._get(url, MAX_REVOCATIONS, f"revocation list {number}")
            for number, url in enumerate(self.revocation_urls, 1)
        )

    def _get(self, url: str, max_bytes: int, what: str) -> bytes:
        try:
            return download(self.http, url, max_bytes)
        except TooManyBytes:
            raise WhiteListUnusable(Fault.TOO_LARGE, what) from None
        except NotServed as error:
            raise WhiteListUnusable(Fault.UNREACHABLE, f"{what}: {error}") from None
        except httpx.HTTPError as error:
            detail = f"{what}: {type(error).__name__}"
            raise WhiteListUnusable(Fault.UNREACHABLE, detail) from None
