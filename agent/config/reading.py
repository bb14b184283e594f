"""``agent.yaml``, read into facts."""

from __future__ import annotations

import re
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.config.fields import read
from agent.config.model import (
    AgentConfig,
    Caller,
    Cloud,
    Dicomweb,
    Dimse,
    Hours,
    Identity,
    Listener,
    Login,
    Messages,
    Notes,
    Proxy,
    Secret,
    Trust,
    Uploads,
)
from agent.mllp.settings import ListenerSettings, ServerTls
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.tenants.model import SLUG

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from agent.config.fields import Fields
    from agent.mllp.desk import Sender

# PS3.5 6.2: up to 16 characters, no backslash, no control characters; we want no blanks around.
_AE_TITLE: Final = re.compile(r"[!-\[\]-~](?:[ -\[\]-~]{0,14}[!-\[\]-~])?")
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")
_HOUR: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOST_ASSOCIATIONS: Final = 8
_LEAST_MBIT: Final = 1.0
# The most that a publication waits for its site: two weeks of messages in the queue.
_MOST_HOURS: Final = 336
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def read_config(text: str) -> AgentConfig:
    """The facts of the file's text. Raises ConfigurationError that names each fault."""
    return read(text, _config)


def load_config(path: Path) -> AgentConfig:
    """The facts of the file. Raises ConfigurationError, also where it cannot be read."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = type(error).__name__
        raise ConfigurationError(f"agent.yaml cannot be read ({told})") from None
    return read_config(text)


def _config(fields: Fields) -> AgentConfig:
    pacs = fields.section("pacs", _pacs, required=True)
    listener = fields.section("listener", _listener)
    notes = fields.section("notes", _notes)
    if listener is None and isinstance(pacs, Dimse) and pacs.retrieve == "move":
        fields.fault("listener", "missing, C-MOVE needs it")
    if listener is None and notes is not None:
        fields.fault("listener", "missing, notes need it")
    if notes is not None and isinstance(pacs, Dimse) and notes.ae_title == pacs.our_ae_title:
        fields.fault("notes.ae_title", "the same as pacs.dimse.our_ae_title")
    return AgentConfig(
        tenant=fields.take("tenant", _slug),
        folder=fields.take("folder", _absolute),
        cloud=fields.section("cloud", _cloud, required=True),  # type: ignore[arg-type]
        pacs=pacs,  # type: ignore[arg-type]
        listener=listener,
        notes=notes,
        uploads=fields.section("uploads", _uploads) or Uploads(),
        messages=fields.section("messages", _messages),
        status_port=fields.take("status_port", _port, None),
    )


def _cloud(fields: Fields) -> Cloud:
    return Cloud(
        in_url=fields.take("in_url", _https_host),
        identity=_identity(fields),
        authorities=fields.take("authorities", _absolute, None),
        proxy=fields.section("proxy", _proxy),
    )


def _identity(fields: Fields) -> Identity:
    return Identity(fields.take("certificate", _absolute), fields.take("private_key", _absolute))


def _proxy(fields: Fields) -> Proxy:
    return Proxy(fields.take("url", _proxy_url), fields.section("login", _login))


def _login(fields: Fields) -> Login:
    return Login(fields.take("user", _text), fields.take("password_file", _secret))


def _trust(fields: Fields) -> Trust:
    authorities = fields.take("authorities", _absolute)
    shows = fields.has("certificate") or fields.has("private_key")
    return Trust(authorities, _identity(fields) if shows else None)


def _pacs(fields: Fields) -> Dicomweb | Dimse | None:
    if fields.has("dicomweb") == fields.has("dimse"):
        fields.fault("dicomweb", "exactly one of dicomweb and dimse is needed")
    web, dimse = fields.section("dicomweb", _dicomweb), fields.section("dimse", _dimse)
    return web or dimse


def _dicomweb(fields: Fields) -> Dicomweb:
    url = fields.take("url", _pacs_url)
    trust = fields.section("tls", _trust)
    if url is not None and url.startswith("https:") is (trust is None):
        fields.fault("tls", "goes with https, and with nothing else")
    store_url = fields.take("store_url", _pacs_url, "")
    if store_url and url is not None and urlsplit(store_url)[:2] != urlsplit(url)[:2]:
        # The login is the PACS's own.
        fields.fault("store_url", "another host than url")
    login, bearer = fields.section("login", _login), fields.take("bearer_file", _secret, None)
    if login is not None and bearer is not None:
        fields.fault("bearer_file", "one of login and bearer_file is enough")
    return Dicomweb(url, trust, login, bearer, store_url)


def _dimse(fields: Fields) -> Dimse:
    return Dimse(
        host=fields.take("host", _host),
        port=fields.take("port", _port),
        ae_title=fields.take("ae_title", _ae_title),
        our_ae_title=fields.take("our_ae_title", _ae_title),
        retrieve=fields.take("retrieve", _retrieve, "move"),
        trust=fields.section("tls", _trust),
        associations=fields.take("associations", _associations, 2),
    )


def _listener(fields: Fields) -> Listener:
    return Listener(
        address=fields.take("address", _host),
        port=fields.take("port", _port),
        callers=fields.several("callers", _caller, least=1),
        trust=fields.section("tls", _server_trust),
    )


def _server_trust(fields: Fields) -> Trust:
    """A server shows a certificate in any case."""
    return Trust(fields.take("authorities", _absolute), _identity(fields))


def _caller(fields: Fields) -> Caller:
    return Caller(fields.take("ae_title", _ae_title), fields.take("addresses", _networks))


def _notes(fields: Fields) -> Notes:
    return Notes(
        ae_title=fields.take("ae_title", _ae_title),
        url=fields.take("url", _https_url),
        credential=fields.take("credential_file", _secret),
    )


def _uploads(fields: Fields) -> Uploads:
    return Uploads(fields.take("mbit", _mbit, None), fields.several("hours", _hours))


def _messages(fields: Fields) -> Messages:
    return Messages(
        zone=fields.take("time_zone", _zone),
        listeners=fields.several("listeners", _mllp_listener, least=1),
        keep=fields.take("keep", _truth, True),
        patience=timedelta(hours=fields.take("patience_hours", _patience, 96) or 0),
    )


def _mllp_listener(fields: Fields) -> ListenerSettings:
    return ListenerSettings(
        name=fields.take("name", _text),
        host=fields.take("address", _host),
        port=fields.take("port", _port),
        networks=fields.take("addresses", _networks),
        senders=fields.take("senders", _senders),
        tls=fields.section("tls", _mllp_tls),
    )


def _mllp_tls(fields: Fields) -> ServerTls:
    """A sender shows a certificate only where authorities are named."""
    authorities = fields.take("authorities", _absolute, "")
    identity = _identity(fields)
    return ServerTls(str(identity.certificate), str(identity.private_key), str(authorities))


def _hours(fields: Fields) -> Hours:
    return Hours(
        fields.take("from", _hour), fields.take("until", _hour), fields.take("mbit", _mbit)
    )


def _require(good: object) -> None:
    if not good:
        raise ValueError("ill-formed")


def _text(value: Any) -> str:
    _require(isinstance(value, str) and value.strip())
    return str(value)


def _slug(value: Any) -> str:
    _require(SLUG.fullmatch(_text(value)))
    return str(value)


def _absolute(value: Any) -> Path:
    path = Path(_text(value))
    _require(path.is_absolute())
    return path


def _secret(value: Any) -> Secret:
    return Secret(_absolute(value))


def _ae_title(value: Any) -> str:
    _require(_AE_TITLE.fullmatch(_text(value)))
    return str(value)


def _host(value: Any) -> str:
    _require(_HOST.fullmatch(_text(value)) or value == "::")
    return str(value)


def _port(value: Any) -> int:
    _require(type(value) is int and 0 < value < 0x10000)
    return int(value)


def _associations(value: Any) -> int:
    _require(type(value) is int and 0 < value <= _MOST_ASSOCIATIONS)
    return int(value)


def _retrieve(value: Any) -> str:
    _require(value in {"move", "get"})
    return str(value)


def _networks(value: Any) -> tuple[IPv4Network | IPv6Network, ...]:
    _require(isinstance(value, list) and value)
    return tuple(ip_network(_text(one)) for one in value)


def _https_host(value: Any) -> str:
    """``https://host[:port]``, no more."""
    parts = urlsplit(_text(value))
    _require(parts.scheme == "https" and parts.path in {"", "/"})
    return _base(value)


def https_host(value: str) -> str:
    """``https://host[:port]`` of the command line. Raises ConfigurationError."""
    try:
        return _https_host(value)
    except ValueError:
        raise ConfigurationError("url: not https://host") from None


def _https_url(value: Any) -> str:
    """A base over TLS; on this machine also without."""
    parts = urlsplit(_text(value))
    _require(parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK))
    return _base(value)


def _pacs_url(value: Any) -> str:
    """A base on the site's own network: as DIMSE, it may be without TLS."""
    _require(urlsplit(_text(value)).scheme in {"https", "http"})
    return _base(value)


def _proxy_url(value: Any) -> str:
    parts = urlsplit(_text(value))
    _require(parts.scheme in {"http", "https"} and parts.path in {"", "/"} and parts.port)
    return _base(value)


def _base(value: str) -> str:
    parts = urlsplit(value)
    _require(_HOST.fullmatch(parts.hostname or "") and parts.port != 0)
    _require(parts.username is None and not parts.query and not parts.fragment)
    return value.rstrip("/")


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(_text(value))
    except ZoneInfoNotFoundError:
        raise ValueError("ill-formed") from None


def _truth(value: Any) -> bool:
    _require(type(value) is bool)
    return bool(value)


def _patience(value: Any) -> int:
    _require(type(value) is int and 0 < value <= _MOST_HOURS)
    return int(value)


def _senders(value: Any) -> frozenset[Sender]:
    """Each "MSH-3|MSH-4"."""
    _require(isinstance(value, list) and value)
    found = [_text(one).split("|") for one in value]
    _require(all(len(one) == 2 and one[0] for one in found))
    return frozenset((application, facility) for application, facility in found)


def _hour(value: Any) -> time:
    found = _HOUR.fullmatch(_text(value))
    if found is None:
        raise ValueError("ill-formed")
    return time(int(found[1]), int(found[2]))


def _mbit(value: Any) -> float:
    _require(type(value) in {int, float} and value >= _LEAST_MBIT)
    return float(value)
