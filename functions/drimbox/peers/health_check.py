"""The health check of another DRIMbox (DRIMbox 2.5): can it serve its images now?

No token, no cookie and nothing about a patient is sent. No redirect is followed, nothing is
decompressed, and the answer is bounded in size. The form of the answer is not published: 200 with
a JSON is "yes" only where its ``status`` is one of the words that mean it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from functions.drimbox import strict_json
from functions.drimbox.peers.source_states import SourceState
from functions.drimbox.transport import TooManyBytes, bounded_body

if TYPE_CHECKING:
    from functions.drimbox.peers.source_address import SourceAddress

# Seconds. A site that answers later counts as silent (a probe has two seconds in all).
TIMEOUT: Final = httpx.Timeout(connect=0.7, read=1.2, write=0.5, pool=0.5)
_MOST_SECONDS: Final = 1.8
_MAX_BYTES: Final = 16 * 1024
_HEADERS: Final = {
    "Accept-Encoding": "identity",
    "User-Agent": "DRIMbox",
    # Two hosts may share an IP address: a kept connection would prove the other one's name.
    "Connection": "close",
}
# A DRIMbox that does not answer this question: its capabilities are asked instead (PS3.18 8.9).
_NO_ANSWER: Final = frozenset({401, 403, 404, 405, 406, 501})
_WADL: Final = "application/vnd.sun.wadl+xml"
# Every other word tells nothing clear: a site is never ready by a word that nobody knows.
_WORDS: Final = {
    **dict.fromkeys(("ready", "up", "ok", "pass", "healthy"), SourceState.READY),
    **dict.fromkeys(
        ("not_ready", "not ready", "down", "out_of_service", "fail", "error", "unavailable", "ko"),
        SourceState.NOT_READY,
    ),
}


class _Question(NamedTuple):
    """``path`` follows the site's prefix."""

    method: str
    path: str
    accept: str


_HEALTH: Final = _Question("GET", "", "application/json")
_CAPABILITIES: Final = _Question("OPTIONS", "/studies", _WADL)


def check_health(http: httpx.Client, address: SourceAddress, ip: str) -> SourceState:
    """Ask ``address`` at ``ip``, whose certificate must be its host's."""
    try:
        asked = _ask(http, address, ip, _HEALTH) or _ask(http, address, ip, _CAPABILITIES)
        return asked or SourceState.UNTOLD
    except (httpx.RemoteProtocolError, httpx.LocalProtocolError, TooManyBytes):
        return SourceState.ODD
    except httpx.HTTPError as error:
        return SourceState.ODD if _is_of_tls(error) else SourceState.SILENT


def _ask(
    http: httpx.Client, address: SourceAddress, ip: str, question: _Question
) -> SourceState | None:
    """The state that the answer tells; None where the site does not answer this question."""
    literal = f"[{ip}]" if ":" in ip else ip
    with http.stream(
        question.method,
        f"https://{literal}:{address.port}{address.prefix}{question.path}",
        headers={**_HEADERS, "Host": address.authority, "Accept": question.accept},
        extensions={"sni_hostname": address.host},
        timeout=TIMEOUT,
    ) as answer:
        status = answer.status_code
        if status in _NO_ANSWER:
            return None
        if status >= 500 or status == 429:
            return SourceState.NOT_READY
        if status != 200 or answer.headers.get("content-encoding", "identity") != "identity":
            return SourceState.ODD
        body = bounded_body(answer, _MAX_BYTES, max_seconds=_MOST_SECONDS)
        if question is _HEALTH:
            return _told(body)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
        return SourceState.READY if kind == _WADL else SourceState.UNTOLD


def _told(body: bytes) -> SourceState:
    try:
        facts = strict_json.read(body)
    except strict_json.NotStrictJson:
        return SourceState.ODD
    if not isinstance(facts, dict):
        return SourceState.ODD
    word = facts.get("status")
    known = _WORDS.get(word.strip().casefold()) if isinstance(word, str) else None
    return known or SourceState.UNTOLD


def _is_of_tls(error: BaseException) -> bool:
    """Whether TLS failed: somebody answers there who cannot prove to be the host."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
