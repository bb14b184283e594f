"""The signature document of a set (IHE DSG), and its proof of the files beside it.

Its manifest lists a digest of each document, and its signature covers that manifest. The signer is
the certificate in it: known where the authorities of the structures vouch for it. Nobody asks
whether it was revoked, and the date of signing is the signer's own word. The pages say all of this.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from functions.drimbox import safe_xml
from functions.drimbox.dmp.signing import DS, SHA1, SHA256
from functions.drimbox.identity.issuing import has_signed, is_strong, may_issue
from functions.drimbox.identity.unreadable_certificate import UNREADABLE
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_BYTES: Final = 256 * 1024
_LONGEST_CHAIN: Final = 4
_ONE: Final = 1
_DIGESTS: Final = {one.digest_uri: one.digest for one in (SHA1, SHA256)}
_C14N: Final = (
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
)
# Whether a canonical form is the exclusive one.
_FORMS: Final = {
    _C14N[0]: False,
    f"{_C14N[0]}#WithComments": False,
    _C14N[1]: True,
    f"{_C14N[1]}WithComments": True,
}
# SHA-1 where the network's samples have it (CI-SIS).
_SIGNATURES: Final = {
    SHA1.signature_uri: hashes.SHA1(),  # noqa: S303
    SHA256.signature_uri: hashes.SHA256(),
}


class Proof(StrEnum):
    """The worth of the signature of a document.

    TRUSTED: its bytes are those that a signer signed, for whom the authorities vouch. INTACT: the
    same of a signer for whom they do not. UNVERIFIABLE: the certificate or the algorithms cannot be
    used. NONE: no signature names it. WRONG: it does not fit the document, or does not verify.
    """

    TRUSTED = "trusted"
    INTACT = "intact"
    UNVERIFIABLE = "unverifiable"
    NONE = "none"
    WRONG = "wrong"


@frozen
class Signature:
    """A signature document. ``proof`` is that of its own value; ``digests`` are the (algorithm,
    digest) by unique identifier; ``signer`` is the common name and organisation of its certificate,
    ``signed_at`` the signer's own word ("" without one)."""

    proof: Proof
    digests: Mapping[str, tuple[str, bytes]]
    signer: str = ""
    signed_at: str = ""

    def of(self, unique_id: str, content: bytes) -> Proof:
        """The proof of one document of the set, by its raw bytes."""
        if unique_id not in self.digests:
            return Proof.NONE
        algorithm, digest = self.digests[unique_id]
        if algorithm not in _DIGESTS:
            return Proof.UNVERIFIABLE
        # SHA-1 where the network's samples have it (CI-SIS): a digest to compare, not a secret.
        found = hashlib.new(_DIGESTS[algorithm], content, usedforsecurity=False).digest()
        return self.proof if hmac.compare_digest(found, digest) else Proof.WRONG

    def __repr__(self) -> str:
        return f"Signature({self.proof})"


UNREADABLE_SIGNATURE: Final = Signature(Proof.WRONG, {})


def read_signature(data: bytes, authorities: Sequence[x509.Certificate]) -> Signature:
    """The signature document of a set; never raises.

    One that is not of the form of DSG is WRONG: nothing of its set is shown.
    """
    try:
        root = safe_xml.parse(data, max_bytes=MAX_BYTES)
        manifest, info = _form(root)
        digests = _digests(manifest)
    except (safe_xml.UnsafeXml, ValueError):
        return UNREADABLE_SIGNATURE
    certificate = _certificate(root)
    key = None if certificate is None else _key(certificate)
    if certificate is None or key is None or not _is_usable(info):
        return Signature(Proof.UNVERIFIABLE, digests)
    told = {"signer": _signer(certificate), "signed_at": _signing_time(root, info)}
    try:
        verifies = _verifies(root, info, key)
    except (ValueError, KeyError, etree.LxmlError):
        # No algorithm, no base64, or XML that has no canonical form.
        return UNREADABLE_SIGNATURE
    if not verifies:
        return Signature(Proof.WRONG, digests, **told)
    trusted = _is_known(certificate, authorities, told["signed_at"])
    return Signature(Proof.TRUSTED if trusted else Proof.INTACT, digests, **told)


def _form(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    """The manifest that the signature covers, and SignedInfo: exactly one of each, where they
    belong, so that nothing is verified in one place and read in another."""
    manifests = root.findall(f"{{{DS}}}Object/{{{DS}}}Manifest")
    infos = root.findall(f"{{{DS}}}SignedInfo")
    everywhere = [*root.iter(f"{{{DS}}}Manifest", f"{{{DS}}}SignedInfo", f"{{{DS}}}Signature")]
    names = [one.get("Id") for one in root.iter() if one.get("Id") is not None]
    if root.tag != f"{{{DS}}}Signature" or len(manifests) != _ONE or len(infos) != _ONE:
        raise ValueError("not a signature document")
    if len(everywhere) != len((root, *manifests, *infos)) or len(set(names)) < len(names):
        raise ValueError("a part twice")
    covered, named = _covered(infos[0]), manifests[0].get("Id")
    if not named or covered.count(f"#{named}") != _ONE:
        raise ValueError("the manifest is not covered")
    if any(uri is None or uri[:1] != "#" or uri[1:] not in names for uri in covered):
        raise ValueError("a reference to another document")
    return manifests[0], infos[0]


def _covered(info: etree._Element) -> list[str | None]:
    return [one.get("URI") for one in info.findall(f"{{{DS}}}Reference")]


def _digests(manifest: etree._Element) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for reference in manifest.iterchildren(f"{{{DS}}}Reference"):
        name = reference.get("URI", "").removeprefix("urn:oid:")
        method = reference.find(f"{{{DS}}}DigestMethod")
        value = reference.findtext(f"{{{DS}}}DigestValue", "")
        if name in found or method is None or reference.find(f"{{{DS}}}Transforms") is not None:
            raise ValueError("a reference that cannot be compared")
        found[name] = method.get("Algorithm", ""), _decoded(value)
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def _certificate(root: etree._Element) -> x509.Certificate | None:
    found = root.findall(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(found) != _ONE:
        return None
    try:
        return x509.load_der_x509_certificate(_decoded(found[0].text or ""))
    except UNREADABLE:
        return None


def _is_usable(info: etree._Element) -> bool:
    """Whether every algorithm is one of those that we compute; no transform but one canonical form
    for each reference."""
    methods = info.iterfind(f"{{{DS}}}CanonicalizationMethod")
    signatures = [one.get("Algorithm") for one in info.iterfind(f"{{{DS}}}SignatureMethod")]
    digests = info.iter(f"{{{DS}}}DigestMethod")
    transforms = [list(one) for one in info.iter(f"{{{DS}}}Transforms")]
    forms = [*methods, *(one for several in transforms for one in several)]
    return (
        {one.get("Algorithm") for one in forms} <= set(_FORMS)
        and all(len(several) == _ONE for several in transforms)
        and len(signatures) == _ONE
        and signatures[0] in _SIGNATURES
        and {one.get("Algorithm") for one in digests} <= set(_DIGESTS)
    )


def _key(certificate: x509.Certificate) -> rsa.RSAPublicKey | None:
    try:
        key = certificate.public_key()
    except UNREADABLE:
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None


def _verifies(root: etree._Element, info: etree._Element, key: rsa.RSAPublicKey) -> bool:
    """The digest of each part that SignedInfo names, and the signature's value (XMLDSig 3.2).

    Nothing is ever looked up by a reference but a part of this very document.
    """
    parts = {one.get("Id", ""): one for one in root.iter() if one.get("Id") is not None}
    for reference in info.iterfind(f"{{{DS}}}Reference"):
        part = parts[reference.get("URI", "")[1:]]
        form = reference.find(f"{{{DS}}}Transforms/*")
        data = _canonical(part, _C14N[0] if form is None else form.get("Algorithm", ""))
        digest = _DIGESTS[_algorithm(reference, "DigestMethod")]
        value = _decoded(reference.findtext(f"{{{DS}}}DigestValue", ""))
        if hashlib.new(digest, data, usedforsecurity=False).digest() != value:
            return False
    data = _canonical(info, _algorithm(info, "CanonicalizationMethod"))
    value = _decoded(root.findtext(f"{{{DS}}}SignatureValue", ""))
    try:
        key.verify(
            value, data, padding.PKCS1v15(), _SIGNATURES[_algorithm(info, "SignatureMethod")]
        )
    except InvalidSignature:
        return False
    return True


def _algorithm(parent: etree._Element, name: str) -> str:
    found = parent.find(f"{{{DS}}}{name}")
    return "" if found is None else found.get("Algorithm", "")


def _canonical(part: etree._Element, form: str) -> bytes:
    """The part in that canonical form. It is written and read again alone first: libxml2 adds an
    empty namespace to a part of a tree. The parser has dropped all comments."""
    alone = safe_xml.parse(etree.tostring(part, with_tail=False), max_bytes=2 * MAX_BYTES)
    return etree.tostring(alone, method="c14n", exclusive=_FORMS[form], with_comments=False)


def _signer(certificate: x509.Certificate) -> str:
    try:
        subject = certificate.subject
    except UNREADABLE:
        return ""
    kinds = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    told = (str(one.value) for kind in kinds for one in subject.get_attributes_for_oid(kind)[:1])
    return ", ".join(told)[:200]


def _signing_time(root: etree._Element, info: etree._Element) -> str:
    """The time that the signature covers, "" for none or several: any other is nobody's word."""
    covered = _covered(info)
    parts = [one for one in root.iter() if one.get("Id") and f"#{one.get('Id')}" in covered]
    found = [one.text or "" for part in parts for one in part.iter("{*}SigningTime")]
    return found[0].strip()[:40] if len(found) == _ONE else ""


def _is_known(
    certificate: x509.Certificate, authorities: Sequence[x509.Certificate], signed_at: str
) -> bool:
    """Whether the authorities vouch for the certificate at the time that the signer tells."""
    try:
        at = datetime.fromisoformat(signed_at)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            return False
    except UNREADABLE:
        return False
    return is_strong(certificate) and _chains(certificate, authorities, _LONGEST_CHAIN)


def _chains(
    certificate: x509.Certificate, authorities: Sequence[x509.Certificate], longest: int
) -> bool:
    """Whether one way leads to a self-signed authority of the declared ones."""
    if certificate in authorities and has_signed(certificate, certificate):
        return True
    return longest > 0 and any(
        may_issue(one) and has_signed(one, certificate) and _chains(one, authorities, longest - 1)
        for one in authorities
        if one != certificate
    )
