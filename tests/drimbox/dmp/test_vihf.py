"""The VIHF says who acts, verifies anywhere, and lives 30 seconds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.dmp import soap, vihf
from functions.drimbox.dmp.signing import ALGORITHM_SETS, SHA1, SHA256, AlgorithmSet
from functions.drimbox.dmp.vihf_facts import AuthenticationMode
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import judges, samples

TERMINOLOGY: Final = Path(__file__).parents[4] / "shared/data/official/terminology"
NS = {"s": judges.SAML, "ds": judges.DS, "hl7": "urn:hl7-org:v3"}
ASSERTION_ID = f"ID {judges.SAML}:Assertion"
SETS = pytest.mark.parametrize("algorithms", [SHA1, SHA256], ids=["sha1", "sha256"])


def build(algorithms: AlgorithmSet = SHA1, **changes: object) -> bytes:
    return vihf.build(
        samples.vihf_facts(**changes),
        samples.signer(),
        at=samples.AT,
        assertion_id="5f6f1a52-3f0a-4a39-8a34-5d9f1ac7f001",
        algorithms=algorithms,
    )


def values(root: etree._Element, name: str) -> list[str]:
    found = root.findall(f".//s:Attribute[@Name='{name}']/s:AttributeValue", NS)
    return [v.text or str(v[0].get("code")) for v in found]


def test_it_says_who_acts_for_whom_from_where() -> None:
    root = parse(build())
    assert root.get("IssueInstant") == "2026-03-02T09:30:15.250Z"
    assert root.findtext("s:Subject/s:NameID", namespaces=NS) == "810100000001"
    issuer = root.find("s:Issuer", NS)
    assert issuer is not None
    assert issuer.text == (
        r"CN=DRIMbox de test, OU=1750803447, O=Imagerie Ambroise\, site nord, "
        "ST=Paris (75), C=FR"
    )
    assert str(issuer.get("Format")).endswith(":X509SubjectName")
    expected = {
        "VIHF_Version": ["3.0"],
        "Secteur_Activite": ["SA07^1.2.250.1.71.4.2.4"],
        "Ressource_URN": ["urn:dmp"],
        "urn:oasis:names:tc:xspa:1.0:subject:subject-id": ["Camille VERNIER"],
        "Identifiant_Structure": ["1750803447"],
        "LPS_ID": ["lps-0001"],
        "LPS_Nom": ["DRIMbox"],
        "LPS_ID_HOMOLOGATION_DMP": ["HOMOLOGATION-SECRETE"],
        "LPS_Version": ["0.1.0"],
        "urn:oasis:names:tc:xacml:2.0:resource:resource-id": [
            "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
        ],
        "Authentification_Mode": ["INDIRECTE"],
        "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": ["normal"],
        "urn:oasis:names:tc:xacml:2.0:subject:role": ["10", "SM44"],
    }
    named = [str(a.get("Name")) for a in root.iterfind(".//s:Attribute", NS)]
    assert {name: values(root, name) for name in named} == expected


def labels(root: etree._Element) -> list[tuple[str, str]]:
    roles = root.findall(".//hl7:Role", NS)
    return [(str(one.get("code")), str(one.get("displayName"))) for one in roles]


def test_each_role_has_the_label_of_its_table() -> None:
    assert labels(parse(build())) == [("10", "Médecin"), ("SM44", "Radio-diagnostic (SM)")]
    nuclear = labels(parse(build(specialty="SM28")))
    assert nuclear == [("10", "Médecin"), ("SM28", "Médecine nucléaire (SM)")]


@pytest.mark.parametrize(
    ("table", "system", "ours"),
    [
        ("TRE_G15-ProfessionSante-FHIR", vihf.PROFESSION_SYSTEM, vihf.PROFESSIONS),
        ("TRE_R01-EnsembleSavoirFaire-CISIS-FHIR", vihf.SPECIALTY_SYSTEM, vihf.SPECIALTIES),
    ],
)
def test_the_labels_are_those_of_the_published_tables(
    table: str, system: str, ours: dict[str, str]
) -> None:
    path = TERMINOLOGY / f"{table}.json"
    if not path.exists():
        pytest.skip("the published terminologies are not at hand")
    published = json.loads(path.read_text(encoding="utf-8"))
    assert published["identifier"] == [{"value": f"urn:oid:{system}"}]
    named = {code: display for code, display in _concepts(published) if code in ours}
    assert named == ours


def _concepts(of: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in of.get("concept", ()):
        yield one["code"], one["display"]
        yield from _concepts(one)


def test_a_code_outside_the_tables_is_its_own_label() -> None:
    assert labels(parse(build(profession="39", specialty="SM99"))) == [
        ("39", "39"),
        ("SM99", "SM99"),
    ]


def test_it_lives_thirty_seconds_and_allows_for_a_late_clock() -> None:
    conditions = parse(build()).find("s:Conditions", NS)
    assert conditions is not None
    valid, dies = (
        datetime.fromisoformat(str(conditions.get(name))) for name in ("NotBefore", "NotOnOrAfter")
    )
    issued = datetime.fromisoformat(str(parse(build()).get("IssueInstant")))
    assert issued == samples.AT.astimezone(UTC)
    assert (issued - valid, dies - issued) == (timedelta(minutes=1), timedelta(seconds=30))


def test_reinforced_mode_names_the_primary_authentication() -> None:
    root = parse(build(mode=AuthenticationMode.INDIRECTE_RENFORCEE))
    path = "s:AuthnStatement/s:AuthnContext/s:AuthnContextDecl"
    assert values(root, "Authentification_Mode") == ["INDIRECTE_RENFORCEE"]
    assert root.findtext(path, namespaces=NS) == "APP_BROWSER_AUTH"
    assert parse(build()).find(path, NS) is None


def test_secret_connection_adds_the_confidentiality_code() -> None:
    name = "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"
    assert values(parse(build()), name) == []
    assert values(parse(build(secret_connection=True)), name) == ["INVISIBLE_REPRESENTANTS_LEGAUX"]


def test_a_profession_without_specialty_has_one_role() -> None:
    root = parse(build(profession="60", specialty=""))
    assert values(root, "urn:oasis:names:tc:xacml:2.0:subject:role") == ["60"]


def test_the_builder_makes_one_assertion_per_call() -> None:
    make = vihf.builder(samples.vihf_facts(), samples.signer(), SHA256)
    first, again, other = make(samples.AT, "a"), make(samples.AT, "a"), make(samples.AT, "b")
    assert first == again != other
    assert b"rsa-sha256" in first


@pytest.mark.judge
@judges.needs_judges
@SETS
def test_both_judges_verify_it_alone_and_inside_an_envelope(
    algorithms: AlgorithmSet, tmp_path: Path, certificate_file: Path
) -> None:
    alone = build(algorithms)
    inside = soap.envelope(action="urn:a", to="https://b", message_id="c", vihf=alone, body=b"<d/>")
    cases = {
        "alone": (alone, True),
        "inside": (inside, True),
        "spoiled subject": (alone.replace(b"VERNIER", b"VERNIEZ"), False),
        "spoiled life": (inside.replace(b'NotOnOrAfter="2026', b'NotOnOrAfter="2027'), False),
        "spoiled algorithm": (alone.replace(b">urn:dmp<", b">urn:dmq<"), False),
    }
    files = []
    for name, (data, good) in cases.items():
        file = tmp_path / f"{name}.xml"
        file.write_bytes(data)
        files.append(file)
        assert judges.xmlsec1(certificate_file, file, [ASSERTION_ID]) is good, name
    verdicts = ["valid" if good else "invalid" for _, good in cases.values()]
    assert judges.jdk(certificate_file, *files) == verdicts


@pytest.mark.judge
@judges.needs_judges
def test_both_judges_refuse_another_key(tmp_path: Path) -> None:
    file, other = tmp_path / "vihf.xml", tmp_path / "other.pem"
    file.write_bytes(build())
    other.write_bytes(samples.signer("autre").pem)
    assert judges.xmlsec1(other, file, [ASSERTION_ID]) is False
    assert judges.jdk(other, file) == ["invalid"]


@judges.needs_schemas
@SETS
def test_its_signature_passes_the_xmldsig_schema(algorithms: AlgorithmSet) -> None:
    schema = judges.xsd("xmldsig-core-schema.xsd")
    signature = parse(build(algorithms)).find("ds:Signature", NS)
    assert signature is not None
    schema.assertValid(signature)
    signature.remove(signature[0])
    assert not schema.validate(signature)


XML_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, exclude_characters="\x7f"), min_size=1
)


@given(name=XML_TEXT)
def test_any_name_comes_back_whole(name: str) -> None:
    root = parse(build(subject_name=name))
    assert values(root, "urn:oasis:names:tc:xspa:1.0:subject:subject-id") == [name]


def test_algorithm_sets_are_found_by_name() -> None:
    assert ALGORITHM_SETS == {"sha1": SHA1, "sha256": SHA256}
    assert dataclasses.replace(SHA1, digest="sha256") != SHA1
