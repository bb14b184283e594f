"""The domain library alone: the manifest, the message, the assertion."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hl7apy.parser import parse_message
from pydicom.dataset import Dataset

from bench.figures import Figure, alternate, at_least, at_most
from functions.aws.secrets import PemSigner
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.vihf_facts import AuthenticationMode, LpsIdentity, VihfFacts
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.manifest.build import ManifestFacts, build
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.study.index import InstanceRef, SeriesIndex, StudyIndex
from simulators import pki
from simulators.ris.cases import CASES
from simulators.ris.messages import message
from simulators.ris.pdf import FULL_SIZE

REFERENCES = 1300
STRUCTURE = "1750803447"
AT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)


def measure() -> Iterator[Figure]:
    """KOS against highdicom, message against hl7apy, VIHF against the bare RSA signature."""
    raw = message(CASES["C"], control_id="BENCH", at=AT, pdf_size=FULL_SIZE)
    report = read_report(raw)
    yield from _message(raw)
    yield from _vihf(report)
    yield from _manifest(report)


def _manifest(report: Report) -> Iterator[Figure]:
    facts = _facts(report)
    evidence = [_image(facts.study, ref) for ref in facts.study.series[0].instances]
    written = build(facts)
    listed = sum(len(one.instances) for one in read(written).series)
    if listed != REFERENCES:
        raise AssertionError(f"the manifest names {listed} objects")
    ours, peer = alternate(lambda: build(facts), lambda: _highdicom(evidence), 3, 10)
    yield at_most(
        f"KOS of {REFERENCES} references, built and written",
        ours * 1e3,
        50,
        "ms",
        f"({len(written) / 1e3:.0f} kB)",
    )
    yield at_least("  against highdicom", peer / ours, 10, "x", f"({peer * 1e3:.0f} ms)")


def _facts(report: Report) -> ManifestFacts:
    exam = report.document.exams[0]
    series = Uid(f"{exam.study_instance_uid}.201")
    refs = tuple(
        InstanceRef(Uid("1.2.840.10008.5.1.4.1.1.2"), Uid(f"{series}.{number}"), number)
        for number in range(1, REFERENCES + 1)
    )
    order = report.document.orders[0]
    return ManifestFacts(
        study=StudyIndex(
            study_instance_uid=exam.study_instance_uid,
            patient_id="IPP101",
            accession_number=order.accession.extension,
            study_date="20210108",
            study_time="102500",
            description="Scanographie de la tête",
            study_id="1",
            series=(SeriesIndex(series, "CT", 1, "Encéphale", refs),),
        ),
        patient=report.document.patient,
        order=order,
        act_label=exam.act.display,
        institution=Organisation(STRUCTURE, "Centre de radiologie Ambroise"),
        manufacturer="Ambroise Imagerie",
        retrieve_base="https://db.example.org/tenants/demo/dicomweb",
        sop_instance_uid=Uid("2.25.77"),
        series_instance_uid=Uid("2.25.78"),
        at=AT,
    )


def _image(study: StudyIndex, ref: InstanceRef) -> Dataset:
    """The facts that highdicom needs of each object."""
    image = Dataset()
    image.PatientID = "279035121518989"
    image.PatientName = "PAT-TROIS^DOMINIQUE"
    image.PatientBirthDate = "19790328"
    image.PatientSex = "F"
    image.StudyInstanceUID = study.study_instance_uid
    image.StudyID = study.study_id
    image.StudyDate = study.study_date
    image.StudyTime = study.study_time
    image.AccessionNumber = study.accession_number
    image.ReferringPhysicianName = ""
    image.SeriesInstanceUID = study.series[0].series_instance_uid
    image.Modality = "CT"
    image.SOPClassUID = ref.sop_class_uid
    image.SOPInstanceUID = ref.sop_instance_uid
    image.Rows = image.Columns = 512
    return image


def _highdicom(evidence: list[Dataset]) -> bytes:
    # Imported here, and measured last: its heap would slow the collector for everybody else.
    from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument  # noqa: PLC0415
    from pydicom.sr.codedict import codes  # noqa: PLC0415

    document = KeyObjectSelectionDocument(
        evidence=evidence,
        content=KeyObjectSelection(codes.DCM.Manifest, evidence),
        series_instance_uid="2.25.78",
        series_number=59,
        sop_instance_uid="2.25.77",
        instance_number=1,
        manufacturer="Ambroise Imagerie",
        institution_name="Centre de radiologie Ambroise",
    )
    written = BytesIO()
    document.save_as(written)
    return written.getvalue()


def _message(raw: bytes) -> Iterator[Figure]:
    text = raw.decode()
    ours, peer = alternate(lambda: read_report(raw), lambda: parse_message(text), 15, 3)
    yield at_most(
        f"ORU of {len(raw) / 1e3:.0f} kB read (HL7, base64, CDA, checks)", ours * 1e3, 5, "ms"
    )
    yield at_least("  against hl7apy (HL7 alone)", peer / ours, 3, "x", f"({peer * 1e3:.1f} ms)")


def _vihf(report: Report) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(StringIO()):
            pki.main([folder, "--structure", STRUCTURE])
        pem = (Path(folder) / f"sign-{STRUCTURE}.pem").read_text()
        secret = (Path(folder) / f"sign-{STRUCTURE}.key").read_text()
    signer = PemSigner(pem, secret)
    key = load_pem_private_key(secret.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the signing key is not an RSA key")
    author = report.document.legal_authenticator
    facts = VihfFacts(
        professional_id=author.identifier,
        subject_name=f"{author.given} {author.family}",
        structure_id=STRUCTURE,
        sector="SA08",
        profession=author.profession,
        specialty=author.specialty,
        patient=report.document.patient.ins,
        mode=AuthenticationMode.INDIRECTE,
        secret_connection=False,
        lps=LpsIdentity("lps-0001", "DRIMbox", "0.1.0", "BENCH"),
    )

    def ours() -> None:
        vihf.build(facts, signer, at=AT, assertion_id=str(uuid.uuid4()))

    def bare() -> None:
        key.sign(b"x" * 700, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # as the DMP's samples

    took, floor = alternate(ours, bare, 50)
    note = f"(RSA-{key.key_size} alone {floor * 1e3:.2f} ms)"
    yield at_most("VIHF built and signed", took * 1e3, 2, "ms", note)
