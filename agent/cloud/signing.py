"""Requests to AWS by the rights that are lent: signed by botocore, sent as every other request.

Neither botocore's clients nor their descriptions of all services are loaded, which take a third of
the agent's memory; and nothing of the machine's own configuration of AWS is read.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from agent.cloud.door import Reply
from agent.work.ports import CloudAway
from functions.drimbox.transport import TooManyBytes, bounded_body
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.cloud.lending import Lending, Lent

# Seconds; a long poll lasts 20.
TIMEOUT: Final = httpx.Timeout(connect=10.0, read=60.0, write=60.0, pool=30.0)
# Bytes: a thousand listed parts have three hundred each.
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024


@frozen
class Content:
    """A body that is sent piece by piece: its size in bytes, its SHA-256, and the pieces."""

    size: int
    sha256: bytes
    pieces: Iterable[bytes]


def content_of(data: bytes) -> Content:
    """A body in memory."""
    return Content(len(data), hashlib.sha256(data).digest(), (data,))


NOTHING: Final = content_of(b"")


class Rented:
    """Sends requests with the rights that hold now. ``client`` shows no certificate: AWS knows the
    agent by the signature. Several threads use it."""

    def __init__(self, lending: Lending, client: httpx.Client) -> None:
        self._lending = lending
        self._client = client

    def lent(self) -> Lent:
        """See ``Lending.lent``."""
        return self._lending.lent()

    def send(
        self,
        service: str,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Content = NOTHING,
        lent: Lent | None = None,
    ) -> Reply:
        """The answer, whatever its status below 500. ``url`` is a plain path on the host, without a
        query; ``lent`` signs in place of the rights that hold now. Raises CloudAway."""
        lent = lent or self.lent()
        if query:
            url = f"{url}?{urlencode(sorted(query.items()), quote_via=quote)}"
        signed = AWSRequest(
            method=method,
            url=url,
            headers={**(headers or {}), "X-Amz-Content-SHA256": content.sha256.hex()},
        )
        credentials = lent.credentials
        keys = ReadOnlyCredentials(
            credentials.access_key_id, credentials.secret_access_key, credentials.session_token
        )
        SigV4Auth(keys, service, lent.region).add_auth(signed)
        request = self._client.build_request(
            method,
            url,
            content=iter(content.pieces) if content.size else None,
            headers={**dict(signed.headers.items()), "Content-Length": str(content.size)},
            timeout=TIMEOUT,
        )
        return self._sent(request)

    def _sent(self, request: httpx.Request) -> Reply:
        try:
            answer = self._client.send(request, stream=True)
            try:
                reply = Reply(answer.status_code, bounded_body(answer, MAX_ANSWER_BYTES))
            finally:
                answer.close()
        except TooManyBytes:
            raise CloudAway("an answer is larger than accepted") from None
        except httpx.HTTPError as error:
            raise CloudAway(f"no answer: {type(error).__name__}") from None
        if reply.status >= 500 or reply.status == 429:
            raise CloudAway(f"status {reply.status}")
        return reply
