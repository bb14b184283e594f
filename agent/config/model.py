"""The facts of a site's agent. Secrets stay in files: the facts name them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import time
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from agent.mllp.settings import ListenerSettings


@frozen
class Secret:
    """Where a secret is: the file that holds it alone."""

    file: Path


@frozen
class Login:
    """A user and the password's place."""

    user: str
    password: Secret


@frozen
class Identity:
    """A client certificate (with its chain) and its private key, both PEM files."""

    certificate: Path
    private_key: Path


@frozen
class Proxy:
    """The site's HTTP proxy, ``http://host:port``."""

    url: str
    login: Login | None = None


@frozen
class Cloud:
    """``in_url``: the base of the way in, ``https://host``. ``authorities``: a PEM file of those
    that are trusted beside the public ones, as a proxy's that inspects TLS."""

    in_url: str
    identity: Identity
    authorities: Path | None = None
    proxy: Proxy | None = None


@frozen
class Trust:
    """TLS with a system of the site: the authorities that are trusted, and none beside them, and
    the certificate that we show."""

    authorities: Path
    identity: Identity | None = None


@frozen
class Dicomweb:
    """A PACS over DICOMweb, at ``url``, a base of QIDO-RS and WADO-RS; ``store_url`` is that of
    STOW-RS, "" for ``url``. One of ``login`` (Basic) and ``bearer`` at most."""

    url: str
    trust: Trust | None = None
    login: Login | None = None
    bearer: Secret | None = None
    store_url: str = ""


@frozen
class Dimse:
    """A PACS over DIMSE. ``retrieve``: by C-MOVE to our listener, or by C-GET. ``associations``:
    how many at once."""

    host: str
    port: int
    ae_title: str
    our_ae_title: str
    retrieve: Literal["move", "get"] = "move"
    trust: Trust | None = None
    associations: int = 2


@frozen
class Caller:
    """A system that may send us objects: its AE title and its addresses."""

    ae_title: str
    networks: tuple[IPv4Network | IPv6Network, ...]


@frozen
class Listener:
    """Our own DICOM listener, for the objects that a C-MOVE brings and for notes."""

    address: str
    port: int
    callers: tuple[Caller, ...]
    trust: Trust | None = None


@frozen
class Notes:
    """Where the PACS sends rejection notes: to ``ae_title`` on our listener; they go on to ``url``,
    the base of the cloud's STOW-RS, with the PACS's ``credential``."""

    ae_title: str
    url: str
    credential: Secret


@frozen
class Hours:
    """From ``since`` to ``until`` (which may be on the next day), at most ``mbit`` Mbit/s."""

    since: time
    until: time
    mbit: float


@frozen
class Uploads:
    """The most that images may take of the site's line, in Mbit/s, None for all of it; the first of
    the ``hours`` that a time is in says otherwise."""

    mbit: float | None = None
    hours: tuple[Hours, ...] = ()


@frozen
class Messages:
    """The RIS's messages, over MLLP. ``keep``: while the cloud is away they are kept, the oldest
    for ``patience`` at most; else the RIS keeps them. ``zone`` is the site's."""

    zone: ZoneInfo
    listeners: tuple[ListenerSettings, ...]
    keep: bool = True
    patience: timedelta = timedelta(hours=96)


@frozen
class AgentConfig:
    """``tenant`` is the site's name in the cloud; ``folder`` belongs to the agent alone;
    ``status_port``: of the status page on this machine, None for no page."""

    tenant: str
    folder: Path
    cloud: Cloud
    pacs: Dicomweb | Dimse
    listener: Listener | None = None
    notes: Notes | None = None
    uploads: Uploads = Uploads()
    messages: Messages | None = None
    status_port: int | None = None
