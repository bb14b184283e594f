"""Wrong lists and wrong revocation lists: each is named, and tells what is wrong with it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from lxml import etree

from simulators.pki import Authority
from simulators.whitelist.lists import NAMESPACE, Domain, unsigned_list
from simulators.whitelist.publisher import CRL_LIFE, Publisher, renamed, to_bytes
from simulators.whitelist.signing import DS, SHA1, XADES, by_identifier, sign

HUGE_BYTES: Final = 2 * 1024 * 1024
DAY: Final = timedelta(days=1)
FORGED: Final = Domain(
    "666",
    "db1.666.mesimagesmedicales.example",
    "vi1.666.mesimagesmedicales.example",
    "Nobody",
    "CN=db1.666.mesimagesmedicales.example,C=FR",
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """``make`` gives the file; ``meaning`` is for people."""

    meaning: str
    make: Callable[[Publisher], bytes]


def _unsigned(publisher: Publisher) -> bytes:
    return to_bytes(unsigned_list(publisher.domains, publisher.generated_at))


def _tampered(publisher: Publisher) -> bytes:
    root = publisher.signed()
    _find(root, f"{{{NAMESPACE}}}db").text = FORGED.db
    return to_bytes(root)


def _tampered_properties(publisher: Publisher) -> bytes:
    root = publisher.signed()
    _find(root, f"{{{XADES}}}SigningTime").text = "2020-01-01T00:00:00Z"
    return to_bytes(root)


def _tampered_value(publisher: Publisher) -> bytes:
    root = publisher.signed()
    value = _find(root, f"{{{DS}}}SignatureValue")
    text = value.text or ""
    value.text = ("B" if text[0] == "A" else "A") + text[1:]
    return to_bytes(root)


def _wrapped(publisher: Publisher) -> bytes:
    """The whole signed list stands inside a forged one."""
    forged = unsigned_list([FORGED], publisher.generated_at)
    forged.append(publisher.signed())
    return to_bytes(forged)


def _wrapped_in_object(publisher: Publisher) -> bytes:
    """A forged list has the good signature, whose ds:Object holds the good list."""
    good = publisher.signed()
    signature = _find(good, f"{{{DS}}}Signature")
    good.remove(signature)
    forged = unsigned_list([FORGED], publisher.generated_at)
    forged.append(signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(good)
    return to_bytes(forged)


def _by_identifier(publisher: Publisher) -> bytes:
    """The signature is right, and covers one element alone: a forged one stands beside it."""
    root = unsigned_list(publisher.domains, publisher.generated_at)
    lines = _find(root, f"{{{NAMESPACE}}}ListeDomaines")
    lines.set("Id", "domaines")
    sign(root, publisher.signer, publisher.generated_at, by_identifier("domaines"))
    other = unsigned_list([FORGED], publisher.generated_at)
    root.insert(0, _find(other, f"{{{NAMESPACE}}}ListeDomaines"))
    return to_bytes(root)


def _two_signatures(publisher: Publisher) -> bytes:
    root = publisher.signed()
    root.append(copy.deepcopy(_find(root, f"{{{DS}}}Signature")))
    return to_bytes(root)


def _by(subject: str) -> Callable[[Publisher], bytes]:
    return lambda publisher: to_bytes(publisher.signed(signer=publisher.other_signer(subject)))


def _expired(publisher: Publisher) -> bytes:
    signer = publisher.other_signer(at=publisher.clock() - 30 * DAY)
    return to_bytes(publisher.signed(signer=signer))


def _not_yet(publisher: Publisher) -> bytes:
    signer = publisher.other_signer(at=publisher.clock() + DAY)
    return to_bytes(publisher.signed(signer=signer))


def _revoked(publisher: Publisher) -> bytes:
    signer = publisher.other_signer()
    publisher.revoked.add(signer.certificate.serial_number)
    return to_bytes(publisher.signed(signer=signer))


def _other_authority(publisher: Publisher) -> bytes:
    """Another authority of the same name, which stands in KeyInfo."""
    other = Authority.create(publisher.clock())
    signer = publisher.other_signer(authority=other)
    return to_bytes(publisher.signed(signer=signer, authorities=[other.root.certificate]))


def _of(days: int) -> Callable[[Publisher], bytes]:
    return lambda publisher: to_bytes(publisher.signed(at=publisher.generated_at + days * DAY))


def _huge(publisher: Publisher) -> bytes:
    line = replace(FORGED, name="x" * 1000)
    return to_bytes(publisher.signed(domains=(line,) * (HUGE_BYTES // 1400)))


def _bomb(_publisher: Publisher) -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e0 "lol">{entities}]>'
        f'<ListeBlancheDRIM-M xmlns="{NAMESPACE}" versionFormat="1.0.0">&e9;</ListeBlancheDRIM-M>'
    ).encode()


def _external(_publisher: Publisher) -> bytes:
    return (
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        f'<ListeBlancheDRIM-M xmlns="{NAMESPACE}" versionFormat="1.0.0">&e;</ListeBlancheDRIM-M>'
    ).encode()


def _find(root: etree._Element, tag: str) -> etree._Element:
    """The first element of that tag below ``root``."""
    return next(root.iter(tag))


LISTS: Final = {
    "unsigned": Wrong("no signature", _unsigned),
    "tampered": Wrong("a host changed after the signature", _tampered),
    "tampered_properties": Wrong("a signed property changed", _tampered_properties),
    "tampered_value": Wrong("the signature's value changed", _tampered_value),
    "wrapped": Wrong("a signed list inside a forged one", _wrapped),
    "wrapped_in_object": Wrong("the good list stands in the signature", _wrapped_in_object),
    "by_identifier": Wrong("the signature covers one element alone", _by_identifier),
    "two_signatures": Wrong("the signature twice", _two_signatures),
    "other_cn": Wrong("a signer of another CN", _by(renamed(common_name="Liste Blanche DRIM"))),
    "other_ou": Wrong("a signer of another OU", _by(renamed(unit="318751275100021"))),
    "expired_signer": Wrong("the signer's certificate has ended", _expired),
    "early_signer": Wrong("the signer's certificate has not begun", _not_yet),
    "revoked_signer": Wrong("the signer's certificate is revoked", _revoked),
    "other_authority": Wrong("an authority of the same name, unknown", _other_authority),
    "sha1": Wrong("RSA-SHA1", lambda publisher: to_bytes(publisher.signed(SHA1))),
    "older": Wrong("the list of the day before", _of(-1)),
    "future": Wrong("a list of tomorrow", _of(1)),
    "huge": Wrong("2 MB", _huge),
    "bomb": Wrong("a document type with entities that grow", _bomb),
    "external": Wrong("a document type with an external entity", _external),
    "not_xml": Wrong("a page of HTML", lambda _: b"<html><body>portal<br></body></html>"),
    "other_version": Wrong(
        "a list of version 2.0.0, signed",
        lambda publisher: to_bytes(publisher.signed(version="2.0.0")),
    ),
    "empty": Wrong(
        "a list without domains, signed",
        lambda publisher: to_bytes(publisher.signed(domains=())),
    ),
}
REVOCATIONS: Final = {
    "stale_crl": Wrong(
        "a revocation list that has ended",
        lambda publisher: publisher.revocation_list(at=publisher.clock() - 2 * CRL_LIFE),
    ),
    "other_crl": Wrong(
        "the revocation list of another authority of the same name",
        lambda publisher: publisher.revocation_list(authority=Authority.create(publisher.clock())),
    ),
    "not_crl": Wrong("no revocation list", lambda _: b"not a list"),
}
