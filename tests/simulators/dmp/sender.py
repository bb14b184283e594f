"""A client of the simulated DMP, of the tests' own: it builds a good request, and can spoil it.

It shares no code with the simulator nor with the gateway; signatures are made by libxmlsec1.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID

from simulators.pki import CLIENT, SIGNATURE, Authority, Issued, of_structure

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
STRUCTURE = "1750803447"
INS = "279035121518989"
INS_OID = "1.2.250.1.213.1.4.10"
PATIENT = f"{INS}^^^&{INS_OID}&ISO^NH"
STUDY = "1.2.250.1.213.4.5.2.1.101"
ACCESSION = "ACN0101^^^&1.2.250.1.213.4.5.2.5&ISO^urn:ihe:iti:xds:2013:accession"
STUDY_REFERENCE = f"{STUDY}^^^^urn:ihe:iti:xds:2016:studyInstanceUID"
MANIFEST_UID = "2.25.1111"
SIGNATURE_UID = "2.25.2222"
SET_UID = "2.25.3333"
DS = "http://www.w3.org/2000/09/xmldsig#"
RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
ITI_41 = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
ITI_18 = "urn:ihe:iti:2007:RegistryStoredQuery"
ITI_43 = "urn:ihe:iti:2007:RetrieveDocumentSet"
ITI_57 = "urn:ihe:iti:2010:UpdateDocumentSet"
STATUS_APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
STATUS_DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
STATUS_DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"
Spoil = Callable[[etree._Element], Any]
_numbers = itertools.count(1)


def nothing(_element: etree._Element) -> None:
    """The spoiler that leaves things as they are."""


@dataclass(frozen=True)
class Site:
    """An authority, and the two certificates of one structure."""

    authority: Authority
    auth: Issued
    sign: Issued

    @classmethod
    def create(cls, now: datetime, structure: str = STRUCTURE) -> Site:
        return cls.of(Authority.create(now), now, structure)

    @classmethod
    def of(cls, authority: Authority, now: datetime, structure: str = STRUCTURE) -> Site:
        tls, signature = of_structure(structure)
        return cls(
            authority,
            authority.issue(tls.subject, CLIENT, now),
            authority.issue(signature.subject, SIGNATURE, now),
        )

    @property
    def peer(self) -> bytes:
        return self.auth.certificate.public_bytes(Encoding.DER)

    @property
    def ca_pem(self) -> bytes:
        return self.authority.root.certificate_pem.encode()


def kos(uid: str = MANIFEST_UID, spoil: Callable[[Dataset], Any] | None = None) -> bytes:
    """A small Key Object Selection document."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.59")
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = uid
    dataset.PatientID = INS
    dataset.Modality = "KO"
    dataset.StudyInstanceUID = STUDY
    evidence = Dataset()
    evidence.StudyInstanceUID = STUDY
    dataset.CurrentRequestedProcedureEvidenceSequence = [evidence]
    if spoil is not None:
        spoil(dataset)
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


@dataclass(frozen=True)
class Vihf:
    """The facts of an assertion, and its possible changes before and after it is signed."""

    site: Site
    now: datetime = NOW
    mode: str = "INDIRECTE"
    structure: str = STRUCTURE
    patient: str = PATIENT
    professional: str = "899700000001"
    signer: Issued | None = None
    method: str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    digest: str = "http://www.w3.org/2000/09/xmldsig#sha1"
    before: Spoil = nothing
    after: Spoil = nothing

    def build(self) -> etree._Element:
        signer = self.signer or self.site.sign
        identifier = f"_{next(_numbers):08}"
        instant = self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        certificate = base64.b64encode(signer.certificate.public_bytes(Encoding.DER)).decode()
        air = "<saml2:AuthnContextDecl>APP_BROWSER_AUTH</saml2:AuthnContextDecl>"
        attributes = {
            "VIHF_Version": "3.0",
            "Secteur_Activite": "SA01^1.2.250.1.71.4.2.4",
            "Ressource_URN": "urn:dmp",
            "urn:oasis:names:tc:xspa:1.0:subject:subject-id": "Camille RADIO",
            "Identifiant_Structure": self.structure,
            "LPS_ID": "01.02.03",
            "LPS_Nom": "Client d'essai",
            "LPS_Version": "1.0",
            "LPS_ID_HOMOLOGATION_DMP": "ABC-000000-test",
            "urn:oasis:names:tc:xacml:2.0:resource:resource-id": self.patient.replace("&", "&amp;"),
            "Authentification_Mode": self.mode,
            "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": _coded(
                "PurposeOfUse", "normal", "1.2.250.1.213.1.1.4.248"
            ),
        }
        listed = "".join(_attribute(key, value) for key, value in attributes.items())
        role = "urn:oasis:names:tc:xacml:2.0:subject:role"
        profession = _coded("Role", "10", "1.2.250.1.71.1.2.7")
        specialty = _coded("Role", "SM44", "1.2.250.1.71.4.2.5")
        assertion = etree.fromstring(
            f'<saml2:Assertion xmlns:saml2="{SAML}" ID="{identifier}" IssueInstant="{instant}" '
            f'Version="2.0"><saml2:Issuer '
            'Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">'
            f"{signer.certificate.subject.rfc4514_string()}</saml2:Issuer>"
            f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod '
            'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod '
            f'Algorithm="{self.method}"/><ds:Reference URI="#{identifier}"><ds:Transforms>'
            f'<ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform '
            'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{self.digest}"/><ds:DigestValue/></ds:Reference>'
            "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
            f"{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
            f"<saml2:Subject><saml2:NameID>{self.professional}</saml2:NameID></saml2:Subject>"
            f'<saml2:AuthnStatement AuthnInstant="{instant}"><saml2:AuthnContext>'
            "<saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"
            f"</saml2:AuthnContextClassRef>{air if self.mode != 'INDIRECTE' else ''}"
            "</saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>"
            f"{listed}{_attribute(role, profession, specialty)}"
            "</saml2:AttributeStatement></saml2:Assertion>"
        )
        self.before(assertion)
        sign(assertion, signer, "ID")
        self.after(assertion)
        return assertion


def _attribute(key: str, *values: str) -> str:
    inside = "".join(f"<saml2:AttributeValue>{v}</saml2:AttributeValue>" for v in values)
    return f'<saml2:Attribute Name="{key}">{inside}</saml2:Attribute>'


def _coded(element: str, code: str, system: str) -> str:
    return (
        f'<{element} xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CE" '
        f'code="{code}" codeSystem="{system}" displayName="x"/>'
    )


def sign(root: etree._Element, signer: Issued, id_attribute: str) -> None:
    """Fill the signature template in ``root``."""
    node = root.find(f"{{{DS}}}Signature")
    assert node is not None
    xmlsec.tree.add_ids(root, [id_attribute])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        signer.key_pem.encode(), xmlsec.constants.KeyDataFormatPem, None
    )
    context.sign(node)


def _sign_apart(signature: etree._Element, signer: Issued) -> None:
    """Sign a copy whose Objects are outside the Signature, then take its values over.

    libxmlsec1 would follow the Manifest's ``urn:oid:`` references otherwise.
    """
    nsmap: dict[Any, str] = dict(signature.nsmap)
    held = etree.Element("held", nsmap=nsmap)
    alone = copy.deepcopy(signature)
    for key, value in signature.attrib.items():
        if etree.QName(key).namespace == "http://www.w3.org/XML/1998/namespace":
            held.set(key, value)
    held.append(alone)
    held.extend(alone.findall(f"{{{DS}}}Object"))
    sign(held, signer, "Id")
    info = f"{{{DS}}}SignedInfo/{{{DS}}}Reference/{{{DS}}}DigestValue"
    for path in (info, f"{{{DS}}}SignatureValue"):
        for target, source in zip(signature.findall(path), alone.findall(path), strict=True):
            target.text = source.text


@dataclass(frozen=True)
class Dsg:
    """The signature document: SHA-1 with XAdES 1.1.1, or SHA-256 with XAdES 1.3.2."""

    site: Site
    signer: Issued | None = None
    modern: bool = False
    before: Spoil = nothing
    after: Spoil = nothing

    def build(self, signature_id: str, set_id: str, documents: dict[str, bytes]) -> bytes:
        signer = self.signer or self.site.sign
        der = signer.certificate.public_bytes(Encoding.DER)
        if self.modern:
            method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
            digest, hashed = "http://www.w3.org/2001/04/xmlenc#sha256", hashlib.sha256
            xades, kind, inner = (
                "http://uri.etsi.org/01903/v1.3.2#",
                "http://uri.etsi.org/01903#SignedProperties",
                f' xmlns="{DS}"',
            )
        else:
            method, digest, hashed = f"{DS}rsa-sha1", f"{DS}sha1", hashlib.sha1
            xades = "http://uri.etsi.org/01903/v1.1.1#"
            kind, inner = f"{xades}SignedProperties", ""
        listed = "".join(
            f'<Reference URI="urn:oid:{uid}"><DigestMethod Algorithm="{digest}"/>'
            f"<DigestValue>{value}</DigestValue></Reference>"
            for uid, value in {
                set_id: "AA==",
                **{u: base64.b64encode(hashed(d).digest()).decode() for u, d in documents.items()},
            }.items()
        )
        signed = "".join(
            f'<Reference Type="{t}" URI="#{i}"><DigestMethod Algorithm="{digest}"/>'
            "<DigestValue/></Reference>"
            for t, i in ((f"{DS}Manifest", "IHEManifest"), (kind, "S0-SignedProperties"))
        )
        certificate_digest = base64.b64encode(hashed(der).digest()).decode()
        signature = etree.fromstring(
            f'<Signature xmlns="{DS}" Id="{signature_id}"><SignedInfo><CanonicalizationMethod '
            'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"/>'
            f'<SignatureMethod Algorithm="{method}"/>{signed}</SignedInfo><SignatureValue/>'
            "<KeyInfo><X509Data><X509Certificate>"
            f"{base64.b64encode(der).decode()}</X509Certificate></X509Data></KeyInfo>"
            '<Object><SignatureProperties><SignatureProperty Id="purposeOfSignature" '
            f'Target="#{signature_id}">1.2.840.10065.1.12.1.14</SignatureProperty>'
            f'</SignatureProperties></Object><Object><Manifest Id="IHEManifest">{listed}'
            f'</Manifest></Object><Object><QualifyingProperties xmlns="{xades}" '
            f'Target="#{signature_id}"><SignedProperties Id="S0-SignedProperties">'
            "<SignedSignatureProperties><SigningTime>2026-11-24T12:00:00Z</SigningTime>"
            f'<SigningCertificate><Cert><CertDigest><DigestMethod{inner} Algorithm="{digest}"/>'
            f"<DigestValue{inner}>{certificate_digest}</DigestValue></CertDigest></Cert>"
            "</SigningCertificate><SignaturePolicyIdentifier><SignaturePolicyImplied/>"
            "</SignaturePolicyIdentifier></SignedSignatureProperties></SignedProperties>"
            "</QualifyingProperties></Object></Signature>"
        )
        self.before(signature)
        _sign_apart(signature, signer)
        self.after(signature)
        return etree.tostring(signature, xml_declaration=True, encoding="UTF-8")


_IDENTIFIERS = {
    "XDSDocumentEntry.patientId": "58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "XDSDocumentEntry.uniqueId": "2e82c1f6-a085-4c72-9da3-8640a32e42ab",
    "XDSSubmissionSet.patientId": "6b5aea1a-874d-4603-a4bc-96a0a7b38446",
    "XDSSubmissionSet.sourceId": "554ac39e-e3fe-47fe-b233-965d2a147832",
    "XDSSubmissionSet.uniqueId": "96fdda7c-d067-4183-912e-bf5ee74998a8",
}
_SCHEMES = {
    "author": "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d",
    "setAuthor": "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d",
    "contentType": "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500",
    "class": "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
    "type": "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
    "confidentiality": "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f",
    "format": "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
    "facility": "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "practice": "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
    "event": "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
}
_MASKING = "1.2.250.1.213.1.1.4.13"
_HIDDEN = ("confidentiality", "INVISIBLE_PATIENT", _MASKING)
_PLACE = (
    ("facility", "SA01", "1.2.250.1.71.4.2.4"),
    ("practice", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9"),
)
_NORMAL = ("confidentiality", "N", "2.16.840.1.113883.5.25")
_MANIFEST_CODES = (
    ("class", "31", "1.2.250.1.213.1.1.4.1"),
    ("type", "IMG-KOS", "1.2.250.1.213.1.1.4.12"),
    _NORMAL,
    _HIDDEN,
    ("format", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1"),
    *_PLACE,
    ("event", "MR", "1.2.840.10008.2.16.4"),
    ("event", "774007", "2.16.840.1.113883.6.96"),
)
_SIGNATURE_CODES = (
    ("class", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN"),
    ("type", "E1762", "ASTM"),
    _NORMAL,
    ("confidentiality", "MASQUE_PS", _MASKING),
    _HIDDEN,
    ("format", "http://www.w3.org/2000/09/xmldsig#", "URN"),
    *_PLACE,
    ("event", "1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12"),
)
_PERSON = "899700000001^RADIO^CAMILLE^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"


def _slot(slot_name: str, *values: str) -> str:
    listed = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="{slot_name}"><ValueList>{listed}</ValueList></Slot>'


def _name(value: str) -> str:
    return f'<Name><LocalizedString value="{value}"/></Name>'


def _classified(owner: str, number: int, kind: str, code: str, scheme: str) -> str:
    return (
        f'<Classification id="{owner}-c{number}" classificationScheme="{_SCHEMES[kind]}" '
        f'classifiedObject="{owner}" nodeRepresentation="{code}">'
        f"{_slot('codingScheme', scheme)}{_name(code)}</Classification>"
    )


def _author(owner: str, kind: str, structure: str) -> str:
    institution = f"Clinique d'essai^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^{structure}"
    return (
        f'<Classification id="{owner}-a" classificationScheme="{_SCHEMES[kind]}" '
        f'classifiedObject="{owner}" nodeRepresentation="">'
        f"{_slot('authorPerson', _PERSON)}{_slot('authorInstitution', institution)}"
        "</Classification>"
    )


def _identified(owner: str, kind: str, value: str) -> str:
    return (
        f'<ExternalIdentifier id="{owner}-{kind}" '
        f'identificationScheme="urn:uuid:{_IDENTIFIERS[kind]}" '
        f'registryObject="{owner}" value="{value}">{_name(kind)}</ExternalIdentifier>'
    )


def _member(identifier: str, target: str) -> str:
    return (
        f'<Association id="{identifier}" '
        'associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember" '
        f'sourceObject="Set" targetObject="{target}">'
        f"{_slot('SubmissionSetStatus', 'Original')}</Association>"
    )


def _package(set_uid: str, patient: str, structure: str) -> str:
    """The submission set; ``patient`` as XML."""
    return (
        '<RegistryPackage id="Set">'
        f"{_slot('submissionTime', '20261124120000')}{_name('Set')}"
        f"{_author('Set', 'setAuthor', structure)}"
        f"{_classified('Set', 0, 'contentType', '07', '1.2.250.1.213.2.2')}"
        '<Classification id="Set-node" classifiedObject="Set" '
        'classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"/>'
        f"{_identified('Set', 'XDSSubmissionSet.patientId', patient)}"
        f"{_identified('Set', 'XDSSubmissionSet.sourceId', '1.2.250.1.999.1')}"
        f"{_identified('Set', 'XDSSubmissionSet.uniqueId', set_uid)}"
        "</RegistryPackage>"
    )


@dataclass(frozen=True)
class Publication:
    """A good ITI-41 request; every ``spoil_…`` is called on the part that it names before that part
    is used. ``replaces`` are the entryUUIDs that the manifest replaces.
    """

    site: Site
    vihf: Vihf | None = None
    dsg: Dsg | None = None
    manifest: bytes | None = None
    manifest_uid: str = MANIFEST_UID
    signature_uid: str = SIGNATURE_UID
    set_uid: str = SET_UID
    patient: str = PATIENT
    structure: str = STRUCTURE
    references: tuple[str, ...] = (ACCESSION, STUDY_REFERENCE)
    creation_time: str = "20261124120000"
    replaces: tuple[str, ...] = ()
    inline: bool = False
    action: str = ITI_41
    spoil_objects: Spoil = nothing
    spoil_envelope: Spoil = nothing
    parts: dict[str, bytes] = field(default_factory=dict)

    def but(self, **changes: Any) -> Publication:
        return replace(self, **changes)

    def objects(self, manifest: bytes, signature: bytes) -> etree._Element:
        patient = self.patient.replace("&", "&amp;")
        references = tuple(value.replace("&", "&amp;") for value in self.references)

        def entry(owner: str, mime: str, uid: str, content: bytes, codes: Any, *more: str) -> str:
            listed = "".join(_classified(owner, i, *code) for i, code in enumerate(codes))
            return (
                f'<ExtrinsicObject id="{owner}" mimeType="{mime}" '
                'objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">'
                f"{_slot('creationTime', self.creation_time)}"
                f"{_slot('legalAuthenticator', _PERSON)}"
                f"{_slot('serviceStartTime', '20261123080000+0100')}"
                f"{_slot('sourcePatientId', 'IPP101^^^&amp;1.2.250.1.213.4.5.2.4&amp;ISO^PI')}"
                f"{_slot('hash', hashlib.sha1(content, usedforsecurity=False).hexdigest())}"
                f"{_slot('size', str(len(content)))}{''.join(more)}"
                f"{_slot('urn:ihe:iti:xds:2013:referenceIdList', *references)}"
                f"{_name('Document')}{_author(owner, 'author', self.structure)}{listed}"
                f"{_identified(owner, 'XDSDocumentEntry.patientId', patient)}"
                f"{_identified(owner, 'XDSDocumentEntry.uniqueId', uid)}"
                "</ExtrinsicObject>"
            )

        return etree.fromstring(
            f'<RegistryObjectList xmlns="{RIM}">'
            + _package(self.set_uid, patient, self.structure)
            + entry(
                "Manifest",
                "application/dicom",
                self.manifest_uid,
                manifest,
                _MANIFEST_CODES,
                _slot("languageCode", "fr-FR"),
                _slot("sourcePatientInfo", "PID-5|PAT-TROIS^DOMINIQUE^^^^^L", "PID-8|F"),
            )
            + entry(
                "Signature",
                "text/xml",
                self.signature_uid,
                signature,
                _SIGNATURE_CODES,
                _slot("languageCode", "art"),
            )
            + _member("m1", "Manifest")
            + _member("m2", "Signature")
            + '<Association id="s1" associationType="urn:ihe:iti:2007:AssociationType:signs" '
            'sourceObject="Signature" targetObject="Set"/>'
            + "".join(
                f'<Association id="r{number}" sourceObject="Manifest" targetObject="{target}" '
                'associationType="urn:ihe:iti:2007:AssociationType:RPLC"/>'
                for number, target in enumerate(self.replaces)
            )
            + "</RegistryObjectList>"
        )

    def build(self) -> tuple[bytes, str]:
        """The request's body and its Content-Type."""
        manifest = self.manifest if self.manifest is not None else kos(self.manifest_uid)
        signature = (self.dsg or Dsg(self.site)).build(
            self.signature_uid, self.set_uid, {self.manifest_uid: manifest}
        )
        objects = self.objects(manifest, signature)
        self.spoil_objects(objects)
        contents = {"Manifest": manifest, "Signature": signature}
        documents = "".join(
            f'<Document id="{key}">{base64.b64encode(value).decode()}</Document>'
            if self.inline
            else f'<Document id="{key}"><xop:Include '
            f'xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{key}%40test"/>'
            "</Document>"
            for key, value in contents.items()
        )
        request = etree.fromstring(
            '<ProvideAndRegisterDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007">'
            '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"/>'
            f"{documents}</ProvideAndRegisterDocumentSetRequest>"
        )
        request[0].append(objects)
        root = envelope(self.action, (self.vihf or Vihf(self.site)).build(), request)
        self.spoil_envelope(root)
        parts = {} if self.inline else {f"{key}@test": c for key, c in contents.items()}
        return package(etree.tostring(root), {**parts, **self.parts})


@dataclass(frozen=True)
class Deletion:
    """A good ITI-57 request that deletes the entries ``targets`` (entryUUIDs)."""

    site: Site
    targets: tuple[str, ...]
    vihf: Vihf | None = None
    set_uid: str = "2.25.4444"
    patient: str = PATIENT
    structure: str = STRUCTURE
    original: str = STATUS_APPROVED
    new: str = STATUS_DELETED
    action: str = ITI_57
    spoil_objects: Spoil = nothing
    spoil_request: Spoil = nothing

    def build(self) -> tuple[bytes, str]:
        """The request's body and its Content-Type."""
        listed = "".join(
            f'<Association id="u{number}" sourceObject="Set" targetObject="{target}" '
            'associationType="urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus">'
            f"{_slot('OriginalStatus', self.original)}{_slot('NewStatus', self.new)}</Association>"
            for number, target in enumerate(self.targets)
        )
        request = etree.fromstring(
            '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">'
            f'<RegistryObjectList xmlns="{RIM}">'
            f"{_package(self.set_uid, self.patient.replace('&', '&amp;'), self.structure)}{listed}"
            "</RegistryObjectList></lcm:SubmitObjectsRequest>"
        )
        self.spoil_objects(request[0])
        self.spoil_request(request)
        assertion = (self.vihf or Vihf(self.site)).build()
        return etree.tostring(envelope(self.action, assertion, request)), "application/soap+xml"


@dataclass(frozen=True)
class Retrieval:
    """A good ITI-43 request for ``documents``: (repositoryUniqueId, documentUniqueId)."""

    site: Site
    documents: tuple[tuple[str, str], ...]
    vihf: Vihf | None = None
    spoil: Spoil = nothing

    def build(self) -> tuple[bytes, str]:
        """The request's body and its Content-Type."""
        listed = "".join(
            f"<DocumentRequest><RepositoryUniqueId>{repository}</RepositoryUniqueId>"
            f"<DocumentUniqueId>{unique_id}</DocumentUniqueId></DocumentRequest>"
            for repository, unique_id in self.documents
        )
        request = etree.fromstring(
            f'<RetrieveDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007">{listed}'
            "</RetrieveDocumentSetRequest>"
        )
        self.spoil(request)
        assertion = (self.vihf or Vihf(self.site)).build()
        return etree.tostring(envelope(ITI_43, assertion, request)), "application/soap+xml"


def envelope(action: str, assertion: etree._Element, payload: etree._Element) -> etree._Element:
    """A SOAP 1.2 envelope with WS-Addressing and the VIHF."""
    root = etree.fromstring(
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}"><soap:Header>'
        f"<wsa:MessageID>urn:uuid:00000000-0000-4000-8000-{next(_numbers):012}</wsa:MessageID>"
        f'<wsa:To>https://dmp.example/</wsa:To><wsa:Action soap:mustUnderstand="true">{action}'
        f'</wsa:Action><wsse:Security xmlns:wsse="{WSSE}"/></soap:Header><soap:Body/>'
        "</soap:Envelope>"
    )
    root[0][-1].append(assertion)
    root[1].append(payload)
    return root


def package(root: bytes, parts: dict[str, bytes]) -> tuple[bytes, str]:
    """An MTOM/XOP package."""
    xop = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    listed = [("root@test", xop, root)]
    listed += [(key, "application/octet-stream", content) for key, content in parts.items()]
    chunks = [
        f"--b7\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{key}>\r\n\r\n".encode()
        + content
        + b"\r\n"
        for key, media, content in listed
    ]
    content_type = (
        'multipart/related; boundary=b7; type="application/xop+xml"; start="<root@test>"; '
        'start-info="application/soap+xml"'
    )
    return b"".join(chunks) + b"--b7--\r\n", content_type


FIND = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_BY_REFERENCE = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"
GET = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
APPROVED = f"('{STATUS_APPROVED}')"


@dataclass(frozen=True)
class Query:
    """A good ITI-18 request: ``slots`` are (name, values) in order."""

    site: Site
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    query_id: str = FIND
    return_type: str = "LeafClass"
    composed: str = "true"
    vihf: Vihf | None = None
    spoil: Spoil = nothing

    @classmethod
    def find(cls, site: Site, *more: tuple[str, tuple[str, ...]], **changes: Any) -> Query:
        patient = f"'{INS}^^^&{INS_OID}&ISO^NH'"
        slots = (
            ("$XDSDocumentEntryPatientId", (patient,)),
            ("$XDSDocumentEntryStatus", (APPROVED,)),
            *more,
        )
        return cls(site, slots, **changes)

    def build(self) -> tuple[bytes, str]:
        """The request's body and its Content-Type."""
        listed = "".join(
            _slot(slot_name, *(v.replace("&", "&amp;") for v in values))
            for slot_name, values in self.slots
        )
        request = etree.fromstring(
            '<AdhocQueryRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0">'
            f'<ResponseOption returnType="{self.return_type}" '
            f'returnComposedObjects="{self.composed}"/><AdhocQuery xmlns="{RIM}" '
            f'id="{self.query_id}">{listed}</AdhocQuery></AdhocQueryRequest>'
        )
        self.spoil(request)
        assertion = (self.vihf or Vihf(self.site)).build()
        return etree.tostring(envelope(ITI_18, assertion, request)), "application/soap+xml"


@dataclass(frozen=True)
class Reply:
    """The DMP's answer, read."""

    status: int
    root: etree._Element

    @classmethod
    def of(cls, status: int, content_type: str, body: bytes) -> Reply:
        if content_type.startswith("multipart/related"):
            body = body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
        return cls(status, etree.fromstring(body))

    @property
    def codes(self) -> list[str]:
        return [e.get("errorCode", "") for e in self.root.iter(f"{{{RS}}}RegistryError")]

    @property
    def contexts(self) -> list[str]:
        return [e.get("codeContext", "") for e in self.root.iter(f"{{{RS}}}RegistryError")]

    @property
    def success(self) -> bool:
        response = self.root[1][0]
        return response.get("status", "").endswith(":Success") and not self.codes

    @property
    def fault(self) -> str:
        """The last code of the SOAP fault: the subcode, or the code; "" when it is none."""
        values = [e.text or "" for e in self.root.iter(f"{{{SOAP}}}Value")]
        return values[-1] if values else ""

    @property
    def reason(self) -> str:
        return self.root.findtext(f".//{{{SOAP}}}Text", "")

    def header(self, local: str) -> str:
        return self.root.findtext(f".//{{{WSA}}}{local}", "")

    @property
    def entries(self) -> list[etree._Element]:
        return list(self.root.iter(f"{{{RIM}}}ExtrinsicObject"))

    @property
    def references(self) -> list[str]:
        return [e.get("id", "") for e in self.root.iter(f"{{{RIM}}}ObjectRef")]


def later(seconds: float) -> datetime:
    """NOW plus so many seconds."""
    return NOW + timedelta(seconds=seconds)


SCHEMAS = Path(__file__).parents[4] / "shared" / "data" / "schemas" / "xds"
METADATA = "XDSRepositoryMetadataError"
NEW_IDS = itertools.count(10)


def fresh(site: Site, **changes: Any) -> Publication:
    """A publication whose identifiers were never used."""
    number = next(NEW_IDS)
    ids = {
        "manifest_uid": f"2.25.1{number}",
        "signature_uid": f"2.25.2{number}",
        "set_uid": f"2.25.3{number}",
    }
    return Publication(site, **{**ids, **changes})
