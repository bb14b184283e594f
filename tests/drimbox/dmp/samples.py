"""A signing key, a report's facts and a registry's answers, made here for the tests."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from functions.drimbox.dmp import formats, metadata
from functions.drimbox.dmp.vihf_facts import AuthenticationMode, LpsIdentity, VihfFacts
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import (
    Code,
    Identifier,
    Interval,
    Organisation,
    Patient,
    Professional,
)
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.report.model import ClinicalDocument, Exam, MessageHeader, Order, Report
from functions.drimbox.report.requested_action import Action
from tests.drimbox.report.build import visibility

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 3, 2, 9, 30, 15, 250000, tzinfo=UTC)
INS = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
STRUCTURE = "1750803447"
STUDY = Uid("1.2.250.1.999.77.1.1")
SUBMISSION_SET = Uid("2.25.1001")
MANIFEST = Uid("2.25.1002")
SIGNATURE = Uid("2.25.1003")
KOS = bytes(128) + b"DICM" + bytes(range(256)) * 8
NORMAL = Code("N", "2.16.840.1.113883.5.25", "Normal")


@dataclasses.dataclass(frozen=True)
class RsaSigner:
    """A key in memory behind the Signer port."""

    key: rsa.RSAPrivateKey
    held: x509.Certificate

    @property
    def certificate(self) -> bytes:
        return self.held.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.held.public_bytes(Encoding.PEM)

    def sign(self, data: bytes, digest: Literal["sha1", "sha256"]) -> bytes:
        algorithm = hashes.SHA1() if digest == "sha1" else hashes.SHA256()  # noqa: S303
        return self.key.sign(data, padding.PKCS1v15(), algorithm)


@cache
def signer(common_name: str = "DRIMbox de test") -> RsaSigner:
    """A self-signed ORG_SIGN look-alike; its subject has a comma, to be escaped."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Paris (75)"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Imagerie Ambroise, site nord"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, STRUCTURE),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    held = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x5A17)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return RsaSigner(key, held)


LPS = LpsIdentity("lps-0001", "DRIMbox", "0.1.0", "HOMOLOGATION-SECRETE")


def vihf_facts(**changes: Any) -> VihfFacts:
    facts = VihfFacts(
        professional_id="810100000001",
        subject_name="Camille VERNIER",
        structure_id=STRUCTURE,
        sector="SA07",
        profession="10",
        specialty="SM44",
        patient=INS,
        mode=AuthenticationMode.INDIRECTE,
        secret_connection=False,
        lps=LPS,
    )
    return dataclasses.replace(facts, **changes)


INSTITUTION = Organisation(
    STRUCTURE,
    "Imagerie Ambroise & fils",
    Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"),
)
VERNIER = Professional("810100000001", "VERNIER", "Camille", "10", "SM44", INSTITUTION)
PATIENT = Patient(
    ins=INS,
    local_ids=(Identifier("1.2.250.1.999.5", "IPP101"),),
    birth_family="PATIENTE",
    birth_given="ALICE",
    birth_givens="ALICE ANNE",
    used_family="",
    used_given="",
    birth_date="19790328",
    sex="F",
    birth_place="63220",
)
LOCAL_START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC).replace(tzinfo=None)
EXAM = Exam(
    study_instance_uid=STUDY,
    act=Code("24558-9", "2.16.840.1.113883.6.1", "Échographie de l'abdomen"),
    procedures=(),
    modalities=(Code("US", "1.2.840.10008.2.16.4", "Échographie"),),
    regions=(Code("818983003", "2.16.840.1.113883.6.96", "abdomen"),),
    period=Interval(LOCAL_START, datetime(2026, 3, 1, 7, 20, tzinfo=UTC)),
    performer=None,
)
ORDER = Order(Identifier("1.2.250.1.999.6", "DEM-7"), Identifier("1.2.250.1.999.7", "ACC-7"))


def report(*, patient_class: str = "O", patient: Patient = PATIENT, **document: Any) -> Report:
    header = MessageHeader("|^~\\&", "RIS", "S", "DB", "S", ("ORU", "R01", ""), "1", "P", "2.5", "")
    held = ClinicalDocument(
        id=Identifier("2.25.77"),
        set_id=None,
        version=1,
        replaces=None,
        code=Code("18748-4", "2.16.840.1.113883.6.1"),
        title="Compte rendu",
        effective_time=AT,
        confidentiality="N",
        patient=patient,
        author=VERNIER,
        legal_authenticator=VERNIER,
        custodian=None,
        orders=(ORDER,),
        exams=(EXAM,),
        facility_type=Code("SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
    )
    return Report(
        header=header,
        action=Action.PUBLISH,
        document=dataclasses.replace(held, **document),
        visibility=visibility(),
        patient_class=patient_class,
        sender=None,
        cda=b"",
        cda_sha256="",
    )


def submission_facts(**changes: Any) -> metadata.SubmissionFacts:
    facts = metadata.SubmissionFacts(
        report=report(),
        exam=EXAM,
        order=ORDER,
        institution=INSTITUTION,
        sector="SA07",
        source_id=Oid("1.2.250.1.999.1"),
        submission_set_id=SUBMISSION_SET,
        manifest=metadata.DocumentFacts.of(MANIFEST, KOS, AT - timedelta(seconds=1)),
        signature=metadata.DocumentFacts.of(SIGNATURE, b"<Signature/>", AT),
        device=formats.DeviceAuthor("899000000002", "DRIMBox", "EDITEUR"),
        confidentiality=(NORMAL, Code("INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13", "")),
        at=AT,
        zone=PARIS,
    )
    return dataclasses.replace(facts, **changes)


class FixedClock:
    """The same present at each call."""

    def now(self) -> datetime:
        return AT


class CountedUids:
    """UUIDs 1, 2, 3…"""

    def __init__(self) -> None:
        self.count = 0

    def fresh(self) -> str:
        self.count += 1
        return str(uuid.UUID(int=self.count))
