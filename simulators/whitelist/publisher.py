"""The publisher signs the list of the day, in both styles, and the authority's revocation list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from lxml import etree

from simulators.pki import LIST_LIFE, SIGNATURE, Authority, Issued
from simulators.whitelist.lists import EXAMPLES, Domain, unsigned_list
from simulators.whitelist.signing import FILTER, Style, sign

SIGNER: Final = (
    "CN=Liste Blanche DRIM-M,OU=318751275100020,O=AGENCE DU NUMERIQUE EN SANTE,ST=Paris (75),C=FR"
)
CRL_LIFE: Final = LIST_LIFE
_MINUTE: Final = timedelta(minutes=1)


@dataclass
class Publisher:
    """``revoked`` holds the serial numbers that the authority took back."""

    authority: Authority
    signer: Issued
    clock: Callable[[], datetime]
    domains: tuple[Domain, ...] = EXAMPLES
    generated_at: datetime = field(init=False)
    revoked: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.generated_at = self.clock().replace(microsecond=0)

    def publish(self, domains: Iterable[Domain]) -> None:
        """Other domains: a list of now, or of the second after the last one."""
        self.domains = tuple(domains)
        now = self.clock().replace(microsecond=0)
        self.generated_at = max(now, self.generated_at + timedelta(seconds=1))

    def signed(
        self,
        style: Style = FILTER,
        *,
        signer: Issued | None = None,
        at: datetime | None = None,
        authorities: Sequence[x509.Certificate] | None = None,
        domains: Sequence[Domain] | None = None,
        version: str = "1.0.0",
    ) -> etree._Element:
        """The root of a signed list; an argument that is not given is as it should be."""
        moment = at or self.generated_at
        root = unsigned_list(self.domains if domains is None else domains, moment)
        root.set("versionFormat", version)
        shown = [self.authority.root.certificate] if authorities is None else authorities
        sign(root, signer or self.signer, moment, style, shown)
        return root

    def other_signer(
        self,
        subject: str = SIGNER,
        *,
        authority: Authority | None = None,
        at: datetime | None = None,
        life: timedelta = timedelta(days=1),
    ) -> Issued:
        """A key and a certificate made for one wrong list."""
        issuer = authority or self.authority
        return issuer.issue(subject, SIGNATURE, at or self.clock(), life=life)

    def revocation_list(
        self, *, at: datetime | None = None, authority: Authority | None = None
    ) -> bytes:
        """The authority's list, DER, in force for a week from ``at``."""
        issuer, moment = authority or self.authority, (at or self.clock()) - _MINUTE
        return issuer.revocation_list(self.revoked, moment)


def to_bytes(root: etree._Element) -> bytes:
    """The file of a list."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def renamed(common_name: str | None = None, unit: str | None = None) -> str:
    """The signer's subject with another CN or OU."""
    name = x509.Name.from_rfc4514_string(SIGNER)
    wanted = {"CN": common_name, "OU": unit}
    parts = [
        x509.NameAttribute(one.oid, wanted.get(one.rfc4514_attribute_name) or str(one.value))
        for one in name
    ]
    return x509.Name(parts).rfc4514_string()
