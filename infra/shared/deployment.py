"""One deployment's differences from others: the context of ``cdk.json``, checked."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from functions.drimbox.identity.revoked import Revocation
from functions.drimbox.peers.calling_peer import PeerCertificates
from functions.drimbox.tenants.model import CACHE_DAYS
from infra.shared.concurrency import RESERVED

ROOT: Final = Path(__file__).resolve().parents[2]
# The account in the shipped `cdk.json`: nobody's. It is synthesized, never deployed to.
SAMPLE_ACCOUNT: Final = "123456789012"

# HDS v2 asks for storage in the European Economic Area. London (eu-west-2) and Zurich
# (eu-central-2) carry the host's certificate and are outside of it.
EEA_REGIONS: Final = frozenset(
    {"eu-west-3", "eu-west-1", "eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2"}
)

_PATTERNS: Final = {
    "account": re.compile(r"[0-9]{12}"),
    "in_url": re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?"),
    "db_url": re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?"),
    "vi_url": re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?"),
    "in_truststore_uri": re.compile(r"s3://[a-z0-9.-]{3,63}/\S+"),
    "in_truststore_version": re.compile(r"\S+"),
    "db_api_url": re.compile(r"(https://[a-z0-9.-]+(:[0-9]{1,5})?)?"),
    "db_truststore_uri": re.compile(r"(s3://[a-z0-9.-]{3,63}/\S+)?"),
    "db_truststore_version": re.compile(r"\S*"),
    "peer_certificates": re.compile("|".join(PeerCertificates)),
    "dmp_url": re.compile(r"https://[^\s/?#]+/[^\s?#]*[^\s?#/]"),
    "dmp_algorithms": re.compile(r"sha1|sha256"),
    "psc_issuer": re.compile(r"https://[^\s/?#]+(/[^\s?#]*)?"),
    "psc_introspection_url": re.compile(r"https://[^\s/?#]+/[^\s?#]*"),
    "psc_userinfo_url": re.compile(r"https://[^\s/?#]+/[^\s?#]*"),
    "psc_client_id": re.compile(r"\S+"),
    "white_list_url": re.compile(r"https://[^\s/?#]+/[^\s#]*"),
    "white_list_revocation_urls": re.compile(
        r"https?://[^\s/?#,]+/[^\s#,]*( https?://[^\s/?#,]+/[^\s#,]*)*"
    ),
    "white_list_signer_name": re.compile(r"\S(.*\S)?"),
    "white_list_signer_unit": re.compile(r"\S(.*\S)?"),
    "private_peers": re.compile(r"([a-z0-9.-]+( [a-z0-9.-]+)*)?"),
    "private_pacs": re.compile(r"([a-z0-9.-]+( [a-z0-9.-]+)*)?"),
    "sender_revocation_urls": re.compile(
        r"(https?://[^\s/?#,]+/[^\s#,]*( https?://[^\s/?#,]+/[^\s#,]*)*)?"
    ),
    "sender_revocation": re.compile(f"{Revocation.KNOWN}|{Revocation.REQUIRED}"),
    "operator_issuer": re.compile(r"https://[^\s/?#]+(/[^\s?#]*)?"),
    "operator_client_id": re.compile(r"\S+"),
    "alarm_email": re.compile(r"([^@\s]+@[^@\s]+)?"),
    "tenant_pacs_url": re.compile(r"((https://|http://127\.0\.0\.1:)\S+)?"),
}
_RANGES: Final = {
    "signed_url_seconds": (30, 3600),
    "probe_seconds": (1, 3600),
    "account_concurrency": (10, 1_000_000),
    "reconciled_per_second": (1, 50),
    # SQS calls a function at least twice at a time; the function reserves no more (concurrency.py).
    "fills_at_once": (2, RESERVED["fill_cache"]),
    "requests_per_second": (1, 10_000),
    "requests_burst": (1, 5_000),
    "requests_per_address": (10, 2_000_000_000),
    "inbox_retention_days": (30, 36_500),
    "archive_retention_days": (1, 36_500),
    "audit_retention_days": (1, 36_500),
}
_CHOICES: Final = {
    # The retentions of CloudWatch Logs, from the shortest that rule A14 allows.
    "log_retention_days": (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
    "cache_days": CACHE_DAYS,
}
_MINUTE: Final = 60
_NETWORK_SIZES: Final = range(16, 25)
_PRIVATE_NETWORKS: Final = tuple(
    map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
)


def context_of_project() -> dict[str, Any]:
    """The context that ``cdk.json`` holds."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return context


class WrongContext(ValueError):
    """A key of the context is missing or ill-formed; the message names every such key."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment. Field names are the keys of the context.

    ``in_url``, ``db_url`` and ``vi_url`` are the public bases of the three hosts, without a path.
    ``db_api_url``: the base of ``db`` behind the front for peers, "" where no front stands before
    it (decision 0102); its API then admits the client certificates of ``db_truststore_uri``, a
    version of a PEM file that holds the front's alone. ``peer_certificates``: whether a DRIMbox
    must show a certificate that the white list names (``required``), or is judged where it does
    (``shown``).
    ``certificate_arns`` maps a host (``in``, ``db``, ``vi``) to a server certificate that the
    hosting company has imported; for a host that it does not name, one validated by DNS is made.
    ``dmp_algorithms``: the signature algorithms of submissions and assertions, RSA-SHA1 and XAdES
    1.1.1 (``sha1``) or RSA-SHA256 and XAdES 1.3.2 (``sha256``). ``white_list_url`` is where ANS
    publishes the list of DRIMboxes; ``white_list_revocation_urls``, separated by spaces, are those
    of its signer's authorities; the signer is told by its CN and its OU. ``private_peers`` are
    hosts of other DRIMboxes, separated by spaces, that stand on this machine; empty in every
    deployment, where a host at a private address is never asked; ``private_pacs`` are those of the
    tenants' PACS, likewise. ``pacs_network`` are the private IPv4 addresses of the network in which
    the functions that open a PACS stand (``10.64.0.0/24``), "" for none: a site with the link
    ``public`` or ``vpn`` needs it (decision 0097). ``sender_revocation_urls`` are the revocation
    lists of the authorities that issue to senders and operators' programs, "" for none;
    ``sender_revocation`` says whether a list is demanded. ``operator_issuer`` is the
    OpenID provider of those who look after the tenants' publications. ``alarm_email`` gets every
    alarm: empty for a local run and the sample account alone. ``probe_seconds`` is the
    pause between two calls to a PACS or DMP that is away: a minute at least, except on this
    machine. ``reconciled_per_second``: how many studies of one tenant are compared in a second.
    ``fills_at_once``: how many series are brought into the cache at a time, of all tenants
    together; half of ``account_concurrency`` at most. ``cache_days``: how long cached images are
    kept, where the tenant's file does not say it.
    ``requests_per_address`` counts one address's requests in five minutes. ``layers`` and
    ``tenants`` are folders, relative to the project. ``tenant_pacs_url`` replaces each tenant's own
    (a local run's port); empty means none. ``account_concurrency`` is the account's quota of
    concurrent executions (:mod:`infra.shared.concurrency`).
    """

    account: str
    region: str
    in_url: str
    db_url: str
    vi_url: str
    certificate_arns: Mapping[str, str]
    in_truststore_uri: str
    in_truststore_version: str
    db_api_url: str
    db_truststore_uri: str
    db_truststore_version: str
    peer_certificates: str
    dmp_url: str
    dmp_algorithms: str
    psc_issuer: str
    psc_introspection_url: str
    psc_userinfo_url: str
    psc_client_id: str
    white_list_url: str
    white_list_revocation_urls: str
    white_list_signer_name: str
    white_list_signer_unit: str
    private_peers: str
    private_pacs: str
    pacs_network: str
    sender_revocation_urls: str
    sender_revocation: str
    operator_issuer: str
    operator_client_id: str
    alarm_email: str
    signed_url_seconds: int
    probe_seconds: int
    account_concurrency: int
    reconciled_per_second: int
    fills_at_once: int
    requests_per_second: int
    requests_burst: int
    requests_per_address: int
    log_retention_days: int
    inbox_retention_days: int
    archive_retention_days: int
    audit_retention_days: int
    cache_days: int
    layers: Path
    tenants: Path
    tenant_pacs_url: str

    @classmethod
    def read(cls, context: Mapping[str, Any]) -> Self:
        """Check the context (``cdk.json`` under the caller's overlay) and build the deployment.

        Keys with a ``:`` are the CDK's own and are left alone. Raises WrongContext.
        """
        names = {field.name for field in fields(cls)}
        ours = {name: context[name] for name in names & set(context)}
        wrong = sorted(names - set(ours)) + [
            name for name, value in ours.items() if not _good(name, value)
        ]
        if wrong:
            raise WrongContext(f"context missing or ill-formed: {', '.join(sorted(wrong))}")
        read = cls(
            **{
                **ours,
                "layers": ROOT / ours["layers"],
                "tenants": ROOT / ours["tenants"],
            }
        )
        if read.probe_seconds < _MINUTE and not is_loopback(read.in_url):
            raise WrongContext("context ill-formed, less than a minute: probe_seconds")
        private = [name for name in ("private_peers", "private_pacs") if getattr(read, name)]
        if private and not is_loopback(read.in_url):
            raise WrongContext(
                f"context ill-formed, not empty in a deployment: {', '.join(private)}"
            )
        if read.pacs_network and is_loopback(read.in_url):
            raise WrongContext("context ill-formed, no network is on this machine: pacs_network")
        if read.sender_revocation == Revocation.REQUIRED and not read.sender_revocation_urls:
            raise WrongContext("context ill-formed, no address: sender_revocation_urls")
        front = (read.db_api_url, read.db_truststore_uri, read.db_truststore_version)
        if any(front) != all(front) or read.db_api_url == read.db_url:
            raise WrongContext(
                "context ill-formed, a front has all three or there is none: db_api_url, "
                "db_truststore_uri, db_truststore_version"
            )
        if read.peer_certificates == PeerCertificates.REQUIRED and not read.db_api_url:
            raise WrongContext("context ill-formed, no front asks for them: peer_certificates")
        if not read.alarm_email and not read.stays_here():
            raise WrongContext("context ill-formed, nobody hears the alarms: alarm_email")
        if read.fills_at_once > read.account_concurrency // 2:
            raise WrongContext(
                "context ill-formed, less than twice fills_at_once: account_concurrency"
            )
        return read

    def url(self, host: str) -> str:
        """The public base of ``host`` (``in``, ``db`` or ``vi``)."""
        return {"in": self.in_url, "db": self.db_url, "vi": self.vi_url}[host]

    def revocation(self) -> str:
        """The demand on the senders' revocation lists: none without an address."""
        return self.sender_revocation if self.sender_revocation_urls else Revocation.OFF

    def api_url(self, host: str) -> str:
        """The base at which API Gateway answers for ``host``: behind a front, another one."""
        return self.db_api_url if host == "db" and self.db_api_url else self.url(host)

    def truststore(self, host: str) -> tuple[str, str] | None:
        """Address and version of the authorities whose client certificates the API of ``host``
        demands, None where it demands none."""
        found = {
            "in": (self.in_truststore_uri, self.in_truststore_version),
            "db": (self.db_truststore_uri, self.db_truststore_version),
        }.get(host)
        return found if found and found[0] else None

    def local(self, host: str) -> bool:
        """Whether ``host`` is told by its port, as in a local run, and not by its name."""
        return urlsplit(self.api_url(host)).port is not None

    def stays_here(self) -> bool:
        """Whether nothing of it leaves the machine: a local run, or the sample account."""
        return self.account == SAMPLE_ACCOUNT or is_loopback(self.in_url)

    def domain(self, host: str) -> str:
        """The domain name of the API of ``host``."""
        return str(urlsplit(self.api_url(host)).hostname)


def is_loopback(url: str) -> bool:
    """Whether the host of ``url`` is the machine itself (RFC 6761 6.3); ValueError: not a URL."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _good(name: str, value: object) -> bool:
    if name in _JUDGED:
        return isinstance(value, str) and _JUDGED[name](value)
    if name == "certificate_arns":
        return isinstance(value, Mapping) and set(value) <= {"in", "db", "vi"}
    if name in _RANGES:
        low, high = _RANGES[name]
        return type(value) is int and low <= value <= high
    if name in _CHOICES:
        return type(value) is int and value in _CHOICES[name]
    if name in ("layers", "tenants"):
        return isinstance(value, str) and bool(value) and value.isprintable()
    return isinstance(value, str) and bool(_PATTERNS[name].fullmatch(value))


def _is_network_or_none(text: str) -> bool:
    """Whether it is empty, or a private network (RFC 1918) of a fit size in its usual notation:
    the addresses shared by translators are the sites'."""
    if not text:
        return True
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        return False
    is_fit = str(found) == text and found.prefixlen in _NETWORK_SIZES
    return is_fit and any(found.subnet_of(one) for one in _PRIVATE_NETWORKS)


_JUDGED: Final[Mapping[str, Callable[[str], bool]]] = {
    "region": EEA_REGIONS.__contains__,
    "pacs_network": _is_network_or_none,
}
