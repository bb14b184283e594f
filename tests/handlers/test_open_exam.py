"""Exams that a page opens: the viewer's document, at once and while their images come."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from functions.aws import clients, opening_exams
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.errors import DmpUnavailable
from functions.drimbox.identity.parties import Code
from functions.fetch_exam import steps
from functions.open_exam import answers
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import SERIES, STUDY
from tests.drimbox.reading.exam_scenes import CHU, MANIFEST, answering, exam_entry, images, manifest
from tests.fakes.logs import written
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import Outside, audit_records, stores
from tests.handlers.journey import STUDY as OWN_STUDY
from tests.handlers.journey import Journey, deliver_fills
from tests.handlers.opened_scenes import (
    IP,
    Desk,
    Dmp,
    allow,
    executions,
    machine,
    readings,
    started,
)
from tests.handlers.reader_scenes import WHO
from tests.handlers.white_lists import put_list


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch) -> Dmp:
    made = Dmp()
    monkeypatch.setattr(opening_exams, "opened", made.connect)
    monkeypatch.setattr(steps, "open_dmp", made.connect)
    monkeypatch.setattr(answers, "PATIENCE", 0.0)
    return made


@pytest.fixture
def desk(site: None, outside: Outside, dmp: Dmp) -> Desk:
    machine()
    put_list("db1.example")
    return started(outside, dmp)


def opened_records() -> list[dict[str, str]]:
    return [one for one in audit_records() if one["event"] == "exam.opened"]


def test_an_exam_of_another_site_is_told_and_fetched(desk: Desk) -> None:
    with written() as log:
        told = desk.document("open")["1"]
        assert (told["state"], told["identity"], told["awaited"]) == ("coming", "unknown", 3)
        assert (told["date"], told["act"], told["site"], told["own"]) == (
            "20260102",
            "Scanner thoracique",
            "CHU de Poitiers",
            False,
        )
        assert (told["report"], told["first"]) == ([], None)
        assert executions() == [{"tenant": "demo", "page": desk.page, "exam": desk.exam}]
        assert desk.run()["outcome"] == "watch"
    told = desk.document("progress")["1"]
    assert (told["state"], told["identity"], told["reason"]) == ("whole", "agrees", "")
    (series,) = told["series"]
    assert (series["uid"], series["modality"], series["count"]) == (SERIES, "CT", 3)
    assert [len(frame) for frame in series["frames"]] == [3, 3, 3]
    held = images(1, 2, 3)
    for place, (at, offset, size) in enumerate(series["frames"], 1):
        key = _key(series["objects"][at]["url"])
        body = clients.s3().get_object(Bucket="readings", Key=key)["Body"].read()
        assert body[offset : offset + size] in held[f"{SERIES}.{place}"]
    assert sorted(one["event"] for one in audit_records() if "exam" in str(one["event"])) == [
        "exam.opened"
    ]
    (record,) = opened_records()
    assert (record["who"], record["result"], record["for_ins"]) == (
        WHO,
        "success",
        CALL.ins.value,
    )
    assert record["for_manifest_uid"] == MANIFEST
    assert record["for_structure_id"] == STRUCTURE
    for secret in (CALL.ins.value, desk.page, "canary-access", "PAT-TROIS", STUDY, "db1.example"):
        assert secret not in log.getvalue()


def _key(url: str) -> str:
    """The key in a signed address of the test's bucket."""
    return "demo/" + unquote(urlsplit(url).path).rpartition("demo/")[2]


def test_no_address_or_key_names_the_patient_or_the_exam(desk: Desk) -> None:
    desk.document("open")
    desk.run()
    (series,) = desk.document("progress")["1"]["series"]
    for text_of in (*readings(), *(one["url"] for one in series["objects"])):
        for secret in (STUDY, SERIES, MANIFEST, CALL.ins.value, desk.page, desk.cookie):
            assert str(secret) not in text_of
    assert all(key.startswith("demo/readings/") for key in readings())


def test_the_first_frame_comes_with_the_document(desk: Desk) -> None:
    desk.document("open")
    desk.run()
    told = desk.document("open")["1"]
    assert (told["state"], told["first"]["series"], told["first"]["frame"]) == ("whole", 0, 1)
    assert base64.b64decode(told["first"]["bytes"]) in images(2)[f"{SERIES}.2"]
    assert len(executions()) == 1
    assert desk.dmp.asked == [MANIFEST]


def test_an_opening_waits_for_the_first_image(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PATIENCE", 60.0)
    monkeypatch.setattr("functions.open_exam.answers.time.sleep", lambda _: desk.run())
    assert desk.document("open")["1"]["first"] is not None


def test_another_patients_images_are_a_red_page(desk: Desk) -> None:
    desk.outside.hosts[IP] = answering(
        {**images(1, 3), **images(2, PatientName="AUTRE^CAMILLE", PatientBirthDate="19800101")}
    )
    desk.document("open")
    desk.run()
    told = desk.document("progress")["1"]
    assert (told["state"], told["identity"]) == ("refused", "differs")
    assert told["identities"] == {
        "name": "AUTRE CAMILLE",
        "birth_date": "19800101",
        "sex": "F",
    }
    assert told["series"][0]["frames"] == []
    assert [key for key in readings() if "pack" in key] == []


@pytest.mark.parametrize(
    ("failure", "documents", "code"),
    [
        (DmpUnavailable("down"), {}, "dmp_unavailable"),
        (None, {MANIFEST: b"garbage"}, "document_unreadable"),
        (None, {MANIFEST: manifest("2.25.9")}, "document_unreadable"),
    ],
)
def test_an_exam_whose_manifest_cannot_be_had_says_so(
    failure: Exception | None, documents: dict[str, bytes], code: str, desk: Desk
) -> None:
    desk.dmp.failure = failure
    desk.dmp.documents |= documents
    told = desk.document("open")["1"]
    assert (told["state"], told["reason"], told["series"]) == ("failed", code, [])
    assert executions() == []
    (record,) = opened_records()
    assert record["result"] == code
    assert desk.document("progress")["1"]["reason"] == "absent"


def test_a_manifest_of_another_patient_opens_nothing(desk: Desk) -> None:
    other = type(CALL.ins)("248039263001064", CALL.ins.oid)
    desk.dmp.documents[MANIFEST] = manifest(ins=other)
    assert desk.document("open")["1"]["reason"] == "document_other_patient"
    assert executions() == []
    assert readings() == []


def test_only_exams_that_the_page_showed_are_opened(desk: Desk) -> None:
    for exams, status in (("2", 404), ("", 400), ("1 1", 400), ("0", 400), ("1 2 3 4 5", 400)):
        assert desk.ask("open", exams)["statusCode"] == status
    assert desk.ask("open", edition="A" * 11)["statusCode"] == 404
    assert desk.ask("open", page="p" * 43)["statusCode"] == 404
    assert desk.ask("open", token="x")["statusCode"] == 403
    assert executions() == []
    assert desk.dmp.asked == []


def test_another_session_sees_nothing_of_a_page(desk: Desk, outside: Outside, dmp: Dmp) -> None:
    desk.document("open")
    desk.run()
    other = started(outside, dmp)
    assert other.ask("progress", page=desk.page)["statusCode"] == 404
    assert other.document("progress")["1"]["reason"] == "absent"


def test_an_exam_is_told_with_its_reports(site: None, outside: Outside, dmp: Dmp) -> None:
    machine()
    report = exam_entry("2.25.3", type_code=Code("18748-4", xds.LOINC, "CR"))
    desk = started(outside, dmp, exam_entry(), report)
    assert desk.document("open")["1"]["report"] == [2]
    assert desk.ask("open", "2")["statusCode"] == 404


def test_an_exam_that_failed_is_begun_again(desk: Desk, outside: Outside) -> None:
    outside.addresses["db1.example"] = ("10.0.0.1",)
    desk.document("open")
    desk.run()
    told = desk.document("progress")["1"]
    assert (told["state"], told["reason"]) == ("failed", "unlisted")
    outside.addresses["db1.example"] = (IP,)
    assert desk.document("open")["1"]["state"] == "coming"
    assert len(executions()) == 2
    desk.run()
    assert desk.document("progress")["1"]["state"] == "whole"


def own_entry(uid: str) -> DocumentEntry:
    """The entry of an exam of this site, the journey's study."""
    entry = exam_entry("2.25.1")
    xon = entry.author_institutions[0].replace(CHU, STRUCTURE)
    named = (ReferenceId(str(OWN_STUDY), "", xds.STUDY_INSTANCE_UID),)
    return replace(entry, unique_id=uid, author_institutions=(xon,), reference_ids=named)


def test_own_images_come_from_the_own_cache(journey: Journey, outside: Outside, dmp: Dmp) -> None:
    journey.archive_study()
    journey.publish()
    desk = started(outside, dmp, own_entry(journey.manifests()[0]["unique_id"]))
    told = desk.document("open")["1"]
    assert (told["state"], told["own"], told["awaited"]) == ("coming", True, 2)
    deliver_fills()
    told = desk.document("progress")["1"]
    assert (told["state"], told["identity"]) == ("whole", "agrees")
    (series,) = told["series"]
    # The sample's slices have no place in the patient: nobody draws them.
    assert (series["as"], series["why"], series["have"]) == ("dicom", "geometry", 2)
    assert ["series.multipart" in one["url"] for one in series["objects"]] == [True]
    assert dmp.asked == []


def test_an_own_exam_whose_manifest_is_replaced_is_absent(
    journey: Journey, outside: Outside, dmp: Dmp
) -> None:
    journey.archive_study()
    journey.publish()
    told = started(outside, dmp, own_entry("2.25.404")).document("open")["1"]
    assert (told["state"], told["reason"], told["own"]) == ("failed", "absent", True)
    assert dmp.asked == []


def test_an_exam_of_the_structure_that_this_gateway_never_published_is_asked_for(
    site: None, outside: Outside, dmp: Dmp
) -> None:
    """The structure may have had another DRIMbox: our own cache knows nothing of its exams."""
    machine()
    for number, entry in enumerate(
        (own_entry("2.25.404"), replace(own_entry("2.25.404"), reference_ids=())), 1
    ):
        told = started(outside, dmp, entry).document("open")["1"]
        assert (told["state"], told["reason"]) == ("failed", "absent")
        assert dmp.asked == ["2.25.404"] * number


@pytest.mark.parametrize("own", [True, False])
def test_an_exam_that_the_page_did_not_open_is_absent(
    own: bool, journey: Journey, outside: Outside, dmp: Dmp
) -> None:
    """No image is read without the audit record of its opening."""
    journey.archive_study()
    journey.publish()
    entry = own_entry(journey.manifests()[0]["unique_id"]) if own else exam_entry(MANIFEST)
    told = started(outside, dmp, entry).document("progress")["1"]
    assert (told["state"], told["reason"], told["series"]) == ("failed", "absent", [])
    assert opened_records() == []


def test_the_viewer_leads_to_the_import_of_an_exam_of_another_site(desk: Desk) -> None:
    """Where the tenant's file allows imports; nothing is said of an exam that did not open."""
    assert "import" not in desk.document("progress")["1"]
    assert desk.document("open")["1"]["import"] is False
    allow()
    assert desk.document("progress")["1"]["import"] is True


@pytest.mark.parametrize("case", ["own", "replaced", "file"])
def test_an_exam_that_no_import_takes_has_no_way_to_it(
    case: str, site: None, outside: Outside, dmp: Dmp
) -> None:
    """One of a structure of this site, one whose manifest is replaced, one of a file."""
    machine()
    allow(offline_files="always")
    put_list("db1.example")
    entry = {
        "own": own_entry(MANIFEST),
        "replaced": replace(exam_entry(), status=xds.DEPRECATED),
        "file": replace(exam_entry(), given_at=stores().clock.now().isoformat()),
    }[case]
    told = started(outside, dmp, entry).document("open")["1"]
    assert not told.get("import")


def test_a_page_without_consent_opens_nothing(desk: Desk) -> None:
    page = stores().contexts.open(replace(CALL, consent=False))
    assert desk.ask("open", page=page)["statusCode"] == 404
