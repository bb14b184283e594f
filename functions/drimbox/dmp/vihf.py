"""The VIHF: a SAML 2.0 assertion of the acting professional, the patient and the structure.

CI-SIS "Volet transport synchrone" (VIHF 3.0) and ITI TF-2 3.40 (XUA). One assertion serves one
request and lives 30 seconds from its issue (EX_AIR-040): it is built at the last moment and never
stored. Its NotBefore lies a minute before its issue, for a DMP whose clock is late.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox.dmp.signing import (
    DS,
    ENVELOPED,
    EXCLUSIVE_C14N,
    SHA1,
    AlgorithmSet,
    certificate_names,
    default_namespace,
)
from functions.drimbox.dmp.vihf_facts import AuthenticationMode
from functions.drimbox.identity.parties import Code

if TYPE_CHECKING:
    from functions.drimbox.dmp.vihf_facts import VihfFacts
    from functions.drimbox.ports import Signer

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
HL7V3: Final = "urn:hl7-org:v3"
LIFE: Final = timedelta(seconds=30)
# A DMP whose clock is late must not see the assertion as one of the future (SAML core 2.5.1.2).
CLOCK_ALLOWANCE: Final = timedelta(minutes=1)
VERSION: Final = "3.0"

PROFESSION_SYSTEM: Final = "1.2.250.1.71.1.2.7"
SPECIALTY_SYSTEM: Final = "1.2.250.1.71.4.2.5"
SECTOR_SYSTEM: Final = "1.2.250.1.71.4.2.4"
# TRE_G15: for people who read a trace; the code alone is the meaning.
PROFESSIONS: Final = {
    "10": "Médecin",
    "21": "Pharmacien",
    "40": "Chirurgien-Dentiste",
    "50": "Sage-Femme",
    "60": "Infirmier",
    "70": "Masseur-Kinésithérapeute",
    "98": "Manipulateur ERM",
}
# TRE_R01 (the system …71.4.2.5), those who most often sign a report of imaging; another one shows
# its code as its label.
SPECIALTIES: Final = {
    "SM04": "Cardiologie et Maladies vasculaires (SM)",
    "SM20": "Gynécologie-obstétrique (SM)",
    "SM24": "Gastro-entérologie et Hépatologie (SM)",
    "SM26": "Qualifié en Médecine générale (SM)",
    "SM28": "Médecine nucléaire (SM)",
    "SM38": "Ophtalmologie (SM)",
    "SM41": "Pneumologie (SM)",
    "SM44": "Radio-diagnostic (SM)",
    "SM45": "Radio-thérapie (SM)",
    "SM48": "Rhumatologie (SM)",
    "SM54": "Médecine générale (SM)",
}
_PURPOSE: Final = Code("normal", "1.2.250.1.213.1.1.4.248", "Acces normal")
_SECRET: Final = Code(
    "INVISIBLE_REPRESENTANTS_LEGAUX",
    "1.2.250.1.213.1.1.4.13",
    "Non visible par les représentants légaux du patient",
)

VihfBuilder = Callable[[datetime, str], bytes]
"""Builds the assertion of one request from its time and its own identifier (a UUID)."""


def builder(facts: VihfFacts, signer: Signer, algorithms: AlgorithmSet = SHA1) -> VihfBuilder:
    """The builder that :class:`~functions.drimbox.dmp.client.DmpClient` calls once per request."""

    def one(at: datetime, assertion_id: str) -> bytes:
        return build(facts, signer, at=at, assertion_id=assertion_id, algorithms=algorithms)

    return one


def build(
    facts: VihfFacts,
    signer: Signer,
    *,
    at: datetime,
    assertion_id: str,
    algorithms: AlgorithmSet = SHA1,
) -> bytes:
    """The signed assertion, UTF-8, canonical form, without XML declaration.

    ``at`` is aware; ``assertion_id`` a UUID, made a legal xs:ID by a leading underscore. Issuer is
    the subject of the signer's certificate (X509SubjectName). The signature is enveloped, with
    exclusive C14N, so that the assertion keeps it inside any SOAP envelope.
    """
    identifier = f"_{assertion_id}"
    assertion = _assertion(facts, certificate_names(signer.certificate).subject, at, identifier)
    digest = algorithms.digest_of(_canonical(assertion))
    assertion.insert(1, _signature(identifier, digest, signer, algorithms))
    return _canonical(assertion)


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _child(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    namespace = str(parent.tag).split("}")[0] + "}"
    child = etree.SubElement(parent, namespace + name, attributes)
    child.text = text
    return child


def _assertion(facts: VihfFacts, issuer: str, at: datetime, identifier: str) -> etree._Element:
    instant = _instant(at)
    root = etree.Element(
        f"{{{SAML}}}Assertion",
        {"ID": identifier, "IssueInstant": instant, "Version": "2.0"},
        nsmap={"saml2": SAML, "xsi": XSI},
    )
    _child(
        root,
        "Issuer",
        issuer,
        Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
    )
    _child(_child(root, "Subject"), "NameID", facts.professional_id)
    _child(
        root,
        "Conditions",
        NotBefore=_instant(at - CLOCK_ALLOWANCE),
        NotOnOrAfter=_instant(at + LIFE),
    )
    context = _child(_child(root, "AuthnStatement", AuthnInstant=instant), "AuthnContext")
    _child(context, "AuthnContextClassRef", "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient")
    if facts.mode is AuthenticationMode.INDIRECTE_RENFORCEE:
        _child(context, "AuthnContextDecl", facts.primary_authentication)
    statement = _child(root, "AttributeStatement")
    for name, value in _text_attributes(facts):
        _child(_child(statement, "Attribute", Name=name), "AttributeValue", value)
    for name, element, codes in _coded_attributes(facts):
        attribute = _child(statement, "Attribute", Name=name)
        for code in codes:
            _coded(_child(attribute, "AttributeValue"), element, code)
    return root


def _instant(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _text_attributes(facts: VihfFacts) -> Iterator[tuple[str, str]]:
    yield "VIHF_Version", VERSION
    yield "Secteur_Activite", f"{facts.sector}^{SECTOR_SYSTEM}"
    yield "Ressource_URN", "urn:dmp"
    yield "urn:oasis:names:tc:xspa:1.0:subject:subject-id", facts.subject_name
    yield "Identifiant_Structure", facts.structure_id
    yield "LPS_ID", facts.lps.id
    yield "LPS_Nom", facts.lps.name
    yield "LPS_ID_HOMOLOGATION_DMP", facts.lps.homologation
    yield "LPS_Version", facts.lps.version
    yield "urn:oasis:names:tc:xacml:2.0:resource:resource-id", facts.patient.cx()
    yield "Authentification_Mode", facts.mode.value


def _coded_attributes(facts: VihfFacts) -> Iterator[tuple[str, str, list[Code]]]:
    yield "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse", "PurposeOfUse", [_PURPOSE]
    roles = [
        Code(facts.profession, PROFESSION_SYSTEM, PROFESSIONS.get(facts.profession, "")),
        Code(facts.specialty, SPECIALTY_SYSTEM, SPECIALTIES.get(facts.specialty, "")),
    ]
    shown = [role for role in roles if role.code]
    yield "urn:oasis:names:tc:xacml:2.0:subject:role", "Role", shown
    if facts.secret_connection:
        yield (
            "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code",
            "ConfidentialityCode",
            [_SECRET],
        )


def _coded(value: etree._Element, name: str, code: Code) -> None:
    """A HL7 V3 coded element; its own default namespace makes ``xsi:type="CE"`` resolve."""
    etree.SubElement(
        value,
        f"{{{HL7V3}}}{name}",
        {
            f"{{{XSI}}}type": "CE",
            "code": code.code,
            "codeSystem": code.system,
            "codeSystemName": "",
            "displayName": code.display or code.code,
        },
        nsmap=default_namespace(HL7V3),
    )


def _signature(
    identifier: str, digest: str, signer: Signer, algorithms: AlgorithmSet
) -> etree._Element:
    root = etree.Element(f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = _child(root, "SignedInfo")
    _child(info, "CanonicalizationMethod", Algorithm=EXCLUSIVE_C14N)
    _child(info, "SignatureMethod", Algorithm=algorithms.signature_uri)
    reference = _child(info, "Reference", URI=f"#{identifier}")
    transforms = _child(reference, "Transforms")
    _child(transforms, "Transform", Algorithm=ENVELOPED)
    _child(transforms, "Transform", Algorithm=EXCLUSIVE_C14N)
    _child(reference, "DigestMethod", Algorithm=algorithms.digest_uri)
    _child(reference, "DigestValue", digest)
    signed = signer.sign(_canonical(info), algorithms.digest)
    _child(root, "SignatureValue", base64.b64encode(signed).decode())
    data = _child(_child(root, "KeyInfo"), "X509Data")
    _child(data, "X509Certificate", base64.b64encode(signer.certificate).decode())
    return root
