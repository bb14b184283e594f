"""The way to the cloud, opened from its declared facts."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

import httpx

from agent.cloud.door import Door, open_client
from agent.cloud.lending import Lending
from agent.cloud.signing import Rented
from agent.config.secret_files import client_tls, public_anchors, read_secret, show_identity
from functions.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.config.model import AgentConfig, Notes, Proxy
    from functions.drimbox.ports import Clock


class CloudWay(NamedTuple):
    """The client with the agent's certificate, the one without (``plain``), the host ``in``, the
    loan, and AWS by its rights. ``show`` takes another certificate of the same file into use: new
    connections show it."""

    client: httpx.Client
    plain: httpx.Client
    door: Door
    lending: Lending
    rented: Rented
    show: Callable[[], None]


@contextmanager
def open_cloud(config: AgentConfig, clock: Clock) -> Iterator[CloudWay]:
    """The way for the time of the block; nothing is sent yet.

    Raises ConfigurationError for files that cannot be used.
    """
    anchors = public_anchors(config.cloud.authorities)
    shown = client_tls(anchors, config.cloud.identity)
    plain = client_tls(anchors, None)
    proxy = _proxy(config.cloud.proxy)
    with open_client(shown, proxy) as client, open_client(plain, proxy) as aws:
        door = Door(client, f"{config.cloud.in_url}/v1/tenants/{config.tenant}/agents")
        lending = Lending(door, clock, VERSION)
        show = partial(show_identity, shown, config.cloud.identity)
        yield CloudWay(client, aws, door, lending, Rented(lending, aws), show)


@contextmanager
def open_plain(config: AgentConfig) -> Iterator[httpx.Client]:
    """A client without the agent's certificate, which may not be there yet. Raises
    ConfigurationError.
    """
    tls = client_tls(public_anchors(config.cloud.authorities), None)
    with open_client(tls, _proxy(config.cloud.proxy)) as client:
        yield client


def open_stow(config: AgentConfig, notes: Notes) -> httpx.Client:
    """A client that shows the PACS's credential to the cloud's STOW-RS, without the agent's
    certificate. Raises ConfigurationError."""
    tls = client_tls(public_anchors(config.cloud.authorities), None)
    client = open_client(tls, _proxy(config.cloud.proxy))
    client.auth = httpx.BasicAuth(config.tenant, read_secret(notes.credential))
    return client


def _proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    login = proxy.login
    return httpx.Proxy(proxy.url, auth=(login.user, read_secret(login.password)) if login else None)


def proxy_url(proxy: Proxy | None) -> str:
    """The proxy's URL with its login, "" for none. Raises ConfigurationError."""
    if proxy is None or proxy.login is None:
        return proxy.url if proxy else ""
    parts = urlsplit(proxy.url)
    password = read_secret(proxy.login.password)
    login = f"{quote(proxy.login.user, safe='')}:{quote(password, safe='')}"
    return f"{parts.scheme}://{login}@{parts.netloc}"
