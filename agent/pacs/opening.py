"""The site's archive, opened from its declared facts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from agent.config.model import Dicomweb, Dimse
from agent.config.secret_files import read_secret, server_tls, trusted
from agent.pacs import library
from agent.pacs.associations import Associations, Peer, Times
from agent.pacs.dicomweb import DicomwebSite
from agent.pacs.dimse import DimsePacs
from agent.pacs.expected import Expected
from agent.pacs.finding import Finder
from agent.pacs.receiver import Listener, Receiver
from agent.pacs.retrieving import Getting, Moving
from functions.drimbox.transport import open_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.config.model import AgentConfig
    from agent.pacs.port import SitePacs
    from agent.pacs.retrieving import Retrieval

# Seconds without a sign of the archive after which no object will come.
SILENCE: Final = 60.0
# Of the agent's folder: objects that grow, and files that last as long as a call.
RECEIVED, SPOOL = "received", "spool"


class Archive(NamedTuple):
    """The archive, our listener where there is one, and the folder for files of a call."""

    pacs: SitePacs
    receiver: Receiver | None
    spool: Path


@contextmanager
def open_archive(
    config: AgentConfig,
    take_note: Callable[[Path, str, str], int],
    *,
    times: Times | None = None,
    silence: float = SILENCE,
) -> Iterator[Archive]:
    """The archive for the time of the block, with our listener listening where it is declared.

    Raises ConfigurationError for files that cannot be used, and OSError where the listener's port
    is taken.
    """
    times = times or Times()
    received, spool = (private(config.folder / name) for name in (RECEIVED, SPOOL))
    library.prepare(received)
    expected = Expected(received, silence=silence)
    expected.sweep()
    receiver = _receiver(config, expected, take_note, times)
    pacs = (
        _dicomweb(config.pacs, spool)
        if isinstance(config.pacs, Dicomweb)
        else _dimse(config.pacs, expected, spool, times)
    )
    if receiver is None:
        yield Archive(pacs, None, spool)
        return
    receiver.start()
    try:
        yield Archive(pacs, receiver, spool)
    finally:
        receiver.stop()


def private(folder: Path) -> Path:
    """``folder``, there and for nobody else. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def _receiver(
    config: AgentConfig,
    expected: Expected,
    take_note: Callable[[Path, str, str], int],
    times: Times,
) -> Receiver | None:
    if config.listener is None:
        return None
    notes = config.notes.ae_title if config.notes else ""
    listener = Listener(
        ae_title=config.pacs.our_ae_title if isinstance(config.pacs, Dimse) else notes,
        address=config.listener.address,
        port=config.listener.port,
        callers=config.listener.callers,
        notes_ae_title=notes,
        tls=server_tls(config.listener.trust) if config.listener.trust else None,
    )
    return Receiver(listener, expected, take_note, times=times)


def _dicomweb(pacs: Dicomweb, spool: Path) -> SitePacs:
    client = open_client(trusted(pacs.trust) if pacs.trust else True)
    if pacs.login is not None:
        client.auth = httpx.BasicAuth(pacs.login.user, read_secret(pacs.login.password))
    if pacs.bearer is not None:
        client.headers["Authorization"] = f"Bearer {read_secret(pacs.bearer)}"
    return DicomwebSite(client, pacs.url, spool=spool, store_url=pacs.store_url)


def _dimse(pacs: Dimse, expected: Expected, spool: Path, times: Times) -> SitePacs:
    tls = trusted(pacs.trust) if pacs.trust else None
    peer = Peer(pacs.host, pacs.port, pacs.ae_title, tls)
    associations = Associations(pacs.our_ae_title, peer, times=times, at_once=pacs.associations)
    retrieval: Retrieval = (
        Moving(associations, expected, pacs.our_ae_title)
        if pacs.retrieve == "move"
        else Getting(associations, expected)
    )
    return DimsePacs(associations, Finder(associations), retrieval, spool=spool)
