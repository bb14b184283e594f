"""The VIHF 3.0: a SAML 2 assertion of 30 s that says who acts, for which patient (CI-SIS, DMP)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from lxml import etree

from simulators.dmp.certificates import (
    Authorities,
    Untrusted,
    may_sign,
    same_name,
    structures,
)
from simulators.dmp.identifiers import STRUCTURE, PatientId, read_patient_id
from simulators.dmp.markup import children, text
from simulators.dmp.signatures import (
    CANONICAL,
    ENVELOPED,
    BadSignature,
    signed_references,
    signing_certificate,
    verify,
)
from simulators.dmp.soap import SoapFault

LIFE: Final = timedelta(seconds=30)
SKEW: Final = timedelta(seconds=5)  # how far in the future the sender's clock may be

AIR: Final = "INDIRECTE_RENFORCEE"
MODES: Final = frozenset({"INDIRECTE", "DIRECTE", AIR})
_X509_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
_TLS_CLIENT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"
SUBJECT_ID: Final = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
RESOURCE_ID: Final = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
PURPOSE_OF_USE: Final = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
ROLE: Final = "urn:oasis:names:tc:xacml:2.0:subject:role"
_PURPOSES: Final = frozenset({"normal", "bris_de_glace", "centre_15"})
_PURPOSE_SYSTEM: Final = "1.2.250.1.213.1.1.4.248"
_PROFESSION_SYSTEM: Final = "1.2.250.1.71.1.2.7"
_SPECIALTY_SYSTEM: Final = "1.2.250.1.71.4.2.5"
_WITH_SPECIALTY: Final = frozenset({"10", "21"})  # physician, pharmacist
_ANY: Final = re.compile(r"\S.{0,255}")
_PROFESSION: Final = re.compile(r"[0-9]{2}")  # TRE_G15
_SINGLE: Final[Mapping[str, re.Pattern[str]]] = {
    "VIHF_Version": re.compile(r"3\.0"),
    "Secteur_Activite": re.compile(r"SA[0-9]{2}\^1\.2\.250\.1\.71\.4\.2\.4"),
    "Ressource_URN": re.compile(r"urn:dmp"),
    SUBJECT_ID: _ANY,
    "Identifiant_Structure": STRUCTURE,
    "LPS_ID": _ANY,
    "LPS_Nom": _ANY,
    "LPS_Version": _ANY,
    "LPS_ID_HOMOLOGATION_DMP": _ANY,
    RESOURCE_ID: _ANY,
    "Authentification_Mode": re.compile("|".join(sorted(MODES))),
}
_NCNAME: Final = re.compile(r"[A-Za-z_][\w.\-]{0,127}")
_HL7_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True)
class Vihf:
    """The facts of an accepted assertion. ``structure`` is Identifiant_Structure, ``holders`` the
    structures of the certificate, ``mode`` Authentification_Mode, ``purpose`` the code of
    purposeofuse, ``professional`` the national identifier (NameID).
    """

    assertion_id: str
    structure: str
    holders: frozenset[str]
    patient: PatientId
    mode: str
    purpose: str
    professional: str = ""


@dataclass(frozen=True, slots=True)
class VihfRules:
    """The trusted authorities. ``establishments`` gives, per structure that holds certificates, the
    other structures that it may act for (mode EJ/EG).
    """

    authorities: Authorities
    establishments: Mapping[str, frozenset[str]]

    def read(self, security: etree._Element | None, peer: x509.Certificate, at: datetime) -> Vihf:
        """Check the assertion of wsse:Security at the time ``at`` (aware) for the TLS client
        ``peer``. Raises :class:`SoapFault` with the subcode of WSS 1.1, 12."""
        assertion = _only_assertion(security)
        holders = self._check_signature(assertion, peer, at)
        _check_times(assertion, at)
        _check_subject(assertion)
        values, purpose = _attributes(assertion)
        structure = values["Identifiant_Structure"]
        represented = {other for holder in holders for other in self.establishments.get(holder, ())}
        if structure not in holders | represented:
            raise SoapFault(
                "Identifiant_Structure is not the certificate's", "wsse:FailedAuthentication"
            )
        patient = read_patient_id(values[RESOURCE_ID])
        if patient is None:
            raise _token("resource-id is not a national identity")
        mode = values["Authentification_Mode"]
        if mode == AIR:
            _check_primary_authentication(assertion)
        professional = text(_only(_only(assertion, "saml2:Subject"), "saml2:NameID"))
        identifier = assertion.get("ID", "")
        return Vihf(identifier, structure, holders, patient, mode, purpose, professional)

    def _check_signature(
        self, assertion: etree._Element, peer: x509.Certificate, at: datetime
    ) -> frozenset[str]:
        signature = _only(assertion, "ds:Signature")
        try:
            certificate = signing_certificate(signature)
            self.authorities.check(certificate, at)
            _check_coverage(assertion, signature)
            verify(signature, certificate, "ID")
        except Untrusted as error:
            raise SoapFault(str(error), "wsse:FailedAuthentication") from error
        except BadSignature as error:
            raise SoapFault(str(error), "wsse:FailedCheck") from error
        if not may_sign(certificate):
            raise SoapFault("the certificate may not sign", "wsse:FailedAuthentication")
        issuer = _only(assertion, "saml2:Issuer")
        if issuer.get("Format") != _X509_NAME or not same_name(text(issuer), certificate.subject):
            raise SoapFault(
                "Issuer is not the subject of the signing certificate", "wsse:FailedAuthentication"
            )
        holders = structures(certificate)
        if not holders or holders != structures(peer):
            raise SoapFault(
                "the signing certificate and the TLS certificate are of two structures",
                "wsse:FailedAuthentication",
            )
        return holders


def _only_assertion(security: etree._Element | None) -> etree._Element:
    if security is None:
        raise SoapFault("no Security header", "wsse:InvalidSecurity")
    assertion = _only(security, "saml2:Assertion")
    if assertion.get("Version") != "2.0" or not _NCNAME.fullmatch(assertion.get("ID", "")):
        raise _token("Assertion Version or ID")
    return assertion


def _check_coverage(assertion: etree._Element, signature: etree._Element) -> None:
    """SAML core 5.4: one reference, to the assertion, by the two usual transforms. That its ID
    is the assertion's alone is checked with the signature."""
    references = signed_references(signature)
    if [reference.uri for reference in references] != [f"#{assertion.get('ID', '')}"]:
        raise BadSignature("the signature does not cover the assertion alone")
    transforms = references[0].transforms
    if transforms[:1] != (ENVELOPED,) or not set(transforms[1:]) <= CANONICAL:
        raise BadSignature("the assertion's signature is not enveloped")


def _check_times(assertion: etree._Element, at: datetime) -> None:
    issued = _instant(assertion, "IssueInstant")
    _instant(_only(assertion, "saml2:AuthnStatement"), "AuthnInstant")
    begins, ends = issued, issued + LIFE
    for conditions in children(assertion, "saml2:Conditions"):
        if "NotBefore" in conditions.attrib:
            begins = max(begins, _instant(conditions, "NotBefore"))
        if "NotOnOrAfter" in conditions.attrib:
            stated = _instant(conditions, "NotOnOrAfter")
            if stated - begins > LIFE:
                raise _token("the assertion lives longer than 30 s")
            ends = min(ends, stated)
    if at < begins - SKEW:
        raise SoapFault("the assertion is not valid yet", "wsse:FailedAuthentication")
    if at >= ends:
        raise SoapFault("the assertion has expired", "wsse:MessageExpired")


def _instant(element: etree._Element, attribute: str) -> datetime:
    """SAML core 1.3.3: a UTC date and time that ends in Z."""
    value = element.get(attribute, "")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise _token(attribute) from error
    if not value.endswith("Z"):
        raise _token(f"{attribute} is not in UTC")
    return instant


def _check_subject(assertion: etree._Element) -> None:
    if not text(_only(_only(assertion, "saml2:Subject"), "saml2:NameID")):
        raise _token("NameID")
    context = _authentication_context(assertion)
    if text(_only(context, "saml2:AuthnContextClassRef")) != _TLS_CLIENT:
        raise _token("AuthnContextClassRef")


def _authentication_context(assertion: etree._Element) -> etree._Element:
    return _only(_only(assertion, "saml2:AuthnStatement"), "saml2:AuthnContext")


def _check_primary_authentication(assertion: etree._Element) -> None:
    """EX_AIR-050: in AIR mode the VIHF says how the professional was authenticated."""
    context = _authentication_context(assertion)
    stated = children(context, "saml2:AuthnContextDecl")
    stated += children(context, "saml2:AuthnContextDeclRef")
    if not any(text(element) for element in stated):
        raise _token("no primary authentication in AIR mode")


def _attributes(assertion: etree._Element) -> tuple[dict[str, str], str]:
    """The single-valued attributes, all of them checked, and the purpose; the roles are checked."""
    statement = _only(assertion, "saml2:AttributeStatement")
    attributes: dict[str, list[etree._Element]] = {}
    for attribute in children(statement, "saml2:Attribute"):
        key = attribute.get("Name", "")
        if key in attributes:
            raise _token(f"attribute twice: {key}" if key in _SINGLE else "attribute twice")
        attributes[key] = children(attribute, "saml2:AttributeValue")
    values: dict[str, str] = {}
    for key, form in _SINGLE.items():
        found = [text(element) for element in attributes.get(key, [])]
        if len(found) != 1 or not form.fullmatch(found[0]):
            raise _token(f"attribute missing or ill-formed: {key}")
        values[key] = found[0]
    return values, _check_codes(attributes)


def _check_codes(attributes: Mapping[str, list[etree._Element]]) -> str:
    """Check the coded attributes; the code of the purpose."""
    purposes = _codes(attributes.get(PURPOSE_OF_USE, []), "PurposeOfUse")
    if [system for _, system in purposes] != [_PURPOSE_SYSTEM] or purposes[0][0] not in _PURPOSES:
        raise _token(f"attribute missing or ill-formed: {PURPOSE_OF_USE}")
    roles = _codes(attributes.get(ROLE, []), "Role")
    systems = [system for _, system in roles]
    expected = [_PROFESSION_SYSTEM]
    if roles and (roles[0][0] in _WITH_SPECIALTY or len(roles) > 1):
        expected.append(_SPECIALTY_SYSTEM)
    if systems != expected or not all(code for code, _ in roles):
        raise _token(f"attribute missing or ill-formed: {ROLE}")
    if not _PROFESSION.fullmatch(roles[0][0]):
        raise _token("the profession is none")
    return purposes[0][0]


def _codes(values: list[etree._Element], local: str) -> list[tuple[str, str]]:
    codes = []
    for value in values:
        element = value.find(f"{{urn:hl7-org:v3}}{local}")
        if element is None or element.get(_HL7_TYPE, "").rpartition(":")[2] != "CE":
            raise _token(f"a {local} is missing or is not a CE")
        codes.append((element.get("code", ""), element.get("codeSystem", "")))
    return codes


def _only(parent: etree._Element, qualified: str) -> etree._Element:
    found = children(parent, qualified)
    if len(found) != 1:
        raise _token(f"not exactly one {qualified}")
    return found[0]


def _token(reason: str) -> SoapFault:
    return SoapFault(f"VIHF: {reason}", "wsse:InvalidSecurityToken")
