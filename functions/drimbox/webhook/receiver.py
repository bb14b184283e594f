"""The site's address, asked to take one event.

The host is the one that the tenant's file declares, at public addresses that were judged after its
resolution and are tried one after the other; its certificate must be that host's, of an authority
that the site declares. No redirect is followed, and no byte of the answer's body is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from functions.drimbox.peers.reachable import NotAdmitted, Resolve, judged_addresses
from functions.drimbox.peers.source_address import HTTPS
from functions.drimbox.transport import COME_BACK, Patience, retry_after
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# A receiver has five seconds for all of it: it stores the event and answers, it does not work.
PATIENCE: Final = Patience(httpx.Timeout(connect=3.0, read=5.0, write=3.0, pool=3.0), 5.0)
# Nothing of the request has left: another address of the host may take it.
_NOT_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout)
_HEADERS: Final = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "DRIMbox",
    # Two hosts may share an IP address: a kept connection would prove the other one's name.
    "Connection": "close",
}


@frozen
class Answer:
    """``status`` is None where nobody answered; ``why`` is for the log, and ``retry_after`` the
    receiver's own words, where it asks to be left alone."""

    status: int | None
    why: str
    retry_after: tuple[str, ...] = ()

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has the event now (2xx)."""
        return self.status is not None and 200 <= self.status < 300


@frozen
class Receiver:
    """``open_client`` gives a client for one request, which is closed at its end. ``private_hosts``
    are the hosts of a stack on this machine, none in the cloud.
    """

    open_client: Callable[[], httpx.Client]
    resolve: Resolve
    private_hosts: Collection[str] = ()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post ``body`` to ``url``, an address that ``tenants.reading`` took. Nothing is raised for
        a receiver that does not answer."""
        address = urlsplit(url)
        host, port = address.hostname or "", address.port or HTTPS
        answer = Answer(None, "no public address")
        limits = PATIENCE.begin()
        try:
            addresses = judged_addresses(host, self.resolve, self.private_hosts)
        except NotAdmitted:
            return answer
        for ip in addresses:
            literal = f"[{ip}]" if ":" in ip else ip
            request = {
                "url": f"https://{literal}:{port}{address.path or '/'}",
                "content": body,
                "headers": {
                    **_HEADERS,
                    "Host": host if port == HTTPS else f"{host}:{port}",
                    **headers,
                },
                "extensions": {"sni_hostname": host, "timeout": limits},
            }
            try:
                return self._taken(request)
            except httpx.HTTPError as error:
                # The message may quote the address; the kind of failure is enough.
                answer = Answer(None, type(error).__name__)
                if not isinstance(error, _NOT_CONNECTED):
                    break
        return answer

    def _taken(self, request: Mapping[str, Any]) -> Answer:
        http = self.open_client()
        try:
            with http.stream("POST", **request, follow_redirects=False) as answer:
                asked = retry_after(answer) if answer.status_code in COME_BACK else ()
                return Answer(answer.status_code, f"status {answer.status_code}", asked)
        finally:
            http.close()
