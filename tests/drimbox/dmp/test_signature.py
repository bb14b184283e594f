"""The signature document verifies by two judges, in both algorithm sets."""

from __future__ import annotations

import base64
import copy
import hashlib
from importlib import resources
from pathlib import Path

import pytest
from lxml import etree

from functions.drimbox.dmp import signature
from functions.drimbox.dmp.signing import DS, SHA1, SHA256, AlgorithmSet
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import judges, samples

SETS = pytest.mark.parametrize("algorithms", [SHA1, SHA256], ids=["sha1", "sha256"])
NS = {"ds": DS}


def build(algorithms: AlgorithmSet = SHA1) -> bytes:
    return signature.sign(
        samples.SIGNATURE,
        samples.SUBMISSION_SET,
        (signature.SignedDocument(samples.MANIFEST, samples.KOS),),
        samples.signer(),
        at=samples.AT.astimezone(samples.PARIS),
        algorithms=algorithms,
    )


def ids(algorithms: AlgorithmSet) -> list[str]:
    return [f"Id {DS}:Manifest", f"Id {algorithms.xades}:SignedProperties"]


@SETS
def test_the_manifest_digests_the_raw_documents(algorithms: AlgorithmSet) -> None:
    references = parse(build(algorithms)).findall(".//ds:Manifest/ds:Reference", NS)
    digests = {str(r.get("URI")): r.findtext("ds:DigestValue", namespaces=NS) for r in references}
    expected = hashlib.new(algorithms.digest, samples.KOS).digest()
    assert digests == {
        "urn:oid:2.25.1001": "AA==",
        "urn:oid:2.25.1002": base64.b64encode(expected).decode(),
    }


@SETS
def test_the_signed_properties_name_time_and_certificate(algorithms: AlgorithmSet) -> None:
    root = parse(build(algorithms))
    ns = {"x": algorithms.xades, **NS}
    held = root.find(".//x:SigningCertificate/x:Cert", ns)
    assert held is not None
    assert root.findtext(".//x:SigningTime", namespaces=ns) == "2026-03-02T10:30:15.250+01:00"
    prefix = "x" if algorithms is SHA1 else "ds"
    digest = held.findtext(f"x:CertDigest/{prefix}:DigestValue", namespaces=ns)
    der = samples.signer().certificate
    assert digest == base64.b64encode(hashlib.new(algorithms.digest, der).digest()).decode()
    assert held.findtext("x:IssuerSerial/ds:X509SerialNumber", namespaces=ns) == str(0x5A17)
    name = str(held.findtext("x:IssuerSerial/ds:X509IssuerName", namespaces=ns))
    assert name.startswith("CN=DRIMbox de test, OU=")
    assert root.find(".//x:SignaturePolicyImplied", ns) is not None
    assert root.find(".//x:SignedDataObjectProperties", ns) is not None


def test_each_reference_has_its_type() -> None:
    told = {
        algorithms.digest: [
            str(r.get("Type"))
            for r in parse(build(algorithms)).iterfind("ds:SignedInfo/ds:Reference", NS)
        ]
        for algorithms in (SHA1, SHA256)
    }
    manifest = "http://www.w3.org/2000/09/xmldsig#Manifest"
    assert told == {
        "sha1": [manifest, "http://uri.etsi.org/01903/v1.1.1#SignedProperties"],
        "sha256": [manifest, "http://uri.etsi.org/01903#SignedProperties"],
    }


def test_ids_and_purpose() -> None:
    root = parse(build())
    purpose = root.find(".//ds:SignatureProperty", NS)
    assert root.get("Id") == "2.25.1003"
    assert purpose is not None
    assert (purpose.text, purpose.get("Target")) == ("1.2.840.10065.1.12.1.14", "#2.25.1003")


@SETS
def test_same_facts_same_bytes(algorithms: AlgorithmSet) -> None:
    assert build(algorithms) == build(algorithms)


@pytest.mark.judge
@judges.needs_judges
@SETS
def test_both_judges_verify_it_and_refuse_a_spoiled_one(
    algorithms: AlgorithmSet, tmp_path: Path, certificate_file: Path
) -> None:
    good = build(algorithms)
    cases = {
        "good": good,
        "document": good.replace(b"urn:oid:2.25.1002", b"urn:oid:2.25.1009"),
        "submission set": good.replace(b"AA==", b"AQ=="),
        "time": good.replace(b"T10:30", b"T10:31"),
        "namespace": good.replace(
            b"<SignedDataObjectProperties>", b"<SignedDataObjectProperties >"
        ),
    }
    expected = [True, False, False, False, True]
    files = [tmp_path / f"{name}.xml" for name in cases]
    for file, data in zip(files, cases.values(), strict=True):
        file.write_bytes(data)
    told = [judges.xmlsec1(certificate_file, file, ids(algorithms)) for file in files]
    assert told == expected
    assert judges.jdk(certificate_file, *files) == ["valid" if e else "invalid" for e in expected]


@judges.needs_schemas
@SETS
def test_it_passes_the_xmldsig_schema_but_for_what_dsg_itself_breaks(
    algorithms: AlgorithmSet,
) -> None:
    """DSG's purpose is text only, and an OID is no xs:ID: both are taken out before."""
    schema = judges.xsd("xmldsig-core-schema.xsd")
    root = parse(build(algorithms))
    purpose = root.find("ds:Object[ds:SignatureProperties]", NS)
    assert purpose is not None
    root.remove(purpose)
    root.set("Id", "S1")
    schema.assertValid(root)
    spoiled = copy.deepcopy(root)
    spoiled[0].remove(spoiled[0][0])
    assert not schema.validate(spoiled)


def test_the_newer_set_passes_the_xades_schema() -> None:
    folder = resources.files("signxml.xades") / "schemas"
    with resources.as_file(folder) as path:
        schema = etree.XMLSchema(etree.parse(str(path / "XAdES01903v132-201601.xsd")))
    found = parse(build(SHA256)).find(f".//{{{SHA256.xades}}}QualifyingProperties")
    assert found is not None
    schema.assertValid(found)
    certificate = found.find(f".//{{{SHA256.xades}}}CertDigest")
    assert certificate is not None
    certificate.remove(certificate[0])
    assert not schema.validate(found)
