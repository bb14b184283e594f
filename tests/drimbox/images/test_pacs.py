"""The DICOMweb client against scripted answers, good and bad."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images import pacs_index as module
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import InstanceRef
from functions.drimbox.transport import open_client
from tests.drimbox.images.pacs_scenes import (
    BASE,
    KO,
    SPOOL,
    XA,
    Archive,
    Json,
    archive,
    image,
    objects,
    series,
    study,
    with_selections,
)
from tests.drimbox.images.samples import CT, SERIES, STUDY, instance, selection


def test_the_index_of_a_study() -> None:
    pacs = archive(image(11), image(2), image(1, InstanceNumber=None), image(3))
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert found.study_instance_uid == STUDY
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-77")
    assert (found.study_date, found.study_time) == ("20260102", "093015")
    assert (found.description, found.study_id) == ("Scanner thoracique", "S77")
    assert found.key_images == ()
    one = found.series[0]
    assert (one.series_instance_uid, one.modality, one.number) == (SERIES, "CT", 3)
    assert one.description == "Axiales"
    assert [ref.sop_instance_uid[-2:] for ref in one.instances] == [".2", ".3", "11", ".1"]
    assert one.instances[0] == InstanceRef(CT, Uid(f"{SERIES}.2"), 2)


def test_requests_ask_for_json_uncompressed_and_name_what_is_needed() -> None:
    pacs = archive(image(1))
    pacs.client.find_study(STUDY)
    assert pacs.paths()[0] == "/studies"
    assert pacs.asked[0].url.params["0020000D"] == STUDY
    assert "00081030" in pacs.asked[0].url.params.get_list("includefield")
    for request in pacs.asked:
        assert request.headers["accept"] == "application/dicom+json"
        assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("answer", "has"),
    [
        ([study()], True),
        ([study(NumberOfStudyRelatedInstances=3)], True),
        ([study(NumberOfStudyRelatedInstances=0)], False),
        ([], False),
    ],
)
def test_one_request_tells_whether_a_study_is_there(answer: Any, has: bool) -> None:
    pacs = Archive({"/studies": answer})
    assert pacs.client.has_study(STUDY) is has
    assert pacs.paths() == ["/studies"]


@pytest.mark.parametrize("answer", [httpx.Response(204), []])
def test_an_unknown_study_is_none(answer: Any) -> None:
    assert Archive({"/studies": answer}).client.find_study(STUDY) is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        httpx.Response(404),
        httpx.Response(200, content=b""),
        httpx.Response(206, json=[]),
        httpx.Response(
            200, json=[], headers={"warning": '299 p: "There are 2 additional results"'}
        ),
        httpx.Response(204, headers={"warning": '299 p: "There are 2 additional results"'}),
        [study(StudyInstanceUID="1.2.250.9.55")],
        [study(), study(StudyInstanceUID="1.2.250.9.55")],
        [study(StudyInstanceUID=None)],
        [study(NumberOfStudyRelatedSeries=1), study(NumberOfStudyRelatedSeries=2)],
    ],
)
def test_an_answer_that_is_not_about_the_study_alone_says_nothing(answer: Any) -> None:
    pacs = archive(image(1))
    pacs.answers["/studies"] = answer
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)


@pytest.mark.parametrize("count", ["NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"])
def test_a_study_without_objects_is_none_when_the_pacs_says_so_twice(count: str) -> None:
    pacs = archive(study={count: 0})
    pacs.answers[f"/studies/{STUDY}/series"] = []
    assert pacs.client.find_study(STUDY) is None
    pacs = archive(study={count: 0}, series={"NumberOfSeriesRelatedInstances": 0})
    if count == "NumberOfStudyRelatedInstances":
        assert pacs.client.find_study(STUDY) is None


@pytest.mark.parametrize("series_answer", [[], httpx.Response(204), httpx.Response(404)])
@pytest.mark.parametrize(
    "counts", [{}, {"NumberOfStudyRelatedInstances": 2}, {"NumberOfStudyRelatedSeries": 1}]
)
def test_a_study_that_is_listed_has_objects(series_answer: Any, counts: Json) -> None:
    pacs = archive(study=counts)
    pacs.answers[f"/studies/{STUDY}/series"] = series_answer
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)


@pytest.mark.parametrize("instances", [[], httpx.Response(204), httpx.Response(404)])
def test_a_series_that_is_listed_has_objects(instances: Any) -> None:
    pacs = archive()
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/instances"] = instances
    answers: list[Any] = [None, [], httpx.Response(204)]
    for metadata in answers:
        pacs.answers[f"/studies/{STUDY}/series/{SERIES}/metadata"] = metadata
        with pytest.raises(PacsAnswerUnusable):
            pacs.client.find_study(STUDY)


def test_a_study_under_several_patients_needs_a_human() -> None:
    """Some archives key a study by patient too, and answer once for each."""
    pacs = archive(image(1))
    pacs.answers["/studies"] = [study(), study(PatientID="IPP-00472")]
    with pytest.raises(Held) as held:
        pacs.client.find_study(STUDY)
    assert held.value.code == "patient_mismatch"
    assert "IPP" not in str(held.value)
    pacs.answers["/studies"] = [study(), study()]
    assert pacs.client.find_study(STUDY) is not None


def test_missing_attributes_are_empty() -> None:
    pacs = archive(
        image(1),
        **{f"/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.1/metadata": [image(1)]},
        study={
            "PatientID": None,
            "PatientName": None,
            "PatientBirthDate": None,
            "StudyDescription": None,
        },
        series={"SeriesNumber": None, "SeriesDescription": None, "Modality": None},
    )
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert (found.patient_id, found.description) == ("", "")
    assert (found.patient_name, found.patient_birth_date) == ("", "")
    assert (found.series[0].number, found.series[0].modality) == (None, "")


def test_identifiers_that_the_study_lacks_come_from_an_image() -> None:
    pacs = with_selections("113000")
    pacs.answers["/studies"] = [study(AccessionNumber=None)]
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.1/metadata"] = [
        image(1, AccessionNumber="ACN-78", PatientID="IPP-00472")
    ]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-78")
    pacs.answers["/studies"] = [study(PatientID=None)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00472", "ACN-77")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ({"Alphabetic": " A^B "}, "A^B"),
        ({"Ideographic": "A"}, ""),
        ({"Alphabetic": 3}, ""),
        ("A", ""),
    ],
)
def test_a_name_is_its_alphabetic_form(name: object, read: str) -> None:
    found = archive(image(1), study={"PatientName": name}).client.find_study(STUDY)
    assert found is not None
    assert (found.patient_name, found.patient_birth_date) == (read, "19480321")


def test_series_are_in_order_of_number_then_uid() -> None:
    uids = ["1.2.9", "1.2.8", "1.2.7", "1.2.6"]
    numbers = [4, None, 1, 1]
    pacs = archive()
    pacs.answers[f"/studies/{STUDY}/series"] = [
        series(uid, SeriesNumber=number) for uid, number in zip(uids, numbers, strict=True)
    ]
    for uid in uids:
        pacs.answers[f"/studies/{STUDY}/series/{uid}/instances"] = [image(1, uid)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert [one.series_instance_uid for one in found.series] == [
        "1.2.6",
        "1.2.7",
        "1.2.9",
        "1.2.8",
    ]


METADATA = f"/studies/{STUDY}/series/{SERIES}/metadata"


@pytest.mark.parametrize(
    "images",
    [
        [image(1, SOPClassUID=None), image(2, SOPClassUID=XA)],
        [{k: v for k, v in image(1, SOPClassUID=XA).items() if k != "00200013"}, image(2)],
        [image(1, SOPClassUID=XA), image(2, SOPClassUID=XA)],
        [image(1, SOPClassUID=XA, NumberOfFrames="24"), image(2, SOPClassUID=None)],
    ],
    ids=["class", "number", "frames", "private"],
)
def test_attributes_missing_in_the_query_come_from_the_metadata(images: list[Json]) -> None:
    pacs = archive(*images)
    pacs.answers[METADATA] = [
        image(1, SOPClassUID=XA, NumberOfFrames=24, StudyInstanceUID=STUDY),
        image(2, SOPClassUID=XA, NumberOfFrames="12", SeriesInstanceUID=SERIES),
    ]
    if images[1]["00080016"].get("Value") == [CT]:
        pacs.answers[METADATA][1] = image(2, NumberOfFrames="12")
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert [one.number_of_frames for one in found.series[0].instances] == [24, 12]


XA_IMAGES = [image(1, SOPClassUID=XA), image(2, SOPClassUID=XA)]


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        httpx.Response(204),
        httpx.Response(206, json=XA_IMAGES),
        httpx.Response(
            200, json=XA_IMAGES, headers={"warning": '299 p: "There are 1 additional results"'}
        ),
        [],
        XA_IMAGES[:1],
        [*XA_IMAGES, image(3, SOPClassUID=XA)],
        [XA_IMAGES[0], image(3, SOPClassUID=XA)],
        [*XA_IMAGES, image(1, SOPClassUID=XA, NumberOfFrames=7)],
        [XA_IMAGES[0], image(2)],
        [XA_IMAGES[0], image(2, SOPClassUID=XA, InstanceNumber=9)],
        [XA_IMAGES[0], image(2, SOPClassUID=XA, SeriesInstanceUID="1.2.3")],
        [XA_IMAGES[0], image(2, SOPClassUID=XA, StudyInstanceUID="1.2.3")],
        [XA_IMAGES[0], None],
    ],
    ids=[
        *("404", "204", "206", "more", "none", "one less", "one more", "another"),
        *("two contents", "class", "number", "series", "study", "null"),
    ],
)
def test_metadata_that_do_not_agree_with_the_listing_are_not_used(metadata: Any) -> None:
    pacs = archive(*XA_IMAGES)
    pacs.answers[METADATA] = XA_IMAGES
    assert pacs.client.find_study(STUDY) is not None
    pacs.answers[METADATA] = metadata
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)


@pytest.mark.parametrize("listed", [2, 4])
def test_a_series_of_another_number_of_objects_than_announced_is_no_index(listed: int) -> None:
    """The metadata are asked for nothing then: PACS under load leave the same object out twice."""
    images = [image(number) for number in range(1, listed + 1)]
    pacs = archive(*images, series={"NumberOfSeriesRelatedInstances": 3})
    pacs.answers[METADATA] = images
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)


@pytest.mark.parametrize("announced", [0, 1, 3, "2 objects", -2, 2.5, [2], {}])
def test_a_study_of_another_number_of_objects_than_announced_is_no_index(announced: Any) -> None:
    pacs = archive(image(1), image(2), study={"NumberOfStudyRelatedInstances": announced})
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)
    for good in (2, "2", 2.0, None):
        pacs.answers["/studies"] = [study(NumberOfStudyRelatedInstances=good)]
        assert pacs.client.find_study(STUDY) is not None


def test_an_object_is_in_one_series() -> None:
    pacs = archive(image(1))
    pacs.answers[f"/studies/{STUDY}/series"] = [series(), series("1.2.98")]
    pacs.answers[f"/studies/{STUDY}/series/1.2.98/instances"] = [image(1)]
    with pytest.raises(PacsAnswerUnusable, match="two series"):
        pacs.client.find_study(STUDY)


def test_a_complete_query_asks_for_no_metadata() -> None:
    pacs = archive(
        image(1, SOPClassUID=XA, NumberOfFrames=3),
        image(2, SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1"),
        series={"NumberOfSeriesRelatedInstances": 2},
    )
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert not any(path.endswith("/metadata") for path in pacs.paths())
    # The announced number came at once: no second page is asked.
    assert pacs.paths().count(f"/studies/{STUDY}/series/{SERIES}/instances") == 1


def test_pages_are_followed_to_the_end() -> None:
    path = f"/studies/{STUDY}/series/{SERIES}/instances"
    pacs = archive(image(1), image(2))
    pacs.answers[f"{path}?2"] = [image(3), image(4)]
    pacs.answers[f"{path}?4"] = [image(5)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert len(found.series[0].instances) == 5


def test_a_pacs_that_ignores_offset_must_prove_that_it_gave_all() -> None:
    path = f"/studies/{STUDY}/series/{SERIES}/instances"
    pacs = archive(image(1), image(2))
    pacs.answers[f"{path}?2"] = [image(1), image(2)]
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)
    pacs.answers[METADATA] = [image(1), image(2)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert len(found.series[0].instances) == 2
    pacs.answers[METADATA] = [image(1), image(2), image(3)]
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)
    pacs.answers[f"/studies/{STUDY}/series"] = [series(NumberOfSeriesRelatedInstances=2)]
    assert pacs.client.find_study(STUDY) is not None


def test_series_that_no_count_proves_are_no_index() -> None:
    pacs = archive(image(1))
    pacs.answers[f"/studies/{STUDY}/series?1"] = [series()]
    with pytest.raises(PacsAnswerUnusable):
        pacs.client.find_study(STUDY)
    for count in ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"):
        pacs.answers["/studies"] = [study(**{count: 1})]
        assert pacs.client.find_study(STUDY) is not None


@pytest.mark.parametrize("announced", [0, 2])
def test_another_number_of_series_than_announced_is_no_index(announced: int) -> None:
    pacs = archive(image(1), study={"NumberOfStudyRelatedSeries": announced})
    with pytest.raises(PacsAnswerUnusable, match="announced"):
        pacs.client.find_study(STUDY)
    assert archive(image(1), study={"NumberOfStudyRelatedSeries": 1}).client.find_study(STUDY)


def test_key_image_notes_are_read() -> None:
    pacs = with_selections("113000", "113004")
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert [
        (note.title_code, note.text, note.series_instance_uid, note.references)
        for note in found.key_images
    ] == [
        ("113000", "Nodule", "1.2.99", (f"{SERIES}.1",)),
        ("113004", "Nodule", "1.2.99", (f"{SERIES}.2",)),
    ]
    assert [len(one.instances) for one in found.series] == [3, 2]
    request = next(r for r in pacs.asked if r.url.path.endswith("/instances/1.2.99.1"))
    assert request.headers["accept"] == (
        'multipart/related; type="application/dicom"; transfer-syntax=*'
    )


def test_rejected_objects_and_manifests_are_left_out() -> None:
    found = with_selections("113001", "113030", "113000").client.find_study(STUDY)
    assert found is not None
    uids = [[ref.sop_instance_uid for ref in one.instances] for one in found.series]
    assert uids == [[f"{SERIES}.2", f"{SERIES}.3"], ["1.2.99.3"]]
    assert [note.sop_instance_uid for note in found.key_images] == ["1.2.99.3"]


def test_a_series_of_nothing_but_rejections_goes_and_so_may_the_study() -> None:
    found = with_selections("113037").client.find_study(STUDY)
    assert found is not None
    assert [one.series_instance_uid for one in found.series] == [SERIES]
    assert with_selections("113037", "113038", "113039").client.find_study(STUDY) is None


def test_a_rejected_note_is_no_note() -> None:
    pacs = with_selections("113000", "113001")
    pacs.answers[f"/studies/{STUDY}/series/1.2.99/instances/1.2.99.2"] = objects(
        selection("113001", "1.2.99.2", "1.2.99.1")
    )
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert found.key_images == ()


def with_note(answer: Any) -> Archive:
    """A study with two notes, the first of which is answered in that way."""
    pacs = with_selections("113000", "113000")
    pacs.answers[f"/studies/{STUDY}/series/1.2.99/instances/1.2.99.1"] = answer
    return pacs


NOTE = selection("113001", "1.2.99.1", f"{SERIES}.1")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        httpx.Response(404),
        httpx.Response(204),
        httpx.Response(206, content=objects(NOTE).content),
        objects(),
        objects(NOTE, NOTE),
        objects(selection("113000", "1.2.99.2", f"{SERIES}.1")),
        httpx.Response(200, content=objects(NOTE).content[:-9], headers=objects(NOTE).headers),
    ],
    ids=["404", "404 again", "204", "206", "none", "two", "another", "cut"],
)
def test_a_note_that_is_listed_and_not_given_may_be_a_rejection(answer: Any) -> None:
    with pytest.raises(PacsAnswerUnusable):
        with_note(answer).client.find_study(STUDY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not DICOM",
        NOTE[:-40],
        NOTE + b"\1",
        instance(1),
        NOTE.replace(b"113001", b"113077").replace(b"MANIFEST", b"REJECTED"),
        NOTE.replace(b"DCM\0", b"99X\0").replace(b"DCM ", b"99X "),
    ],
    ids=["nothing", "text", "cut", "more", "an image", "title", "scheme"],
)
def test_a_note_that_cannot_be_read_is_for_a_human(data: bytes) -> None:
    with pytest.raises(Held, match="pacs_note_unreadable"):
        with_note(objects(data)).client.find_study(STUDY)


def test_a_note_is_known_by_its_class_whatever_its_series_says() -> None:
    pacs = with_selections("113001")
    pacs.answers[f"/studies/{STUDY}/series"] = [series(), series("1.2.99", Modality="CT")]
    base = f"/studies/{STUDY}/series/1.2.99"
    pacs.answers[f"{base}/instances"] = [image(1, "1.2.99", SOPClassUID=None)]
    pacs.answers[f"{base}/metadata"] = [image(1, "1.2.99", SOPClassUID=KO)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    uids = [[ref.sop_instance_uid for ref in one.instances] for one in found.series]
    assert uids == [[f"{SERIES}.2", f"{SERIES}.3"]]


GARBAGE: dict[str, Any] = {
    "500": httpx.Response(500),
    "503": httpx.Response(503),
    "418": httpx.Response(418),
    "redirect": httpx.Response(302, headers={"location": "https://evil.example/"}),
    "not JSON": httpx.Response(200, content=b"<html>"),
    "not UTF-8": httpx.Response(200, content=b'["\xff"]'),
    "too deep": httpx.Response(200, content=b"[" * 200_000),
    "half of a pair": httpx.Response(200, content=b'[{"00081030": {"Value": ["\\ud83d"]}}]'),
    "half of a pair in bytes": httpx.Response(200, content=b'["\xed\xa0\xbd"]'),
    "an attribute twice": httpx.Response(200, content=b'[{"00100020": {}, "00100020": {}}]'),
    "an object": {"a": 1},
    "strings": ["a"],
    "compressed": httpx.Response(
        200, content=gzip.compress(b"[]"), headers={"content-encoding": "gzip"}
    ),
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("path", ["/studies", f"/studies/{STUDY}/series"])
def test_garbage_is_unavailable(name: str, path: str) -> None:
    pacs = archive(image(1))
    pacs.answers[path] = GARBAGE[name]
    with pytest.raises(PacsUnavailable):
        pacs.client.find_study(STUDY)


@pytest.mark.parametrize("status", [401, 403])
def test_a_pacs_that_refuses_us_is_for_a_human(status: int) -> None:
    pacs = archive(image(1))
    pacs.answers["/studies"] = httpx.Response(status)
    with pytest.raises(Held) as raised:
        pacs.client.find_study(STUDY)
    assert raised.value.code == "pacs_refused"


@pytest.mark.parametrize("uid", ["../../admin", "1.2.3/../..", "1." * 40 + "1", "1.2.0123", "1.a"])
@pytest.mark.parametrize("where", ["series", "instance", "class"])
def test_an_ill_formed_uid_is_for_a_human_before_it_is_used(uid: str, where: str) -> None:
    pacs = archive(
        image(
            1, **{"instance": {"SOPInstanceUID": uid}, "class": {"SOPClassUID": uid}}.get(where, {})
        ),
        series={"SeriesInstanceUID": uid} if where == "series" else {},
    )
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/metadata"] = [image(1, SOPClassUID=uid)]
    with pytest.raises(Held, match="pacs_uid_invalid"):
        pacs.client.find_study(STUDY)
    assert all(".." not in path for path in pacs.paths())


@pytest.mark.parametrize("uid", [None, "", 7])
def test_an_answer_that_lacks_a_uid_is_not_used(uid: Any) -> None:
    pacs = archive(image(1), series={"SeriesInstanceUID": uid})
    with pytest.raises(PacsAnswerUnusable, match="UID"):
        pacs.client.find_study(STUDY)
    assert all(".." not in path for path in pacs.paths())


def test_uids_of_the_caller_are_checked_too(tmp_path: Path) -> None:
    pacs = archive(image(1))
    bad: Any = "1.2/../3"
    with pytest.raises(ValueError):
        pacs.client.find_study(bad)
    with pytest.raises(ValueError):
        list(pacs.client.retrieve_series(STUDY, bad, tmp_path))
    assert pacs.asked == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused by 10.0.0.1"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("garbage"),
    ],
)
def test_no_answer_is_unavailable_and_says_only_its_kind(failure: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure

    client = DicomwebPacs(open_client(transport=httpx.MockTransport(fail)), BASE, spool=SPOOL)
    with pytest.raises(PacsUnavailable) as error:
        client.find_study(STUDY)
    assert error.value.detail == f"no answer: {type(failure).__name__}"


def test_a_series_that_is_not_whole_is_the_pacs_s_fault() -> None:
    client = DicomwebPacs(open_client(), BASE, spool=SPOOL)
    assert client.unavailable("1 of 2").detail == "1 of 2"
    assert type(client.unavailable("")) is PacsAnswerUnusable


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("MAX_SERIES", 0),
        ("MAX_INSTANCES", 1),
        ("MAX_NOTES", 0),
    ],
)
def test_limits(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_selections("113000").client.find_study(STUDY) is not None
    monkeypatch.setattr(module, limit, value)
    with pytest.raises((PacsUnavailable, Held)):
        with_selections("113000").client.find_study(STUDY)


def test_the_sum_of_objects_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_INSTANCES", 3)
    with pytest.raises(Held, match="study_too_large"):
        with_selections("113000").client.find_study(STUDY)


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), (7.0, 7), (7.5, None), ("x", None), (True, None), (2**31, None), ([], None)],
)
def test_numbers_as_pacs_write_them(value: Any, number: int | None) -> None:
    found = archive(image(1, InstanceNumber=value)).client.find_study(STUDY)
    assert found is not None
    assert found.series[0].instances[0].instance_number == number


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["00080018", "00080016", "vr", "Value"]), inner)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["/studies", f"/studies/{STUDY}/series"]),
)
def test_any_json_is_an_index_or_waits_or_is_held(answer: Any, path: str) -> None:
    pacs = archive(image(1))
    pacs.answers[path] = httpx.Response(200, content=json.dumps(answer))
    try:
        found = pacs.client.find_study(STUDY)
    except (PacsUnavailable, Held):
        return
    assert found is None or found.series


def fetched(pacs: Archive, folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in pacs.client.retrieve_series(STUDY, SERIES, folder)]


def test_a_series_is_retrieved_object_by_object(tmp_path: Path) -> None:
    files = [instance(1), instance(2)]
    pacs = Archive({f"/studies/{STUDY}/series/{SERIES}": objects(*files)})
    assert fetched(pacs, tmp_path) == files
    assert pacs.asked[0].headers["accept"] == (
        'multipart/related; type="application/dicom"; transfer-syntax=*'
    )
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("answer", [None, httpx.Response(204)])
def test_a_series_that_is_not_there_gives_nothing(answer: Any, tmp_path: Path) -> None:
    assert fetched(Archive({f"/studies/{STUDY}/series/{SERIES}": answer}), tmp_path) == []


def broken(start: bytes) -> Callable[[httpx.Request], httpx.Response]:
    """An answer that starts like this, then loses its connection."""

    def stream() -> Iterator[bytes]:
        yield start
        raise httpx.ReadError("lost")

    return lambda request: httpx.Response(
        200, content=stream(), headers={"content-type": "multipart/related; boundary=b"}
    )


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, content=b"x", headers={"content-type": "application/dicom"}),
        httpx.Response(
            200,
            content=b"--b\r\n\r\nhalf",
            headers={"content-type": "multipart/related;boundary=b"},
        ),
        broken(b"--b\r\n\r\nhalf"),
    ],
)
def test_a_broken_answer_leaves_no_partial_object(answer: Any, tmp_path: Path) -> None:
    pacs = Archive({f"/studies/{STUDY}/series/{SERIES}": answer})
    with pytest.raises(PacsUnavailable):
        fetched(pacs, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_objects_whole_before_the_break_were_given(tmp_path: Path) -> None:
    whole = objects(instance(1)).content.removesuffix(b"--\r\n") + b"\r\n\r\nhalf"
    pacs = Archive({f"/studies/{STUDY}/series/{SERIES}": broken(whole)})
    found = pacs.client.retrieve_series(STUDY, SERIES, tmp_path)
    assert next(found).read_bytes() == instance(1)
    with pytest.raises(PacsUnavailable):
        next(found)


def test_a_pacs_that_fails_for_one_study_alone_is_not_away(tmp_path: Path) -> None:
    pacs = archive(image(1))
    where = f"/studies/{STUDY}/series"
    pacs.answers[where] = pacs.answers[f"{where}/{SERIES}"] = httpx.Response(
        503, headers={"retry-after": "3600"}
    )
    pacs.answers["/studies"] = [study()]
    with pytest.raises(PacsAnswerUnusable) as found:
        pacs.client.find_study(STUDY)
    assert (found.value.failed, found.value.detail) == (True, "status 503")
    assert dict(pacs.asked[-1].url.params) == {"0020000D": "2.25.0", "limit": "1"}
    with pytest.raises(PacsAnswerUnusable) as fetching:
        fetched(pacs, tmp_path)
    assert fetching.value.failed


@pytest.mark.parametrize("root", [500, 503, 404, 401, 302, 429])
def test_a_pacs_that_answers_nothing_else_either_is_away(root: int, tmp_path: Path) -> None:
    pacs = archive(image(1))
    pacs.answers["/studies"] = httpx.Response(root)
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}"] = httpx.Response(
        503, headers={"retry-after": "60"}
    )
    with pytest.raises(PacsUnavailable) as raised:
        fetched(pacs, tmp_path)
    assert type(raised.value) is PacsUnavailable
    assert raised.value.retry_after == ("60",)


def test_a_pacs_that_cannot_be_reached_or_wants_rest_is_not_asked_once_more() -> None:
    for answer in (httpx.Response(429), httpx.Response(302)):
        pacs = archive(image(1))
        pacs.answers["/studies"] = answer
        with pytest.raises(PacsUnavailable):
            pacs.client.find_study(STUDY)
        assert pacs.paths() == ["/studies"]


def test_an_answer_that_is_not_whole_is_no_failure() -> None:
    pacs = archive(image(1), study={"NumberOfStudyRelatedInstances": 9})
    with pytest.raises(PacsAnswerUnusable) as raised:
        pacs.client.find_study(STUDY)
    assert not raised.value.failed
