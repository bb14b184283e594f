"""The choice of the certificate under which a report is sent (IGC-Santé, EX_GEN-1450).

1. The structure is that of the report's legal authenticator, if the tenant declares it:
   ``functions.drimbox.publication.acting_structure``.
2. The holder of its certificates is the structure itself (EG), or its legal entity (EJ/EG):
   ``Structure.holder`` in ``functions.drimbox.tenants.model``.
3. The holder's pair is the current one, or the former one until the current one's first day:
   ``choose``, below. ``judge`` says whether a pair may serve: key, structure, usage, authority,
   dates (RFC 5280 4.1, 4.2 and 6.1; revocation is the DMP's to check).

Where no pair may serve the report is held: nothing is sent under an identity that was not checked
here (decision 0040). Only public facts of a certificate leave this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from functions.drimbox.errors import ConfigurationError, Held
from functions.drimbox.identity.certificate_findings import CertificateFacts, Fault, Judgement, Use
from functions.drimbox.identity.issuing import extension, has_signed, may_issue
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    # Every function reads verdicts; only some open a connection and need the HTTP client.
    from datetime import datetime

    from functions.drimbox.tls import TlsIdentity

MAX_PEM: Final = 64 * 1024
_LONGEST_CHAIN: Final = 5
_TLS_ALONE: Final = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH})
_MAY_BE_CLIENT: Final = frozenset(
    {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)


Former = Callable[[], "TlsIdentity | None"]
"""Gives the pair that the present one replaced."""


def judge(
    pair: TlsIdentity | None, *, holder: str, use: Use, trust_anchors: str, at: datetime
) -> Judgement:
    """Whether ``pair`` may serve ``use`` at ``at`` for the structure ``holder``.

    ``pair.certificate`` is PEM, the leaf first, its intermediates after it; ``trust_anchors`` PEM.
    """
    if pair is None:
        return Judgement(None, Fault.ABSENT)
    read = _read(pair, holder, use, trust_anchors)
    if read.facts is None or read.fault is not None:
        return Judgement(read.facts, read.fault)
    if not any(begin <= at <= end for begin, end in read.chains):
        return Judgement(read.facts, _by_date(read.facts, at) or Fault.UNTRUSTED)
    return Judgement(read.facts, None)


def choose(
    current: TlsIdentity | None,
    former: Former,
    *,
    holder: str,
    use: Use,
    trust_anchors: str,
    at: datetime,
) -> tuple[TlsIdentity | None, Judgement]:
    """The pair to use now, and its facts; None with the reason when none may serve.

    It is ``current``, the one put last. The one that it replaced serves only while it waits for its
    date, so that a new certificate may be put in place in advance; any other fault is never hidden.
    """

    def judged(pair: TlsIdentity | None) -> Judgement:
        return judge(pair, holder=holder, use=use, trust_anchors=trust_anchors, at=at)

    verdict = judged(current)
    if verdict.fault is Fault.NOT_YET_VALID:
        previous = former()
        judgement = judged(previous)
        if judgement.fault is None:
            return previous, judgement
    return (current if verdict.fault is None else None), verdict


def require(chosen: tuple[TlsIdentity | None, Judgement], holder: str, use: Use) -> TlsIdentity:
    """The pair that was chosen for ``holder``; Held ``no_certificate_for_structure`` without."""
    pair, verdict = chosen
    if pair is None:
        detail = f"{use.kind} of {holder}: {verdict.fault}"
        raise Held("no_certificate_for_structure", detail)
    return pair


@frozen
class _Read:
    """``chains``: the time in which every certificate of a way to an anchor is valid."""

    facts: CertificateFacts | None
    fault: Fault | None
    chains: tuple[tuple[datetime, datetime], ...] = ()


# Kept: reading an RSA key costs far more than all the rest.
@lru_cache(maxsize=128)
def _read(pair: TlsIdentity, holder: str, use: Use, trust_anchors: str) -> _Read:
    facts = None
    try:
        if len(pair.certificate) > MAX_PEM:
            raise ValueError("certificates above 64 KiB")
        leaf, *others = x509.load_pem_x509_certificates(pair.certificate.encode())
        facts, usable, owned = _facts(leaf), _may(leaf, use), leaf.public_key()
        key = load_pem_private_key(pair.private_key.encode(), password=None)
    except UNREADABLE:
        return _Read(facts, Fault.UNREADABLE)
    if not isinstance(key, rsa.RSAPrivateKey):
        return _Read(facts, Fault.UNREADABLE)
    if key.public_key() != owned:
        return _Read(facts, Fault.KEY_MISMATCH)
    if structures(leaf.subject) != {holder}:
        return _Read(facts, Fault.OTHER_STRUCTURE)
    if not usable:
        return _Read(facts, Fault.WRONG_USAGE)
    chains = tuple(_chains(leaf, others, _anchors(trust_anchors), _LONGEST_CHAIN))
    return _Read(facts, None if chains else Fault.UNTRUSTED, chains)


def structures(subject: x509.Name) -> frozenset[str]:
    """The structure identifiers of a subject: its OU values (IGC-Santé, "1" + FINESS…)."""
    units = subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return frozenset(str(unit.value).strip() for unit in units)


@lru_cache(maxsize=4)
def _anchors(pem: str) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except UNREADABLE:
        raise ConfigurationError("the trust anchors are not certificates in PEM") from None


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial_number=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _by_date(facts: CertificateFacts, at: datetime) -> Fault | None:
    if at < facts.not_before:
        return Fault.NOT_YET_VALID
    return Fault.EXPIRED if at > facts.not_after else None


def _may(certificate: x509.Certificate, use: Use) -> bool:
    """Key usages as RFC 5280 4.2.1.3 and 4.2.1.12 have them; an absent extension restricts nothing.

    A certificate of TLS alone does not sign: that is an ORG_AUTH_CLI in the wrong place.
    """
    extensions = certificate.extensions
    usage = extension(extensions, x509.KeyUsage)
    extended = frozenset(extension(extensions, x509.ExtendedKeyUsage) or ())
    if use is Use.AUTH:
        return (usage is None or usage.digital_signature) and (
            not extended or not extended.isdisjoint(_MAY_BE_CLIENT)
        )
    return (usage is None or usage.digital_signature or usage.content_commitment) and not (
        extended and extended <= _TLS_ALONE
    )


def _chains(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    longest: int,
) -> list[tuple[datetime, datetime]]:
    """When each way from ``leaf`` to an anchor is valid, as (from, until)."""
    ways = [
        _both(leaf, anchor) for anchor in anchors if may_issue(anchor) and has_signed(anchor, leaf)
    ]
    if longest > 1:
        for issuer in others:
            if issuer != leaf and may_issue(issuer) and has_signed(issuer, leaf):
                left = [one for one in others if one != issuer]
                own = (leaf.not_valid_before_utc, leaf.not_valid_after_utc)
                ways += [
                    (max(own[0], begin), min(own[1], end))
                    for begin, end in _chains(issuer, left, anchors, longest - 1)
                ]
    return ways


def _both(one: x509.Certificate, other: x509.Certificate) -> tuple[datetime, datetime]:
    return (
        max(one.not_valid_before_utc, other.not_valid_before_utc),
        min(one.not_valid_after_utc, other.not_valid_after_utc),
    )
