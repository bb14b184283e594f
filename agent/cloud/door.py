"""The host ``in`` of the cloud, as this agent calls it: JSON, with the agent's certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from agent.work.ports import CloudAway, NotServed
from functions.drimbox import strict_json
from functions.drimbox.transport import TooManyBytes, bounded_body

if TYPE_CHECKING:
    import ssl

# Bytes of an answer: the ask of a fill names up to 50,000 objects, each in a hundred bytes.
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
# Seconds.
TIMEOUT: Final = httpx.Timeout(connect=10.0, read=30.0, write=60.0, pool=10.0)
_JSON: Final = "application/json"
# The certificate is not taken, or not for this site.
_STRANGER: Final = frozenset({401, 403})
_OUTDATED: Final = 426


class Reply(NamedTuple):
    """The cloud's answer; ``code`` is that of a refusal, "" for none."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem (RFC 9457), "" where the body is none."""
        try:
            facts = strict_json.read(self.body)
        except strict_json.NotStrictJson:
            return ""
        code = facts.get("code") if isinstance(facts, dict) else None
        return code if isinstance(code, str) else ""


class Door:
    """``base`` is ``https://<in>/v1/tenants/<tenant>/agents``."""

    def __init__(self, client: httpx.Client, base: str) -> None:
        self._client = client
        self._base = base

    def get(self, path: str) -> Reply:
        """GET a path below the base. Raises CloudAway, also for an answer of 5xx or 429, and
        NotServed."""
        return self._sent(self._client.build_request("GET", self._base + path))

    def post(self, path: str, body: bytes) -> Reply:
        """POST JSON. Raises as :meth:`get`."""
        headers = {"Content-Type": _JSON}
        return self._sent(
            self._client.build_request("POST", self._base + path, content=body, headers=headers)
        )

    def _sent(self, request: httpx.Request) -> Reply:
        request.headers["Accept"] = _JSON
        try:
            answer = self._client.send(request, stream=True)
            try:
                reply = Reply(answer.status_code, bounded_body(answer, MAX_ANSWER_BYTES))
            finally:
                answer.close()
        except TooManyBytes:
            raise CloudAway("an answer is larger than accepted") from None
        except httpx.HTTPError as error:
            # The message may quote the URL; the kind of failure is enough.
            raise CloudAway(f"no answer: {type(error).__name__}") from None
        if reply.status in _STRANGER:
            raise NotServed(f"status {reply.status}", code="agent_unknown")
        if reply.status == _OUTDATED:
            raise NotServed(f"status {reply.status}", code="agent_outdated")
        if reply.status >= 500 or reply.status == 429:
            raise CloudAway(f"status {reply.status}")
        return reply


def open_client(tls: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpx.Client:
    """A client that follows no redirect, keeps no cookie and reads nothing of the environment."""
    arguments: dict[str, Any] = {"verify": tls, "timeout": TIMEOUT, "trust_env": False}
    return httpx.Client(**arguments, proxy=proxy, follow_redirects=False)
