"""Rejection notes over the whole stack: sent by Orthanc and by another client, to the DMP."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pydicom
import pytest
import requests
from dicomweb_client import DICOMwebClient

from simulators.pacs.orthanc import (
    OrthancProcess,
    find_dicomweb_plugin,
    find_orthanc,
    free_port,
)
from simulators.pacs.studies import rejection_note, study_objects
from simulators.ris.cases import CASES
from tests.flows.exams import Exam, ask, named, parts, publish
from tests.flows.stack import PATIENCE, LocalStack, wait_for

FAILED: Final = 0x0122


class _Sender(OrthancProcess):
    """An archive that knows us as a DICOMweb destination, as its own documentation says."""

    destination: dict[str, str]
    authority: str

    def configuration(self) -> dict[str, Any]:
        known = super().configuration()
        known["HttpsCACertificates"] = self.authority
        known["DicomWeb"] = {**known["DicomWeb"], "Servers": {"drimbox": self.destination}}
        return known


def credential(stack: LocalStack) -> str:
    return (stack.layout.pki / "pacs-credential").read_text()


@pytest.fixture
def orthanc(stack: LocalStack, tmp_path: Path) -> Iterator[httpx.Client]:
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    assert executable is not None
    assert plugin is not None
    process = _Sender(executable, plugin, tmp_path / "orthanc", free_port())
    process.authority = str((stack.layout.pki / "ca.pem").resolve())
    process.destination = {
        "Url": stack.images_url("") + "/",
        "Username": stack.endpoints["tenant"],
        "Password": credential(stack),
    }
    process.start()
    headers = {"authorization": process.authorization}
    with httpx.Client(base_url=process.url, headers=headers, timeout=60, trust_env=False) as http:
        yield http
    process.stop()


def objects_of(exam: Exam) -> list[pydicom.Dataset]:
    """The images of the study, as its modality made them."""
    (study,) = exam.case.archived_studies()
    return [one for one in study_objects(study) if one.Modality != "KO"]


def encoded(root: pydicom.Dataset) -> bytes:
    out = BytesIO()
    pydicom.dcmwrite(out, root, enforce_file_format=True)
    return out.getvalue()


def whole(root: pydicom.Dataset) -> pydicom.Dataset:
    """As read from a file: its header names the object."""
    return pydicom.dcmread(BytesIO(encoded(root)))


def await_manifest(stack: LocalStack, exam: Exam) -> Exam | None:
    """The manifest that the DMP offers in place of the exam's own; None once it offers none."""

    def active() -> list[dict[str, Any]]:
        found = stack.documents(exam.study)
        return [one for one in found if one["availability_status"] == "Approved"]

    wait_for(
        lambda: exam.manifest not in {one["unique_id"] for one in active()},
        PATIENCE,
        "the DMP to follow the note",
    )
    found = active()
    return named(stack, exam.case, found[0]) if found else None


def test_orthanc_rejects_an_image(stack: LocalStack, orthanc: httpx.Client) -> None:
    exam = publish(stack, "C", None)
    rejected = objects_of(exam)[0]
    series, instance = str(rejected.SeriesInstanceUID), str(rejected.SOPInstanceUID)
    kept = [uid for uid in exam.series[series] if uid != instance]
    assert ask(stack, exam, series=series, instance=instance).status_code == 200

    (study,) = exam.case.archived_studies()
    stored = orthanc.post("/instances", content=encoded(rejection_note(study, [rejected])))
    sent = orthanc.post(
        "/dicom-web/servers/drimbox/stow",
        json={"Resources": [stored.json()["ID"]], "Synchronous": True},
    )
    assert sent.status_code == 200, sent.text

    # The PACS of the site lists it still: we serve it no more.
    assert ask(stack, exam, series=series, instance=instance).status_code == 404
    followed = await_manifest(stack, exam)
    assert followed is not None
    assert followed.series[series] == kept
    answer = ask(stack, followed, series=series)
    assert [str(pydicom.dcmread(BytesIO(one)).SOPInstanceUID) for one in parts(answer)] == kept
    assert ask(stack, followed, series=series, instance=instance).status_code == 404
    assert len(stack.audited("note.received", for_study_instance_uid=exam.study)) == 1


def test_dicomweb_client_rejects_all_of_it(stack: LocalStack) -> None:
    exam = publish(stack, "E", None)
    (study,) = exam.case.archived_studies()
    images = objects_of(exam)
    with requests.Session() as session:
        session.verify = str(stack.layout.pki / "ca.pem")
        session.trust_env = False
        session.auth = (stack.endpoints["tenant"], credential(stack))
        client = DICOMwebClient(stack.images_url("").rstrip("/"), session=session)
        answer = client.store_instances(
            [whole(rejection_note(study, images)), whole(images[0])], exam.study
        )
    assert len(answer.ReferencedSOPSequence) == 1
    assert [one.FailureReason for one in answer.FailedSOPSequence] == [FAILED]
    assert await_manifest(stack, exam) is None
    for series in exam.series:
        assert ask(stack, exam, series=series).status_code == 404


def test_nobody_else_rejects(stack: LocalStack) -> None:
    (study,) = CASES["C"].fresh(uuid4().hex).archived_studies()
    note = encoded(rejection_note(study, list(study_objects(study))[:1]))
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + note + b"\r\n--b--\r\n"
    kind = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=b'}
    url = stack.images_url("") + "/studies"
    with stack.client("ris") as http:
        for auth in (
            {},
            {"Authorization": f"Bearer {stack.token()}"},
            {"Authorization": f"Bearer {credential(stack)}x"},
        ):
            assert http.post(url, content=body, headers={**kind, **auth}).status_code == 401
        elsewhere = stack.images_url("", tenant="voisin") + "/studies"
        own = {"Authorization": f"Bearer {credential(stack)}"}
        assert http.post(elsewhere, content=body, headers={**kind, **own}).status_code == 401
        assert http.post(url, content=body, headers={**kind, **own}).status_code == 200
    assert stack.record(study.study_instance_uid)["rejections"]["L"]
