"""The DICOMweb client against scripted answers, good and bad."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.images import pacs as module
from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import InstanceRef
from functions.drimbox.transport import open_client
from tests.drimbox.images.samples import CT, SERIES, STUDY, instance, selection

BASE = "https://pacs.example/dicom-web"
KO = "1.2.840.10008.5.1.4.1.1.88.59"
XA = "1.2.840.10008.5.1.4.1.1.12.1"
Json = dict[str, Any]


def attributes(**values: Any) -> Json:
    """DICOM JSON of these keywords; a None gives an element without value."""
    found: Json = {}
    for keyword, value in values.items():
        tag = pydicom.datadict.tag_for_keyword(keyword)
        assert tag is not None
        element: Json = {"vr": pydicom.datadict.dictionary_VR(tag)}
        if value is not None:
            element["Value"] = [value]
        found[f"{tag:08X}"] = element
    return found


def study(**changes: Any) -> Json:
    facts: Json = {
        "StudyInstanceUID": STUDY,
        "PatientID": "IPP-00471",
        "PatientName": {"Alphabetic": "BÉZIERS^ZOÉ"},
        "PatientBirthDate": "19480321",
        "AccessionNumber": "ACN-77",
        "StudyDate": "20260102",
        "StudyTime": "093015",
        "StudyDescription": "Scanner thoracique",
        "StudyID": "S77",
    }
    return attributes(**(facts | changes))


def series(uid: str = SERIES, **changes: Any) -> Json:
    facts: Json = {
        "SeriesInstanceUID": uid,
        "Modality": "CT",
        "SeriesNumber": 3,
        "SeriesDescription": "Axiales",
    }
    return attributes(**(facts | changes))


def image(number: int, of: str = SERIES, **changes: Any) -> Json:
    facts: Json = {
        "SOPClassUID": CT,
        "SOPInstanceUID": f"{of}.{number}",
        "InstanceNumber": number,
    }
    return attributes(**(facts | changes))


def streamed(answer: httpx.Response) -> httpx.Response:
    """A fresh response that is read from its stream, as one from the network is."""
    stream = httpx.ByteStream(answer.content) if answer.is_closed else answer.stream
    headers = {k: v for k, v in answer.headers.items() if k != "transfer-encoding"}
    return httpx.Response(answer.status_code, headers=headers, stream=stream)


@dataclass
class Archive:
    """A scripted PACS: path after the base to its answer; requests are kept."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path.removeprefix("/dicom-web")
        answer = self.answers.get(path)
        if "offset" in request.url.params:
            answer = self.answers.get(f"{path}?{request.url.params['offset']}", [])
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return streamed(answer)
        if answer is None:
            return httpx.Response(404)
        return httpx.Response(200, json=answer)

    @property
    def client(self) -> DicomwebPacs:
        return DicomwebPacs(open_client(transport=httpx.MockTransport(self)), BASE + "/")

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/dicom-web") for request in self.asked]


def archive(*images: Json, **more: Any) -> Archive:
    """A study of one series with these objects."""
    return Archive(
        {
            "/studies": [study(**more.pop("study", {}))],
            f"/studies/{STUDY}/series": [series(**more.pop("series", {}))],
            f"/studies/{STUDY}/series/{SERIES}/instances": list(images),
            **more,
        }
    )


def objects(*files: bytes, boundary: str = "b") -> httpx.Response:
    """A multipart answer with these files."""
    layout = lay_out(boundary, [Item(len(one), "1.2.840.10008.1.2.1") for one in files])
    body = b"".join(
        piece for head, one in zip(layout.heads, files, strict=True) for piece in (head, one)
    )
    return httpx.Response(
        200, content=body + layout.tail, headers={"content-type": layout.content_type}
    )


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
    "answer",
    [
        httpx.Response(204),
        httpx.Response(404),
        [],
        httpx.Response(200, content=b""),
        [study(StudyInstanceUID="1.2.250.9.55")],
    ],
)
def test_an_unknown_study_is_none(answer: Any) -> None:
    assert Archive({"/studies": answer}).client.find_study(STUDY) is None


def test_a_study_without_objects_is_none() -> None:
    assert archive().client.find_study(STUDY) is None
    assert Archive({"/studies": [study()]}).client.find_study(STUDY) is None


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


@pytest.mark.parametrize(
    ("images", "of_series"),
    [
        ([image(1, SOPClassUID=None)], {}),
        ([{k: v for k, v in image(1).items() if k != "00200013"}], {}),
        ([image(1, SOPClassUID=XA)], {}),
        ([image(1, SOPClassUID="1.2.3.4")], {}),
        ([image(1)], {"NumberOfSeriesRelatedInstances": 2}),
    ],
    ids=["class", "number", "frames", "private", "count"],
)
def test_attributes_missing_in_the_query_come_from_the_metadata(
    images: list[Json], of_series: Json
) -> None:
    pacs = archive(*images, series=of_series)
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/metadata"] = [
        image(1, SOPClassUID=XA, NumberOfFrames=24),
        image(2, SOPClassUID=XA, NumberOfFrames="12"),
    ]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert [one.number_of_frames for one in found.series[0].instances] == [24, 12]


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


def test_a_pacs_that_ignores_offset_is_asked_twice_only() -> None:
    path = f"/studies/{STUDY}/series/{SERIES}/instances"
    pacs = archive(image(1), image(2))
    pacs.answers[f"{path}?2"] = [image(1), image(2)]
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert len(found.series[0].instances) == 2
    assert pacs.paths().count(path) == 2


def test_fewer_series_than_announced_is_no_index() -> None:
    pacs = archive(image(1), study={"NumberOfStudyRelatedSeries": 2})
    with pytest.raises(PacsUnavailable, match="fewer"):
        pacs.client.find_study(STUDY)
    assert archive(image(1), study={"NumberOfStudyRelatedSeries": 1}).client.find_study(STUDY)


def with_selections(*titles: str) -> Archive:
    """Three images, and one selection per title: the n-th designates the n-th image."""
    pacs = archive(image(1), image(2), image(3))
    pacs.answers[f"/studies/{STUDY}/series"] = [
        series(),
        series("1.2.99", Modality="KO", SeriesNumber=9),
    ]
    base = f"/studies/{STUDY}/series/1.2.99/instances"
    pacs.answers[base] = [image(n, "1.2.99", SOPClassUID=KO) for n, _ in enumerate(titles, start=1)]
    for n, title in enumerate(titles, start=1):
        pacs.answers[f"{base}/1.2.99.{n}"] = objects(
            selection(title, f"1.2.99.{n}", f"{SERIES}.{n}")
        )
    return pacs


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


@pytest.mark.parametrize("answer", [objects(b"not DICOM"), httpx.Response(404), None])
def test_a_selection_that_cannot_be_read_is_left_out(answer: Any) -> None:
    pacs = with_selections("113000", "113000")
    pacs.answers[f"/studies/{STUDY}/series/1.2.99/instances/1.2.99.1"] = answer
    found = pacs.client.find_study(STUDY)
    assert found is not None
    assert [note.sop_instance_uid for note in found.key_images] == ["1.2.99.2"]
    assert [ref.sop_instance_uid for ref in found.series[1].instances] == ["1.2.99.2"]


GARBAGE: dict[str, Any] = {
    "500": httpx.Response(500),
    "503": httpx.Response(503),
    "418": httpx.Response(418),
    "redirect": httpx.Response(302, headers={"location": "https://evil.example/"}),
    "not JSON": httpx.Response(200, content=b"<html>"),
    "not UTF-8": httpx.Response(200, content=b'["\xff"]'),
    "too deep": httpx.Response(200, content=b"[" * 200_000),
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


@pytest.mark.parametrize("uid", [None, "", "../../admin", "1.2.3/../..", 7, "1." * 40 + "1"])
def test_uids_of_the_answer_are_checked_before_they_are_used(uid: Any) -> None:
    pacs = archive(image(1), series={"SeriesInstanceUID": uid})
    with pytest.raises(PacsUnavailable, match="UID"):
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

    client = DicomwebPacs(open_client(transport=httpx.MockTransport(fail)), BASE)
    with pytest.raises(PacsUnavailable) as error:
        client.find_study(STUDY)
    assert error.value.detail == f"no answer: {type(failure).__name__}"


def test_a_series_that_is_not_whole_is_the_pacs_s_fault() -> None:
    client = DicomwebPacs(open_client(), BASE)
    assert client.unavailable("1 of 2").detail == "1 of 2"
    assert type(client.unavailable("")) is PacsUnavailable


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
def test_any_json_is_an_index_or_unavailable(answer: Any, path: str) -> None:
    pacs = archive(image(1))
    pacs.answers[path] = httpx.Response(200, content=json.dumps(answer))
    try:
        found = pacs.client.find_study(STUDY)
    except PacsUnavailable:
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
