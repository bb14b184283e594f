"""Objects of an import, fetched from their signed address within the site's pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from agent.cloud.signing import TIMEOUT
from agent.work.ports import CloudAway, PackGone

if TYPE_CHECKING:
    from collections.abc import Generator

    from agent.cloud.pace import Pace

_PARTIAL: Final = 206
_CHUNK: Final = 256 * 1024


class S3Packs:
    """Implements ``work.ports.Packs``. ``client`` shows no certificate: the address is signed."""

    def __init__(self, client: httpx.Client, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def read(self, url: str, offset: int) -> Generator[bytes, None, None]:
        """GET the rest from ``offset`` on."""
        headers = {"Range": f"bytes={offset}-", "Accept-Encoding": "identity"}
        try:
            with self._client.stream("GET", url, headers=headers, timeout=TIMEOUT) as answer:
                status = answer.status_code
                if status >= 500 or status == 429:
                    raise CloudAway(f"pack: status {status}")
                if status != _PARTIAL:
                    raise PackGone(f"status {status}")
                for chunk in answer.iter_raw(_CHUNK):
                    self._pace.spend(len(chunk))
                    yield chunk
        except httpx.HTTPError as error:
            # The message may quote the address.
            raise CloudAway(f"pack: no answer: {type(error).__name__}") from None
