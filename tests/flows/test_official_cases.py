"""Every case of the national test plan, as ORU and as MDM, each with its own study in Orthanc."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Final
from uuid import uuid4

import pydicom
import pytest

from simulators.pacs.studies import Size
from simulators.ris.cases import CASES, Case
from simulators.ris.messages import Form
from tests.flows.stack import LocalStack, in_parallel, new_ins

OFFICIAL: Final = Path(__file__).parents[3] / "shared" / "data" / "cases"
# The checks here do not depend on the size of the images.
SMALL: Final = Size(instances=2, frames=2, pixels=16)
FORMS: Final[tuple[Form, ...]] = ("ORU", "MDM")
# Refused before anything is stored: MSA-1, ERR-2, ERR-3, ERR-7.
UNDECLARED: Final = ("AE", "MSH^1^3", "204", "undeclared_sender")
REFUSED: Final = {
    # Their MSH-3 and MSH-4 are those of suppliers that the tenant does not declare.
    **dict.fromkeys("JKLS", UNDECLARED),
}
# G2: the study that the report names is in no PACS. M: the report's traits contradict those of its
# images, under the same INS and local identifier.
HELD: Final = {"G2": "study_not_found", "M": "traits_mismatch"}
# The second message of a study: it replaces, or withdraws, the first one's manifest.
CHANGES: Final = {"G1_MAJ": "G1", "I_Depublication": "I"}
PUBLISHED: Final = tuple(n for n in CASES if n not in {*REFUSED, *HELD, *CHANGES})
INVISIBLE: Final = ["INVISIBLE_PATIENT", "N"]
THREE_CODES: Final = ["INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "MASQUE_PS", "N"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of a case, once it has come to its end."""

    case: Case
    state: str
    studies: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def sent(_stack: LocalStack) -> dict[tuple[str, Form], Sent]:
    """Every case that is accepted, sent in both forms, all at an end."""
    wanted = [(name, form) for form in FORMS for name in (*HELD, *PUBLISHED)]

    def send(one: tuple[str, Form]) -> tuple[Case, str]:
        case = CASES[one[0]].fresh(uuid4().hex)
        _stack.store(case, SMALL)
        return case, _stack.accepted(_stack.report(case, one[1]))

    accepted = in_parallel(send, wanted)
    found = {}
    for key, (case, message_id) in zip(wanted, accepted, strict=True):
        entry = _stack.await_outcome(message_id)
        found[key] = Sent(case, entry.state, dict(entry.studies))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_cases(
    stack: LocalStack, sent: dict[tuple[str, Form], Sent], name: str, form: Form
) -> None:
    one = sent[name, form]
    assert one.state == "published"
    assert one.studies == dict.fromkeys(one.case.studies, ("published", ""))
    codes = THREE_CODES if name == "MASQUE" else INVISIBLE
    for study in one.case.archived_studies():
        documents = stack.documents(study.study_instance_uid)
        assert len(documents) == 1, "one manifest for each study"
        (document,) = documents
        assert document["availability_status"] == "Approved"
        assert sorted(document["confidentiality_codes"]) == codes
        assert document["patient_id"].startswith(f"{one.case.ins}^^^&{one.case.ins_oid}&ISO")
        accessions = [v for v in document["reference_ids"] if v.endswith("2013:accession")]
        assert [value.split("^")[0] for value in accessions] == [study.accession]
        manifest = pydicom.dcmread(BytesIO(stack.document(document["entry_uuid"])))
        assert manifest.SOPInstanceUID == document["unique_id"]
        assert manifest.StudyInstanceUID == study.study_instance_uid
        assert manifest.PatientID == one.case.ins
        requests = manifest.ReferencedRequestSequence
        assert [r.AccessionNumber for r in requests] == [study.accession]


@pytest.mark.parametrize("form", FORMS)
def test_a_study_that_no_pacs_has_is_held(
    stack: LocalStack, sent: dict[tuple[str, Form], Sent], form: Form
) -> None:
    one = sent["G2", form]
    (study,) = one.case.studies
    assert one.state == "held"
    assert one.studies == {study: ("held", "study_not_found")}
    assert stack.documents(study) == []
    (archived,) = one.case.archived
    assert stack.documents(archived) == [], "nor is the study published that its order is of"


@pytest.mark.parametrize("form", FORMS)
def test_traits_that_contradict_the_images_are_held(
    stack: LocalStack, sent: dict[tuple[str, Form], Sent], form: Form
) -> None:
    one = sent["M", form]
    (study,) = one.case.studies
    assert one.state == "held"
    assert one.studies == {study: ("held", "traits_mismatch")}
    assert stack.documents(study) == []


@pytest.mark.parametrize("form", FORMS)
def test_other_traits_under_an_ins_already_seen_are_held(stack: LocalStack, form: Form) -> None:
    ins, token = new_ins(), uuid4().hex
    assert (
        stack.publish(replace(CASES["C"].fresh(token), ins=ins), form, SMALL).state == "published"
    )
    # The images say the same as the report this time: only the earlier report contradicts it.
    case = replace(CASES["M"].fresh(token), ins=ins, archived_traits=None)
    (study,) = case.studies
    held = stack.publish(case, form, SMALL)
    assert held.studies == {study: ("held", "known_traits_mismatch")}
    assert stack.documents(study) == []
    scan = stack.aws["dynamodb"].scan(TableName=stack.table("Patients"))
    assert scan["Count"] > 0
    assert not any(text in str(scan["Items"]) for text in (ins, "PAT-TROIS", "19790328"))
    # An operator gives the word for it, by name: a replay alone confirms nothing.
    assert stack.confirm_identity(held.message_id, study) == 202
    assert stack.await_state(held.message_id, "published").studies == {study: ("published", "")}
    (confirmed,) = stack.audited("traits.confirmed", for_message_id=held.message_id)
    assert confirmed["for_ins"] == ins
    # Both sets of traits stand, until the operator decides which are right.
    assert stack.shown(held.message_id)["known_traits"]["sets"] == 2
    assert stack.decide_traits(held.message_id, "these") == 201
    assert "known_traits" not in stack.shown(held.message_id)
    (decided,) = stack.audited("traits.decided", for_message_id=held.message_id)
    assert decided["for_ins"] == ins


@pytest.mark.parametrize(
    ("name", "expected"),
    [("NAMES_NONE", 1), ("NAMES_FAMILY", 2), ("NAMES_GIVEN", 2), ("NAMES_BOTH", 2)],
)
def test_used_names_are_other_patient_names(
    stack: LocalStack, sent: dict[tuple[str, Form], Sent], name: str, expected: int
) -> None:
    one = sent[name, "ORU"]
    (document,) = stack.documents(one.case.studies[0])
    manifest = pydicom.dcmread(BytesIO(stack.document(document["entry_uuid"])))
    traits = one.case.traits
    names = manifest["OtherPatientNames"].value
    names = [str(names)] if manifest["OtherPatientNames"].VM == 1 else [str(n) for n in names]
    used = f"{traits.used_family}^{traits.used_given}".rstrip("^")
    assert names == [f"^{traits.givens}", used][:expected]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", REFUSED)
def test_refused_cases_change_nothing(stack: LocalStack, name: str, form: Form) -> None:
    case = CASES[name].fresh(uuid4().hex)
    (study,) = case.studies
    before = stack.documents(study), stack.record(study), stack.keys("inbox")
    ack = stack.send(stack.report(case, form))
    assert ack.status == 200
    assert ack.refusal == REFUSED[name]
    assert (stack.documents(study), stack.record(study), stack.keys("inbox")) == before


@pytest.mark.parametrize("form", FORMS)
def test_a_corrected_report_replaces_the_manifest(stack: LocalStack, form: Form) -> None:
    token = uuid4().hex
    case = CASES["G1_MAJ"].fresh(token)
    (study,) = case.studies
    assert stack.publish(CASES["G1"].fresh(token), form, SMALL).state == "published"
    (former,) = stack.documents(study)
    entry = stack.await_outcome(stack.accepted(stack.report(case, form)))
    assert entry.studies == {study: ("published", "")}
    found = {one["availability_status"]: one for one in stack.documents(study)}
    assert set(found) == {"Deprecated", "Approved"}
    assert found["Deprecated"]["entry_uuid"] == former["entry_uuid"]
    assert found["Approved"]["confidentiality_codes"] == ["N"], "visible to the patient now"
    manifest = pydicom.dcmread(BytesIO(stack.document(found["Approved"]["entry_uuid"])))
    assert manifest.SOPInstanceUID == stack.record(study)["current"]["M"]["manifest_uid"]["S"]
    assert len(stack.audited("manifest.replaced", for_message_id=entry.message_id)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_withdrawn_report_leaves_nothing_to_find(stack: LocalStack, form: Form) -> None:
    token = uuid4().hex
    case = CASES["I_Depublication"].fresh(token)
    (study,) = case.studies
    assert stack.publish(CASES["I"].fresh(token), form, SMALL).state == "published"
    entry = stack.await_outcome(stack.accepted(stack.report(case, form)))
    assert entry.studies == {study: ("withdrawn", "")}
    assert [one["availability_status"] for one in stack.documents(study)] == ["Deleted"]
    record = stack.record(study)
    assert "current" not in record
    assert record["withdrawn"]["M"]["version"]["N"] == "1"
    assert len(stack.audited("manifest.withdrawn", for_message_id=entry.message_id)) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_message_after_its_successor_changes_nothing(stack: LocalStack, name: str) -> None:
    token = uuid4().hex
    case, first = CASES[name].fresh(token), CASES[CHANGES[name]].fresh(token)
    (study,) = case.studies
    stack.store(first, SMALL)
    last = stack.await_outcome(stack.accepted(stack.report(case)))
    before = stack.documents(study)
    assert last.state == ("published" if name == "G1_MAJ" else "withdrawn")
    late = stack.await_outcome(stack.accepted(stack.report(first, control_id=uuid4().hex[:20])))
    assert late.studies == {study: ("superseded", "")}
    assert stack.documents(study) == before
    assert len(before) == (1 if name == "G1_MAJ" else 0)


def test_an_exam_taken_out_of_the_pacs_is_withdrawn(stack: LocalStack) -> None:
    case = CASES["W"].fresh(uuid4().hex)
    (study,) = case.studies
    assert stack.publish(case, "ORU", SMALL).state == "published"
    same = stack.await_outcome(stack.accepted(stack.report(case, "OMI", control_id=uuid4().hex)))
    assert same.studies == {study: ("unchanged", "")}, "the PACS decides, not the message"
    stack.remove(study)
    gone = stack.await_outcome(stack.accepted(stack.report(case, "OMI", control_id=uuid4().hex)))
    assert gone.studies == {study: ("withdrawn", "")}
    assert [one["availability_status"] for one in stack.documents(study)] == ["Deleted"]
    # Its images come back, and its report is sent again.
    stack.store(case, SMALL)
    again = stack.await_outcome(stack.accepted(stack.report(case, control_id=uuid4().hex)))
    assert again.studies == {study: ("published", "")}


def test_images_that_arrive_later_are_in_a_new_manifest(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    (study,) = case.studies
    assert stack.publish(case, "ORU", SMALL).state == "published"
    stack.store(case, replace(SMALL, instances=3))
    later = stack.await_outcome(stack.accepted(stack.report(case, "OMI", control_id=uuid4().hex)))
    assert later.studies == {study: ("published", "")}
    found = {one["availability_status"]: one for one in stack.documents(study)}
    assert set(found) == {"Deprecated", "Approved"}

    def references(status: str) -> int:
        manifest = pydicom.dcmread(BytesIO(stack.document(found[status]["entry_uuid"])))
        (evidence,) = manifest.CurrentRequestedProcedureEvidenceSequence
        return sum(len(s.ReferencedSOPSequence) for s in evidence.ReferencedSeriesSequence)

    assert references("Approved") > references("Deprecated")


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("name", ["A", "E", "F", "G1", "Q", "MASQUE"])
def test_published_manifests_are_valid_dicom(
    stack: LocalStack, sent: dict[tuple[str, Form], Sent], name: str, tmp_path: Path
) -> None:
    for study in sent[name, "MDM"].case.studies:
        (document,) = stack.documents(study)
        path = tmp_path / "manifest.dcm"
        path.write_bytes(stack.document(document["entry_uuid"]))
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        assert "KeyObjectSelectionDocument" in said.stderr
        assert "Error" not in said.stderr
        manifest = pydicom.dcmread(path)
        del manifest.CurrentRequestedProcedureEvidenceSequence
        manifest.save_as(path)
        spoiled = subprocess.run(
            ["dciodvfy", str(path)], capture_output=True, text=True, check=False
        )
        assert "Error" in spoiled.stderr, "the judge rejects a spoiled one"


# ---- the national files themselves, where they are beside the project

official = pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the national files are not here")
OFFICIAL_PUBLISHED: Final = ("A", "C", "E", "F", "G1", "I", "Q", "U", "W")


def official_message(stack: LocalStack, name: str, form: Form, suffix: str = "") -> bytes:
    """A national message with its placeholders filled; with a ``suffix``, for studies of its own.

    The suffix is put behind the study's, the document's and the accession's identifiers.
    """
    application, facility = stack.endpoints["sender"]
    values = {
        "applicationSupplier": application,
        "facilitySupplier": facility,
        "applicationReceiver": "DRIMBOX",
        "facilityReceiver": "AMBROISE",
        "idMessage": uuid4().hex[:20],
    }
    text = (OFFICIAL / f"CR_{name}-{form}.hl7").read_bytes().decode()
    text = re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)
    if suffix:
        text = re.sub(
            r"(?<=\^Base64\^)[A-Za-z0-9+/=]+",
            lambda found: base64.b64encode(
                _elsewhere(base64.b64decode(found[0]).decode(), suffix).encode()
            ).decode(),
            text,
            count=1,
        )
        text = "".join(
            _elsewhere(line, suffix) if line.startswith("TXA|") else line
            for line in text.splitlines(keepends=True)
        )
    return text.encode()


def _elsewhere(text: str, suffix: str) -> str:
    text = re.sub(r"(1\.2\.250\.1\.213\.4\.5\.(?:2\.1|4)\.[0-9]+)", rf"\1.{suffix}", text)
    return re.sub(r"(ACN[0-9]+)", rf"\1N{suffix}", text)


def official_case(name: str, suffix: str = "") -> Case:
    """The study that the national message speaks of, as the PACS has it."""
    case = CASES[name]
    if not suffix:
        return case

    return replace(
        case,
        orders=tuple(replace(o, accession=f"{o.accession}N{suffix}") for o in case.orders),
        exams=tuple(
            replace(exam, studies=tuple(f"{uid}.{suffix}" for uid in exam.studies))
            for exam in case.exams
        ),
        archived=tuple(f"{uid}.{suffix}" for uid in case.archived),
    )


@official
def test_the_national_messages(stack: LocalStack) -> None:
    wanted = [(name, form) for name in OFFICIAL_PUBLISHED for form in FORMS]

    def publish(one: tuple[str, Form]) -> None:
        name, form = one
        suffix = "" if form == "ORU" else "2"
        case = official_case(name, suffix)
        stack.store(case, SMALL)
        message_id = stack.accepted(official_message(stack, name, form, suffix))
        assert stack.await_outcome(message_id).state == "published", one
        for study in case.archived_studies():
            (document,) = stack.documents(study.study_instance_uid)
            assert sorted(document["confidentiality_codes"]) == INVISIBLE
            assert any(v.startswith(f"{study.accession}^") for v in document["reference_ids"])

    in_parallel(publish, wanted)
    for form, suffix in (("ORU", ""), ("MDM", "2")):
        for name, state, left in (
            ("G1_MAJ", "published", ["Approved", "Deprecated"]),
            ("I_Depublication", "withdrawn", ["Deleted"]),
        ):
            message_id = stack.accepted(official_message(stack, name, form, suffix))  # type: ignore[arg-type]
            assert stack.await_outcome(message_id).state == state, (name, form)
            (study,) = official_case(name, suffix).studies
            assert sorted(d["availability_status"] for d in stack.documents(study)) == left


@official
def test_the_national_message_on_an_unknown_study(stack: LocalStack) -> None:
    for form in FORMS:
        message_id = stack.accepted(official_message(stack, "G2", form))
        entry = stack.await_outcome(message_id)
        assert dict(entry.studies) == {"1.2.3.4.5.6.7.8.9": ("held", "study_not_found")}
    assert stack.documents("1.2.3.4.5.6.7.8.9") == []
