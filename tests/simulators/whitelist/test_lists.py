"""The lists: both styles verify by libxmlsec1, and each wrong one is wrong as it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import xmlsec
from cryptography import x509
from lxml import etree

from simulators.pki import Authority
from simulators.whitelist.lists import BadDomain, Domain
from simulators.whitelist.publisher import SIGNER, Publisher, renamed, to_bytes
from simulators.whitelist.signing import DS, ENVELOPED, FILTER, XADES, Style
from simulators.whitelist.wrong import HUGE_BYTES, LISTS, REVOCATIONS

# The wrong lists whose every signature verifies all the same: other rules refuse them.
VERIFY = {
    "by_identifier",
    "early_signer",
    "empty",
    "expired_signer",
    "future",
    "huge",
    "older",
    "other_authority",
    "other_cn",
    "other_ou",
    "other_version",
    "revoked_signer",
    "sha1",
    "two_signatures",
}


def verifies(data: bytes) -> bool:
    """Whether the first signature holds under the certificate beside it."""
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    xmlsec.tree.add_ids(root, ["Id"])
    signature = next(root.iter(f"{{{DS}}}Signature"))
    shown = next(signature.iter(f"{{{DS}}}X509Certificate")).text or ""
    pem = f"-----BEGIN CERTIFICATE-----\n{shown}\n-----END CERTIFICATE-----\n"
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem, None)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


@pytest.mark.parametrize("style", [FILTER, ENVELOPED], ids=["filter", "enveloped"])
def test_a_list_of_each_style_verifies(publisher: Publisher, style: Style) -> None:
    data = to_bytes(publisher.signed(style))
    assert verifies(data)
    root = etree.fromstring(data)
    assert root[-1].tag == f"{{{DS}}}Signature"
    assert len(list(root.iter(f"{{{XADES}}}SigningTime"))) == 1
    assert len(list(root.iter(f"{{{DS}}}X509Certificate"))) == (1 if style is FILTER else 2)


@pytest.mark.parametrize("kind", sorted(LISTS.keys() - {"unsigned", "bomb", "external", "not_xml"}))
def test_a_wrong_list_has_its_one_fault(publisher: Publisher, kind: str) -> None:
    assert verifies(LISTS[kind].make(publisher)) is (kind in VERIFY)


def test_lists_without_a_signature(publisher: Publisher) -> None:
    for kind in ("unsigned", "bomb", "external", "not_xml"):
        assert b"SignatureValue" not in LISTS[kind].make(publisher)
    assert len(LISTS["huge"].make(publisher)) > 0.5 * HUGE_BYTES


def test_a_revoked_signer_stands_in_the_revocation_list(publisher: Publisher) -> None:
    def numbers() -> set[int]:
        return {one.serial_number for one in x509.load_der_x509_crl(publisher.revocation_list())}

    assert numbers() == set()
    LISTS["revoked_signer"].make(publisher)
    assert numbers() == publisher.revoked
    assert len(publisher.revoked) == 1
    assert publisher.signer.certificate.serial_number not in publisher.revoked


def test_the_revocation_lists(publisher: Publisher, authority: Authority) -> None:
    good = x509.load_der_x509_crl(publisher.revocation_list())
    key = authority.root.key.public_key()
    assert good.is_signature_valid(key)
    now = datetime.now(UTC)
    assert good.next_update_utc is not None
    assert good.last_update_utc <= now <= good.next_update_utc
    stale = x509.load_der_x509_crl(REVOCATIONS["stale_crl"].make(publisher))
    assert stale.next_update_utc is not None
    assert stale.next_update_utc < now
    other = x509.load_der_x509_crl(REVOCATIONS["other_crl"].make(publisher))
    assert other.issuer == good.issuer
    assert not other.is_signature_valid(key)


def test_a_new_list_is_later_than_the_last_one(publisher: Publisher) -> None:
    first = publisher.generated_at
    publisher.publish(publisher.domains[:1])
    assert publisher.generated_at >= first + timedelta(seconds=1)
    assert len(publisher.domains) == 1


def test_another_name_differs_in_one_part() -> None:
    assert renamed() == x509.Name.from_rfc4514_string(SIGNER).rfc4514_string()
    assert "CN=Other," in renamed(common_name="Other")
    assert "OU=1," in renamed(unit="1")


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {},
        {"identifier": "1", "db": "a", "vi": "b", "name": "c"},
        {"identifier": 1, "db": "a", "vi": "b", "name": "c", "certificate": "CN=d"},
        {"identifier": "1", "db": "\x00", "vi": "b", "name": "c", "certificate": "CN=d"},
        {"identifier": "1", "db": "a", "vi": "b", "name": "c", "certificate": "d", "more": ""},
    ],
)
def test_a_domain_that_is_none(facts: object) -> None:
    with pytest.raises(BadDomain):
        Domain.read(facts)
