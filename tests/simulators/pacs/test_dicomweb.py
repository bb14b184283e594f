"""The folder server's own answers, in process: its refusals and their statuses."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.uid import ImplicitVRLittleEndian
from starlette.applications import Starlette

from simulators.pacs.archive import Archive, is_uid
from simulators.pacs.dicomweb import DicomWeb
from simulators.pacs.faults import FaultError, read_fault
from simulators.pacs.load import LoadError, load
from simulators.pacs.multipart import join
from simulators.pacs.server import FolderEngine
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES

STOW = 'multipart/related; type="application/dicom"; boundary=b'
STUDY = CASES["C"].studies[0]
JPEG_LS = "1.2.840.10008.1.2.4.80"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    folder = tmp_path / "pacs"
    write(study_objects(CASES["C"].archived_studies()[0], Size(2, 1, 32)), folder)
    return Archive.open(folder)


def _bytes(item: Dataset) -> bytes:
    written = BytesIO()
    dcmwrite(written, item, enforce_file_format=True)
    return written.getvalue()


def _other() -> bytes:
    return _bytes(next(study_objects(CASES["D"].archived_studies()[0], Size(1, 1, 32))))


async def _answer(archive: Archive, method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=DicomWeb(archive, max_body=100_000).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://pacs") as client:
        return await client.request(method, path, **options)


def ask(archive: Archive, method: str, path: str, **options: Any) -> httpx.Response:
    return asyncio.run(_answer(archive, method, path, **options))


def _store(archive: Archive, *parts: bytes, path: str = "/studies") -> httpx.Response:
    body = join(iter(parts), "b", "application/dicom")
    return ask(archive, "POST", path, content=body, headers={"content-type": STOW})


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ('multipart/related; type="application/dicom"; transfer-syntax=*', 200),
        ("multipart/related;type=application/dicom;transfer-syntax=*", 200),
        (f'multipart/related; type="application/dicom"; transfer-syntax={JPEG_LS}', 200),
        (f"a/b, multipart/related; type=application/dicom; transfer-syntax={JPEG_LS}", 200),
        ('multipart/related; type="application/dicom"', 406),
        ("*/*", 406),
        ('multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1', 406),
        ('multipart/related; type="application/dicom"; transfer-syntax=*; q=0', 406),
        ('multipart/related; type="image/jpeg"; transfer-syntax=*', 406),
        ("application/dicom", 406),
    ],
)
def test_only_the_stored_syntax_is_sent(archive: Archive, accept: str, status: int) -> None:
    path = f"/studies/{STUDY}/series/{STUDY}.201"
    answer = ask(archive, "GET", path, headers={"accept": accept})

    assert answer.status_code == status
    if status == 200:
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert f"transfer-syntax={JPEG_LS}".encode() in answer.content


def test_explicit_little_endian_is_the_default(archive: Archive) -> None:
    path = f"/studies/{STUDY}/series/{STUDY}.202"

    for headers in ({"accept": "*/*"}, {"accept": 'multipart/related; type="application/dicom"'}):
        assert ask(archive, "GET", path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/studies/1.2.x",
        "/studies/01.2",
        "/studies/1..2",
        "/studies/%2e%2e",
        f"/studies/{STUDY}/series/a",
        "/studies/" + "1." * 32 + "1",
        "/studies/%2e%2e/metadata",
    ],
)
def test_a_segment_that_is_no_uid_is_refused(archive: Archive, path: str) -> None:
    assert ask(archive, "GET", path).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/studies?AccessionNumber=ACN103", 200),
        ("/studies?AccessionNumber=ACN1*", 200),
        ("/studies?AccessionNumber=ACN10", 204),
        ("/studies?PatientName=pat-t*", 200),
        ("/studies?PatientName=pat", 204),
        ("/studies?StudyDate=20210101-20210201", 200),
        ("/studies?StudyDate=-20210201", 200),
        ("/studies?StudyDate=20210109-", 204),
        ("/studies?StudyDate=20210108", 200),
        ("/studies?StudyDate=", 200),
        ("/studies?ModalitiesInStudy=CT", 200),
        ("/studies?ModalitiesInStudy=MR", 204),
        ("/series?ModalitiesInStudy=CT", 200),
        ("/instances?InstanceNumber=1", 200),
        (f"/studies?StudyInstanceUID=1.2.3,{STUDY}", 200),
        ("/studies?offset=1", 204),
        ("/studies?limit=1&fuzzymatching=false&includefield=all", 200),
        ("/studies?limit=-1", 400),
        ("/studies?offset=x", 400),
        ("/studies?fuzzymatching=true", 400),
        ("/studies?StudyDate=soon", 400),
        ("/studies?Nonsense=1", 400),
        ("/studies?00081110=1", 400),
        ("/studies?PixelData=1", 400),
    ],
)
def test_searches(archive: Archive, path: str, status: int) -> None:
    assert ask(archive, "GET", path).status_code == status


def test_search_answers_count_and_point(archive: Archive) -> None:
    (study,) = ask(archive, "GET", "/studies").json()
    series = ask(archive, "GET", f"/studies/{STUDY}/series").json()

    assert study["00201206"]["Value"] == [2]
    assert study["00201208"]["Value"] == [4]
    assert study["00081190"]["Value"] == [f"http://pacs/studies/{STUDY}"]
    assert series[0]["00201209"]["Value"] == [2]
    assert len(ask(archive, "GET", f"/studies/{STUDY}/instances?limit=3").json()) == 3


@pytest.mark.parametrize("path", ["/studies", f"/studies/{STUDY}/metadata"])
def test_only_json_is_answered(archive: Archive, path: str) -> None:
    headers = {"accept": "application/dicom+xml"}

    assert ask(archive, "GET", path, headers=headers).status_code == 406


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/related; boundary=b", b"--b--", 415),
        ('multipart/related; type="application/dicom+json"; boundary=b', b"--b--", 415),
        ('multipart/related; type="application/dicom"', b"--b--", 400),
        ('multipart/related; type="application/dicom"; boundary="é"', b"--b--", 400),
        (STOW, b"no delimiter", 400),
        (STOW, b"--b\r\nno header end", 400),
        (STOW, b"--b\r\n\r\n\r\n\r\nnot closed", 400),
        (STOW, b"--b garbage\r\n\r\n\r\n--b--", 400),
        (STOW, b"--b--", 400),
        (STOW, b"", 400),
        (STOW, b"x" * 100_001, 413),
        (STOW, b"--b\r\nContent-Type: application/dicom\r\n\r\nnot DICOM\r\n--b--", 409),
        (STOW, b"--b\r\nContent-Type: text/plain\r\n\r\nnot DICOM\r\n--b--", 409),
    ],
)
def test_bad_bodies(archive: Archive, content_type: str, body: bytes, status: int) -> None:
    headers = {"content-type": content_type.encode("utf-8")}
    answer = ask(archive, "POST", "/studies", content=body, headers=headers)

    assert answer.status_code == status
    assert len(list(archive.folder.iterdir())) == 4


def test_an_unreadable_object_is_counted_without_uid(archive: Archive) -> None:
    answer = _store(archive, b"not DICOM", _other())

    assert answer.status_code == 202
    assert answer.json()["0008119A"]["Value"] == [{"00081197": {"vr": "US", "Value": [0xC000]}}]
    assert len(answer.json()["00081199"]["Value"]) == 1


def test_an_implicit_object_is_refused(archive: Archive) -> None:
    item = dcmread(BytesIO(_other()))
    item.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    written = BytesIO()
    dcmwrite(written, item, implicit_vr=True, little_endian=True, enforce_file_format=True)
    answer = _store(archive, written.getvalue())

    assert answer.status_code == 409
    (failed,) = answer.json()["00081198"]["Value"]
    assert failed["00081197"]["Value"] == [0xC122]
    assert failed["00081155"]["Value"] == [item.SOPInstanceUID]


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_a_uid_that_is_none_is_refused(archive: Archive) -> None:
    plain = _other()
    spoiled = plain.replace(b"4.5.2.1.104.201.31", b"4.5.2.1.104.201/..")

    assert spoiled != plain
    assert _store(archive, spoiled).status_code == 409


def test_the_study_of_the_path_binds(archive: Archive) -> None:
    assert _store(archive, _other(), path=f"/studies/{STUDY}").status_code == 409
    assert _store(archive, _other(), path=f"/studies/{CASES['D'].studies[0]}").status_code == 200


def test_other_bytes_under_a_held_uid_are_refused(archive: Archive) -> None:
    assert _store(archive, _other()).status_code == 200
    item = dcmread(BytesIO(_other()))
    item.StudyDescription = "Autre"
    answer = _store(archive, _bytes(item))

    assert answer.status_code == 409
    assert answer.json()["00081198"]["Value"][0]["00081197"]["Value"] == [0x0111]


def test_a_stored_object_is_on_disk_under_our_own_name(archive: Archive) -> None:
    _store(archive, _other())
    again = Archive.open(archive.folder)

    assert set(again.entries) == set(archive.entries)
    assert len(again.entries) == 5
    entry = again.entries[str(dcmread(BytesIO(_other())).SOPInstanceUID)]
    assert entry.path.read_bytes() == _other()
    assert entry.instance not in str(entry.path)
    assert not list(archive.folder.glob("*.part"))


def test_files_that_are_no_objects_are_left_out(archive: Archive) -> None:
    (archive.folder / "note.dcm").write_bytes(b"not DICOM")
    again = Archive.open(archive.folder)

    assert again.ignored == 1
    assert len(again.entries) == 4


def test_a_deleted_study_is_gone_from_disk(archive: Archive) -> None:
    assert archive.delete_study(STUDY) == 4
    assert archive.delete_study(STUDY) == 0
    assert Archive.open(archive.folder).entries == {}


def test_the_engine_lists_the_archive(archive: Archive) -> None:
    (study,) = asyncio.run(FolderEngine.open(archive).studies())

    assert study["accession_number"] == "ACN103"
    assert (study["series"], study["instances"]) == (2, 4)


@pytest.mark.parametrize(
    ("status", "content"),
    [(503, {}), (202, {}), (200, {}), (200, {"00081199": {"vr": "SQ", "Value": []}})],
)
def test_load_says_when_not_everything_is_kept(
    tmp_path: Path, status: int, content: dict[str, Any]
) -> None:
    path = tmp_path / "one.dcm"
    path.write_bytes(b"bytes")

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=content)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(LoadError):
        load([path], "http://pacs", client=client)


def test_load_makes_batches(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.dcm" for n in range(5)]
    for path in paths:
        path.write_bytes(b"x" * 10)
    counts: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        counts.append(request.content.count(b"x" * 10))
        return httpx.Response(200, json={"00081199": {"Value": [{}] * counts[-1]}})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    assert load(paths, "http://pacs", client=client, batch=25) == 5
    assert counts == [2, 2, 1]


@pytest.mark.parametrize("text", ["1.2", "2.25.3", "1." * 31 + "10", "0.0"])
def test_uids(text: str) -> None:
    assert is_uid(text)


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.02", "1.2.", ".1", "1.2\n", "1." * 32 + "1"])
def test_not_uids(text: str) -> None:
    assert not is_uid(text)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"kind": "melt"}, "kind"),
        ({"kind": ["cut"]}, "kind"),
        ({}, "kind"),
        ({"kind": "down", "mode": "404"}, "mode"),
        ({"kind": "down", "count": 0}, "count"),
        ({"kind": "down", "count": True}, "count"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"kind": "delay", "seconds": "1"}, "seconds"),
        ({"kind": "delay", "seconds": 1e9}, "seconds"),
        ({"kind": "cut", "operations": []}, "operations"),
        ({"kind": "cut", "operations": "wado"}, "operations"),
        ({"kind": "cut", "operations": ["dimse"]}, "operations"),
        ({"kind": "cut", "more": 1}, "fields"),
        ([], "fields"),
    ],
)
def test_a_wrong_fault_names_its_field(facts: Any, name: str) -> None:
    with pytest.raises(FaultError, match=name):
        read_fault(json.dumps(facts).encode())
