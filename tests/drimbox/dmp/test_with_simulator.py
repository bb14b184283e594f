"""Our requests against the DMP simulator, which is written from the standards alone, with all its
checks on: VIHF, signature, metadata, hash, duplicates, queries."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from functions.drimbox.dmp import metadata, signature, vihf
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.existence import Authorization, Existence, PatientRecord, RecordTraits
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.reconcile import Adopt, Quarantine, reconcile
from functions.drimbox.dmp.signing import SHA1, SHA256, AlgorithmSet
from functions.drimbox.dmp.stored_submission import StoredDocument, StoredSubmission
from functions.drimbox.dmp.vihf_facts import AuthenticationMode
from functions.drimbox.errors import DmpOutcomeUnknown, DmpRefused, IdentityRefused
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.transport import open_client
from simulators import pki
from simulators.dmp.certificates import Authorities
from simulators.dmp.identifiers import PatientId
from simulators.dmp.patients import Patient, Traits
from simulators.dmp.registry import Registry
from simulators.dmp.schemas import Schemas
from simulators.dmp.store import Store
from tests.drimbox.dmp import judges, samples


@dataclass
class Dmp:
    """The simulator in this process, and a client of it."""

    registry: Registry
    client: DmpClient
    signer: samples.RsaSigner

    def vihf(self, algorithms: AlgorithmSet = SHA1, **changes: object) -> vihf.VihfBuilder:
        return vihf.builder(samples.vihf_facts(**changes), self.signer, algorithms)

    def held(self, unique_id: Uid) -> list[dict[str, object]]:
        return [d for d in self.registry.state() if d["unique_id"] == unique_id]


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority.create(samples.AT)


@pytest.fixture
def dmp(authority: pki.Authority, tmp_path: Path) -> Iterator[Dmp]:
    tls, sign = pki.of_structure(samples.STRUCTURE)
    auth = authority.issue(tls.subject, pki.CLIENT, samples.AT)
    signing = authority.issue(sign.subject, pki.SIGNATURE, samples.AT)
    store = Store(tmp_path / "dmp.sqlite")
    schemas = Schemas(judges.SCHEMAS / "xds") if judges.SCHEMAS.exists() else None
    registry = Registry(
        store,
        Authorities.from_pem(authority.root.certificate_pem.encode()),
        clock=lambda: samples.AT,
        schemas=schemas,
    )
    peer = auth.certificate.public_bytes(Encoding.DER)

    def handle(request: httpx.Request) -> httpx.Response:
        body, kind = request.read(), request.headers["Content-Type"]
        service = request.url.path.rpartition("/")[2]
        answer = registry.execute(registry.transaction_of(service, body, kind), body, kind, peer)
        headers = {"Content-Type": answer.content_type}
        return httpx.Response(answer.status, content=answer.body, headers=headers)

    client = DmpClient(
        open_client(transport=httpx.MockTransport(handle)),
        DmpEndpoints.under("https://dmp.example/si-dmp-server/v2/services"),
        samples.FixedClock(),
        samples.CountedUids(),
    )
    yield Dmp(registry, client, samples.RsaSigner(signing.key, signing.certificate))
    store.close()


def kos(uid: str) -> bytes:
    """The least that is a manifest (PS3.3 A.35.4)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.88.59")
    meta.MediaStorageSOPInstanceUID = UID(uid)
    meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    evidence = Dataset()
    evidence.StudyInstanceUID = samples.STUDY
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = uid
    dataset.PatientID = samples.INS.value
    dataset.StudyInstanceUID = samples.STUDY
    dataset.Modality = "KO"
    dataset.CurrentRequestedProcedureEvidenceSequence = [evidence]
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


MANIFEST = kos(samples.MANIFEST)


def submission(
    dmp: Dmp,
    *,
    algorithms: AlgorithmSet = SHA1,
    set_id: Uid = samples.SUBMISSION_SET,
    manifest: bytes = MANIFEST,
    **changes: object,
) -> StoredSubmission:
    documents = (signature.SignedDocument(samples.MANIFEST, manifest),)
    signed = signature.sign(
        samples.SIGNATURE, set_id, documents, dmp.signer, at=samples.AT, algorithms=algorithms
    )
    facts = samples.submission_facts(
        submission_set_id=set_id,
        manifest=metadata.DocumentFacts.of(samples.MANIFEST, manifest, samples.AT),
        signature=metadata.DocumentFacts.of(samples.SIGNATURE, signed, samples.AT),
    )
    return StoredSubmission(
        metadata.build(replace(facts, **changes)),  # type: ignore[arg-type]
        (
            StoredDocument(metadata.MANIFEST_OBJECT, manifest),
            StoredDocument(metadata.SIGNATURE_OBJECT, signed),
        ),
    )


@pytest.mark.parametrize("algorithms", [SHA1, SHA256], ids=["sha1", "sha256"])
def test_a_manifest_is_published_and_found(dmp: Dmp, algorithms: AlgorithmSet) -> None:
    dmp.client.submit(submission(dmp, algorithms=algorithms), dmp.vihf(algorithms))
    (held,) = dmp.held(samples.MANIFEST)
    assert held["confidentiality_codes"] == ["N", "INVISIBLE_PATIENT"]
    (entry,) = dmp.client.get_by_unique_id(samples.MANIFEST, dmp.vihf(algorithms))
    facts = metadata.DocumentFacts.of(samples.MANIFEST, MANIFEST, samples.AT)
    assert entry.entry_uuid == held["entry_uuid"]
    decision = reconcile([entry], unique_id=samples.MANIFEST, sha1=facts.sha1, size=facts.size)
    assert decision == Adopt(entry.entry_uuid, ())
    assert entry.study_instance_uid == samples.STUDY


def test_a_professional_s_queries_find_it(dmp: Dmp) -> None:
    dmp.client.submit(submission(dmp), dmp.vihf())
    reader = dmp.vihf(mode=AuthenticationMode.INDIRECTE_RENFORCEE)
    day = date(2026, 3, 1)
    queries = {
        "all": (DocumentQuery(samples.INS), 1),
        "modality": (DocumentQuery(samples.INS, modality="US"), 1),
        "other modality": (DocumentQuery(samples.INS, modality="CT"), 0),
        "both": (DocumentQuery(samples.INS, modality="US", region="818983003"), 1),
        "one of both": (DocumentQuery(samples.INS, modality="US", region="774007"), 0),
        "the day": (DocumentQuery(samples.INS, service_from=day, service_to=day), 1),
        "before": (DocumentQuery(samples.INS, service_to=day - timedelta(days=1)), 0),
        "after": (DocumentQuery(samples.INS, service_from=day + timedelta(days=1)), 0),
        "created": (DocumentQuery(samples.INS, created_from=date(2026, 3, 2)), 1),
        "created before": (DocumentQuery(samples.INS, created_to=day), 0),
    }
    for name, (query, count) in queries.items():
        found = dmp.client.find_documents(query, reader)
        assert [e.unique_id for e in found] == [samples.MANIFEST] * count, name
    for reference_id in metadata.reference_ids(samples.EXAM, samples.ORDER):
        found = dmp.client.find_by_reference_id(samples.INS, reference_id, reader)
        assert samples.MANIFEST in {e.unique_id for e in found}
    assert dmp.client.find_by_reference_id(samples.INS, "X^^^&1.2&ISO^k", reader) == ()


def test_the_same_submission_again_is_told_and_kept_once(dmp: Dmp) -> None:
    stored = submission(dmp)
    dmp.client.submit(stored, dmp.vihf())
    with pytest.raises(DmpOutcomeUnknown):
        dmp.client.submit(stored, dmp.vihf())
    assert len(dmp.held(samples.MANIFEST)) == 1


def test_other_content_under_our_uid_is_refused_and_quarantined(dmp: Dmp) -> None:
    dmp.client.submit(submission(dmp), dmp.vihf())
    other = MANIFEST[:40] + b"\1" + MANIFEST[41:]  # the preamble says nothing
    with pytest.raises(DmpRefused) as caught:
        dmp.client.submit(submission(dmp, set_id=Uid("2.25.7"), manifest=other), dmp.vihf())
    assert "XDSNonIdenticalHash" in caught.value.registry_codes
    facts = metadata.DocumentFacts.of(samples.MANIFEST, other, samples.AT)
    entries = dmp.client.get_by_unique_id(samples.MANIFEST, dmp.vihf())
    decision = reconcile(entries, unique_id=samples.MANIFEST, sha1=facts.sha1, size=facts.size)
    assert isinstance(decision, Quarantine)


def test_another_structure_s_vihf_is_refused(dmp: Dmp) -> None:
    with pytest.raises(DmpRefused) as caught:
        dmp.client.submit(submission(dmp), dmp.vihf(structure_id="1920000684"))
    assert caught.value.registry_codes == ("FailedAuthentication",)
    assert dmp.registry.state() == []


def test_an_expired_vihf_is_refused(dmp: Dmp) -> None:
    def late(at: datetime, assertion_id: str) -> bytes:
        return dmp.vihf()(at - timedelta(seconds=31), assertion_id)

    with pytest.raises(DmpRefused) as caught:
        dmp.client.get_by_unique_id(samples.MANIFEST, late)
    assert caught.value.registry_codes == ("MessageExpired",)


AIR = AuthenticationMode.INDIRECTE_RENFORCEE
SENDER = Oid("1.2.250.1.999.1")


def described(dmp: Dmp, patient: Patient) -> None:
    who = PatientId(samples.INS.value, samples.INS.oid)
    dmp.registry.describe_patient(who, patient)


@pytest.mark.parametrize("authorization", list(Authorization))
def test_the_state_of_a_patient_s_dmp_is_read(dmp: Dmp, authorization: Authorization) -> None:
    traits = Traits("PATIENTE", "EPOUSE", ("ALICE",), "19790328", "F")
    described(dmp, Patient("open", str(authorization), traits))
    found = dmp.client.ask_for_record(samples.INS, SENDER, dmp.vihf(mode=AIR))
    read = RecordTraits("PATIENTE", "EPOUSE", ("ALICE",), "19790328", "F")
    assert found == PatientRecord(Existence.OPEN, authorization, read)


def test_no_dmp_and_a_closed_one_are_read(dmp: Dmp) -> None:
    for existence in (Existence.NONE, Existence.CLOSED):
        described(dmp, Patient(str(existence)))
        found = dmp.client.ask_for_record(samples.INS, SENDER, dmp.vihf(mode=AIR))
        assert found == PatientRecord(existence)
        with pytest.raises(DmpRefused):
            dmp.client.authorize(dmp.vihf(mode=AIR))


@pytest.mark.parametrize("state", ["absent", "expired"])
def test_an_authorisation_is_added_and_opens_the_documents(dmp: Dmp, state: str) -> None:
    dmp.client.submit(submission(dmp), dmp.vihf())
    described(dmp, Patient("open", state))
    query = DocumentQuery(samples.INS)
    with pytest.raises(DmpRefused):
        dmp.client.find_documents(query, dmp.vihf(mode=AIR))
    # The sender of a report needs no authorisation to find its own document.
    assert len(dmp.client.find_documents(query, dmp.vihf())) == 1
    with pytest.raises(IdentityRefused):
        dmp.client.authorize(dmp.vihf())
    dmp.client.authorize(dmp.vihf(mode=AIR))
    dmp.client.authorize(dmp.vihf(mode=AIR))
    found = dmp.client.ask_for_record(samples.INS, SENDER, dmp.vihf(mode=AIR))
    assert found.authorization is Authorization.VALID
    assert len(dmp.client.find_documents(query, dmp.vihf(mode=AIR))) == 1


def test_the_patient_s_refusal_stands(dmp: Dmp) -> None:
    described(dmp, Patient("open", "refused"))
    with pytest.raises(DmpRefused) as caught:
        dmp.client.authorize(dmp.vihf(mode=AIR))
    assert caught.value.registry_codes == ("DMPAuthorizationRefused",)
    found = dmp.client.ask_for_record(samples.INS, SENDER, dmp.vihf(mode=AIR))
    assert found.authorization is Authorization.REFUSED


def test_a_question_about_another_patient_than_the_assertion_s_is_refused(dmp: Dmp) -> None:
    other = Ins("279035121518989", Oid("1.2.250.1.213.1.4.11"))
    with pytest.raises(IdentityRefused):
        dmp.client.ask_for_record(other, SENDER, dmp.vihf(mode=AIR))
