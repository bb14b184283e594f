"""The secrets of tenants: objects of one bucket, each under its tenant's own key (decision 0083).

A role reads the names that its function needs, and no function writes one: the hosting company's
staff does, by ``infra.admin.provision``. A process keeps them for a few minutes.

============================  =====================================================
``<tenant>/`` …               value
============================  =====================================================
``structures/<holder>/auth``  JSON: ``certificate`` and ``private_key`` (PEM), ORG_AUTH_CLI
``structures/<holder>/sign``  the same of ORG_SIGN
``trust-anchors``             JSON: one bundle of authorities (PEM) for each peer
``pacs``                      JSON: the authorities that vouch for the PACS, and our credential
                              there (:mod:`functions.drimbox.identity.pacs_access`)
``pacs-credential``           JSON: ``{"sha256": ["…"]}``, the digests of the PACS's credentials
``traits``                    64 random characters, under which patients are kept
``sessions``                  64 random characters, which seal sessions
``webhook``                   base64 of 48 random bytes, which sign the news of messages; two keys,
                              separated by a blank, while one replaces the other
============================  =====================================================
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Literal

from functions.aws.blobs import S3Blobs
from functions.aws.secrets import TTL, fields_of
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from typing import Self

# ``clients`` are a tenant's senders and operators' programs. ``webhook`` is the address of its
# news, of a tenant that declares one.
TenantPeer = Literal["clients", "webhook"]
ANCHORS: Final = "trust-anchors"
PACS_ACCESS: Final = "pacs"
PACS: Final = "pacs-credential"
TRAITS: Final = "traits"
SESSIONS: Final = "sessions"
WEBHOOK: Final = "webhook"
# The secrets of this many structures, and more, are kept; the one read first goes first.
_MOST: Final = 512


def of_structure(holder: str, use: str) -> str:
    """The name of a structure's certificate and key; ``use`` is ``auth`` or ``sign``."""
    return f"structures/{holder}/{use}"


@frozen
class Kept:
    """A secret, and the value that its last change replaced, "" when it has had one value alone."""

    value: str
    former: str = ""

    def __repr__(self) -> str:
        return "Kept(…)"

    def encode(self) -> bytes:
        """The object's bytes: JSON."""
        return json.dumps({"value": self.value, "former": self.former}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The secret that :meth:`encode` wrote; ConfigurationError for anything else."""
        try:
            facts = json.loads(data)
        except ValueError:
            facts = None
        if not isinstance(facts, dict) or not all(
            isinstance(facts.get(name), str) for name in ("value", "former")
        ):
            raise ConfigurationError("a tenant's secret is not as provision writes it")
        return cls(facts["value"], facts["former"])


_read: dict[tuple[str, str, str], tuple[float, Kept]] = {}


def read(bucket: str, tenant: str, name: str) -> Kept | None:
    """The secret, None when nobody has put one."""
    key = (bucket, tenant, name)
    known = _read.get(key)
    if known is not None and time.monotonic() - known[0] < TTL:
        return known[1]
    _read.pop(key, None)
    data = S3Blobs(bucket, tenant).get(name)
    if data is None:
        return None
    kept = Kept.decode(data)
    while len(_read) >= _MOST:
        _read.pop(next(iter(_read)), None)
    _read[key] = (time.monotonic(), kept)
    return kept


def text(bucket: str, tenant: str, name: str) -> str:
    """The secret's value; ConfigurationError when nobody has put one."""
    kept = read(bucket, tenant, name)
    if kept is None:
        raise ConfigurationError(f"the tenant's secret {name} has no value")
    return kept.value


def anchors(bucket: str, tenant: str, peer: TenantPeer) -> str:
    """The authorities (PEM) that vouch for that peer of the tenant and for nobody else."""
    return fields_of(ANCHORS, text(bucket, tenant, ANCHORS), (peer,))[peer]


def pacs_access(bucket: str, tenant: str) -> str:
    """The secret of our access to that tenant's PACS, "" for none that can be read. Raises
    StorageUnavailable."""
    try:
        kept = read(bucket, tenant, PACS_ACCESS)
    except ConfigurationError:
        kept = None
    return kept.value if kept else ""


def pacs_digests(bucket: str, tenant: str) -> tuple[str, ...]:
    """The digests of the credentials of that tenant's PACS; none when it has no credential yet."""
    kept = read(bucket, tenant, PACS)
    if kept is None:
        return ()
    try:
        digests = json.loads(kept.value)["sha256"]
    except (ValueError, TypeError, KeyError):
        digests = None
    if not isinstance(digests, list) or not all(isinstance(one, str) for one in digests):
        raise ConfigurationError(f"the tenant's secret {PACS} is not a list of digests")
    return tuple(digests)
