"""functions.drimbox.peers.signature: libxmlsec1 inside, xmlsec1 and the JDK as judges outside."""

from __future__ import annotations

import base64
import copy
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.envelope import DS, XADES, open_envelope
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.signature import require_signature
from functions.drimbox.peers.white_list import read_white_list
from functions.drimbox.safe_xml import UnsafeXml, parse
from simulators.whitelist.publisher import to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER, Style
from tests.drimbox.dmp.judges import jdk, needs_judges, xmlsec1
from tests.drimbox.peers.scenes import fault, publisher

STYLES = pytest.mark.parametrize("style", [FILTER, ENVELOPED], ids=["filter", "enveloped"])
NS = {"ds": DS, "xades": XADES}
OFFICIAL = Path(__file__).resolve().parents[4] / "shared/data/official/whitelist"


def accept(data: bytes) -> None:
    require_signature(open_envelope(parse(data)))


@STYLES
def test_a_signature_of_each_style_verifies(style: Style) -> None:
    accept(to_bytes(publisher().signed(style)))


@pytest.mark.parametrize(
    "path",
    [
        "ds:SignatureValue",
        "ds:SignedInfo/ds:Reference[2]/ds:DigestValue",
    ],
)
@STYLES
def test_a_changed_value_is_refused(style: Style, path: str) -> None:
    root = parse(to_bytes(publisher().signed(style)))
    found = root.find(f"ds:Signature/{path}", NS)
    assert found is not None
    value = bytearray(base64.b64decode(found.text or ""))
    value[7] ^= 1
    found.text = base64.b64encode(value).decode()
    assert fault(lambda: require_signature(open_envelope(root))) == Fault.ALTERED


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".//xades:SigningTime", "2026-11-24T08:00:00Z"),
        (".//xades:MimeType", "text/plain"),
    ],
)
@STYLES
def test_a_changed_property_is_refused(style: Style, path: str, text: str) -> None:
    root = parse(to_bytes(publisher().signed(style)))
    found = root.find(path, NS)
    assert found is not None
    found.text = text
    assert fault(lambda: require_signature(open_envelope(root))) == Fault.ALTERED


def test_another_accepted_algorithm_is_not_the_signed_one() -> None:
    root = parse(to_bytes(publisher().signed()))
    for name in ("SignatureMethod", "CanonicalizationMethod"):
        found = root.find(f"ds:Signature/ds:SignedInfo/ds:{name}", NS)
        assert found is not None
        before = found.get("Algorithm", "")
        other = {
            "SignatureMethod": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            "CanonicalizationMethod": "http://www.w3.org/2006/12/xml-c14n11",
        }[name]
        found.set("Algorithm", other)
        assert fault(lambda: require_signature(open_envelope(root))) == Fault.ALTERED
        found.set("Algorithm", before)
    require_signature(open_envelope(root))


def test_the_key_is_that_of_the_named_certificate() -> None:
    """KeyInfo may show more certificates, and a key: none of them is taken for it."""
    made = publisher()
    other = made.other_signer()
    root = made.signed(signer=other, authorities=[made.signer.certificate])
    digest = root.find(".//xades:CertDigest/ds:DigestValue", NS)
    own = made.signed().find(".//xades:CertDigest/ds:DigestValue", NS)
    assert digest is not None and own is not None  # noqa: PT018
    digest.text = own.text
    shown = root.find(".//ds:X509Data", NS)
    assert shown is not None
    fresh = etree.SubElement(shown, f"{{{DS}}}X509Certificate")
    genuine = made.signed().find(".//ds:X509Certificate", NS)
    assert genuine is not None
    fresh.text = genuine.text
    envelope = open_envelope(parse(to_bytes(root)))
    assert envelope.certificate == made.signer.certificate
    assert fault(lambda: require_signature(envelope)) == Fault.ALTERED


@STYLES
def test_no_changed_byte_adds_or_moves_a_domain(style: Style) -> None:
    """A change is refused, or is none for XML: white space in base64, the case of a prefix."""
    data = to_bytes(publisher().signed(style))
    good = open_envelope(parse(data)).covered
    for place in range(0, len(data), 17):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 7)
        try:
            envelope = open_envelope(parse(bytes(changed)))
            require_signature(envelope)
        except (UnsafeXml, WhiteListUnusable):
            continue
        assert envelope.covered == good


@STYLES
def test_no_moved_copied_or_lost_element_changes_the_domains(style: Style) -> None:
    """Signature wrapping, by chance: a list that is accepted says the same as the signed one."""
    data = to_bytes(publisher().signed(style))
    good = read_white_list(parse(open_envelope(parse(data)).covered))
    chance = Random(1)  # noqa: S311  # the same changes each time
    accepted = 0
    for _ in range(150):
        root = parse(data)
        for _ in range(chance.randint(1, 2)):
            moved, target = chance.choices(list(root.iter()), k=2)
            one = copy.deepcopy(moved)
            parent = moved.getparent()
            if parent is not None and chance.random() < 0.5:
                parent.remove(moved)
            if chance.random() < 0.8:
                target.insert(chance.randint(0, len(target)), one)
        try:
            envelope = open_envelope(root)
            require_signature(envelope)
        except WhiteListUnusable:
            continue
        assert read_white_list(parse(envelope.covered)) == good
        accepted += 1
    # An element that is taken away and put back in its place, or texts of KeyInfo.
    assert accepted < 15


@pytest.mark.judge
@needs_judges
def test_the_judges_accept_the_same_lists_and_refuse_the_spoiled_ones(tmp_path: Path) -> None:
    made = publisher()
    certificate = tmp_path / "signer.pem"
    certificate.write_text(made.signer.certificate_pem)
    wanted: dict[Path, bool] = {}
    for number, style in enumerate((FILTER, ENVELOPED)):
        data = to_bytes(made.signed(style))
        for name, content in {
            "good": data,
            "host": data.replace(b"<db>db1.901.", b"<db>db1.902."),
            "time": data.replace(b":SigningTime>2026", b":SigningTime>2025"),
        }.items():
            path = tmp_path / f"{name}-{number}.xml"
            path.write_bytes(content)
            wanted[path] = name == "good"
    ids = [f"Id {XADES}:SignedProperties"]
    assert {path: xmlsec1(certificate, path, ids) for path in wanted} == wanted
    verdicts = jdk(certificate, *wanted)
    assert [one == "valid" for one in verdicts] == list(wanted.values())
    for path, good in wanted.items():
        found = fault(lambda path=path: accept(path.read_bytes()))  # type: ignore[misc]
        assert (not found) is good


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the national test data is not here")
def test_the_official_lists() -> None:
    """The signature of the sample of 2024 holds (its signer's certificate has ended)."""
    accept((OFFICIAL / "signed.xml").read_bytes())
    data = (OFFICIAL / "unsigned.xml").read_bytes()
    assert fault(lambda: accept(data)) == Fault.UNSIGNED
