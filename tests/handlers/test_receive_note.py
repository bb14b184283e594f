"""Rejection notes of the site's PACS."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest

from functions.aws import clients, scratch
from functions.receive_note.handler import MAX_BYTES
from functions.receive_note.handler import handler as receive_note
from functions.retrieve_study.handler import handler as retrieve_study
from functions.start_publication.handler import handler as start_publication
from simulators.pacs.studies import rejection_note
from tests.handlers.conftest import CONTEXT, audited, event
from tests.handlers.image_scenes import problem, published, wado
from tests.handlers.journey import CASE, SERIES, STEPS, STUDY, Journey, deliver_fills, waiting_fills

PART = b"--note\r\nContent-Type: application/dicom\r\n\r\n"


def note(*numbers: int, number: int = 1) -> bytes:
    """A rejection of these images of the study, Part 10."""
    images = []
    for one in numbers:
        root = pydicom.Dataset()
        root.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        root.SeriesInstanceUID, root.SOPInstanceUID = SERIES, f"{SERIES}.{one}"
        images.append(root)
    (study,) = CASE.archived_studies()
    out = BytesIO()
    rejected = rejection_note(study, images, number=number)
    pydicom.dcmwrite(out, rejected, enforce_file_format=True)
    return out.getvalue()


def stow(*objects: bytes, sample: str = "receive_note/note", **headers: str) -> dict[str, Any]:
    """One store request."""
    facts = event("receive_note/note") if sample.endswith("note") else event("receive_note/study")
    given = {name.replace("_", "-"): [value] for name, value in headers.items()}
    body = b"\r\n".join(PART + one for one in objects) + b"\r\n--note--\r\n"
    return {
        **facts,
        "multiValueHeaders": {**facts["multiValueHeaders"], **given},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def answer(reply: dict[str, Any]) -> pydicom.Dataset:
    assert reply["headers"]["Content-Type"] == "application/dicom+json"
    return pydicom.Dataset.from_json(base64.b64decode(reply["body"]).decode())


def play_queue(journey: Journey) -> dict[str, Any]:
    """The queue's next record goes its whole way; the last step's state."""
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    record = {**event("start_publication/batch")["Records"][0], "body": sent["Body"]}
    assert start_publication({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    message_id = json.loads(sent["Body"])["message_id"]
    journey.change = event("read_report/change", message_id=message_id, correlation_id=message_id)
    state: dict[str, Any] = {}
    for function in STEPS:
        state = journey.step(function)
    return state


def test_rejected_objects_are_gone_at_once_and_the_rest_is_served(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    body = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["body"]
    assert base64.b64decode(body).count(b"DICM") == 2

    reply = receive_note(stow(note(2)), CONTEXT)
    assert reply["statusCode"] == 200
    (stored,) = answer(reply).ReferencedSOPSequence
    assert stored.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.88.59"

    # At once, before anything is published: the object is absent, its copies are gone.
    gone = retrieve_study(wado(manifest, STUDY, SERIES, f"{SERIES}.2"), CONTEXT)
    assert (gone["statusCode"], problem(gone)) == (404, "absent")
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="cache")
    cold = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)
    assert (cold["statusCode"], waiting_fills()) == (503, (1, 0))
    deliver_fills()
    body = retrieve_study(wado(manifest, STUDY, SERIES), CONTEXT)["body"]
    assert base64.b64decode(body).count(b"DICM") == 1
    kept = retrieve_study(wado(manifest, STUDY, SERIES, f"{SERIES}.1"), CONTEXT)
    assert kept["statusCode"] == 200

    # Then the DMP follows.
    assert play_queue(journey)["settled"] == "published"
    active = [d for d in journey.manifests() if d["availability_status"] == "Approved"]
    assert [d["unique_id"] for d in active] != [manifest]
    journey.fill()
    body = retrieve_study(wado(active[0]["unique_id"], STUDY, SERIES), CONTEXT)["body"]
    assert base64.b64decode(body).count(b"DICM") == 1
    assert ("note.received", "accepted") in audited()


def test_when_all_is_rejected_the_series_is_absent(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    assert receive_note(stow(note(1, 2), sample="study"), CONTEXT)["statusCode"] == 200
    for uids in ((STUDY,), (STUDY, SERIES), (STUDY, SERIES, f"{SERIES}.1")):
        assert retrieve_study(wado(manifest, *uids), CONTEXT)["statusCode"] == 404
    assert journey.fill() == "superseded"
    assert play_queue(journey)["settled"] == "withdrawn"


def test_a_fill_that_a_note_overtakes_leaves_nothing(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    published(journey)
    ask = journey.pacs

    def with_a_note(request: Any) -> Any:
        journey.outside.hosts["pacs.example"] = ask
        with monkeypatch.context() as other:
            # Another function, at the same time, on a disk of its own.
            other.setattr(scratch, "ROOT", tmp_path / "disk of receive_note")
            assert receive_note(stow(note(2)), CONTEXT)["statusCode"] == 200
        return ask(request)

    journey.outside.hosts["pacs.example"] = with_a_note
    assert journey.fill() == "superseded"
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="cache")
    assert journey.fill() == "cached"


def test_a_note_of_which_a_part_cannot_be_read_is_in_force_and_told(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    published(journey)
    data = note(2, 3)
    ill_formed = f"{SERIES}.3".encode()
    reply = receive_note(stow(data.replace(ill_formed, ill_formed[:-2] + b"x3")), CONTEXT)
    assert reply["statusCode"] == 202
    (stored,) = answer(reply).ReferencedSOPSequence
    assert stored.WarningReason == 0xB007
    assert '"UnreadReferences": 1' in capsys.readouterr().out


def test_the_answer_says_what_was_stored_and_why_the_rest_was_not(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    published(journey)
    journey.archive_study()
    image = next((journey.folder / "pacs").rglob("*.dcm")).read_bytes()
    reply = receive_note(stow(note(2), image, b"not DICOM"), CONTEXT)
    assert reply["statusCode"] == 202
    said = answer(reply)
    assert len(said.ReferencedSOPSequence) == 1
    assert [one.FailureReason for one in said.FailedSOPSequence] == [0x0122]
    assert [one.FailureReason for one in said.OtherFailuresSequence] == [0xC000]
    reply = receive_note(stow(note(1, 2)), CONTEXT)
    assert reply["statusCode"] == 409
    assert [one.FailureReason for one in answer(reply).FailedSOPSequence] == [0x0111]
    assert '"InstanceUidReused": 1' in capsys.readouterr().out
    reply = receive_note(stow(note(2), Accept="application/dicom+xml"), CONTEXT)
    assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (200, "application/dicom+xml")
    assert sorted(one for one in audited() if one[0].startswith("note.")) == [
        ("note.received", "accepted"),
        ("note.refused", "cannot_understand"),
        ("note.refused", "class_not_supported"),
        ("note.refused", "duplicate"),
    ]
    log = journey.log.getvalue()
    assert CASE.ins not in log
    assert CASE.ipp not in log


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Accept": "text/html"}, 406, "not_acceptable"),
        ({"Content_Type": "application/dicom"}, 415, "unsupported_media"),
        ({"Content_Type": 'multipart/related; type="application/dicom"'}, 400, "bad_request"),
    ],
)
def test_a_body_that_is_no_store_request_is_refused(
    site: None, headers: dict[str, str], status: int, code: str
) -> None:
    reply = receive_note(stow(note(2), **headers), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (status, code)
    assert audited() == [("note.refused", code)]


def test_a_body_above_the_limit_is_413(site: None) -> None:
    reply = receive_note(stow(bytes(MAX_BYTES)), CONTEXT)
    assert (reply["statusCode"], problem(reply)) == (413, "too_large")


@pytest.mark.parametrize("caller", ["active", "bound", "foreign", ""])
def test_only_the_pacs_of_the_tenant_stores(site: None, caller: str) -> None:
    facts = stow(note(2))
    facts["requestContext"]["authorizer"] = {"caller": caller, "tenant": "demo"}
    assert receive_note(facts, CONTEXT)["statusCode"] == 401
    facts["requestContext"]["authorizer"] = {"caller": "pacs", "tenant": "voisin"}
    assert receive_note(facts, CONTEXT)["statusCode"] == 401
    assert audited() == []
