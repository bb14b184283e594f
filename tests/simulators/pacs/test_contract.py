"""The contract of both engines: the same answers, the same control, the same faults."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom import Dataset, dcmread

from simulators.pacs.load import load
from simulators.pacs.multipart import boundary_of, split
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES
from tests.simulators.pacs.conftest import Pacs, require, running

ANY_SYNTAX = 'multipart/related; type="application/dicom"; transfer-syntax=*'
ANY = ("application/dicom", "*")
JSON = {"accept": "application/dicom+json"}
STUDY = CASES["A"].studies[0]
SIZE = Size(instances=3, frames=2, pixels=32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("studies")
    for name in ("A", "E", "G1"):
        write(study_objects(CASES[name].archived_studies()[0], SIZE), folder)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def loaded(pacs: Pacs, files: list[Path]) -> Pacs:
    assert load(files, pacs.base, batch=40_000) == len(files) == 10
    return pacs


@pytest.fixture
def healed(loaded: Pacs) -> Iterator[Pacs]:
    yield loaded
    assert httpx.delete(f"{loaded.root}/_sim/faults").status_code == 204


def _search(pacs: Pacs, path: str, **keys: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{pacs.base}{path}", params=keys, headers=JSON)
    assert answer.status_code in {200, 204}
    found: list[dict[str, Any]] = answer.json() if answer.content else []
    return found


def _value(item: dict[str, Any], tag: str) -> Any:
    return item[tag]["Value"][0]


def _retrieve(pacs: Pacs, path: str) -> list[Dataset]:
    answer = httpx.get(f"{pacs.base}{path}", headers={"accept": ANY_SYNTAX})
    assert answer.status_code == 200
    content_type = answer.headers["content-type"]
    assert content_type.startswith("multipart/related")
    parts = split(answer.content, boundary_of(content_type))
    return [dcmread(BytesIO(bytes(data))) for _, data in parts]


def _pixels(items: list[Dataset]) -> dict[str, tuple[str, str]]:
    """SOP Instance UID -> transfer syntax and hash of the pixel data."""
    return {
        str(item.SOPInstanceUID): (
            str(item.file_meta.TransferSyntaxUID),
            hashlib.sha256(item.PixelData).hexdigest(),
        )
        for item in items
        if "PixelData" in item
    }


def test_health_names_the_engine(pacs: Pacs) -> None:
    answer = httpx.get(pacs.root).json()

    assert answer == {"status": "ok", "engine": pacs.engine, "dicomweb": "/dicom-web"}


def test_a_study_is_found_by_what_a_gateway_knows(loaded: Pacs) -> None:
    for keys in (
        {"StudyInstanceUID": STUDY},
        {"AccessionNumber": "ACN101"},
        {"0020000D": STUDY, "PatientID": "IPP101"},
    ):
        (found,) = _search(loaded, "/studies", includefield="00081030", **keys)
        assert _value(found, "0020000D") == STUDY
        assert _value(found, "00080050") == "ACN101"
        assert _value(found, "00100020") == "IPP101"
        assert _value(found, "00081030") == "Scanographie de la tête – contrôle à 3 mois"
        assert set(found["00080061"]["Value"]) == {"CT", "KO"}
    assert len(_search(loaded, "/studies", PatientID="IPP101")) == 3
    assert _search(loaded, "/studies", AccessionNumber="ACN999") == []


def test_series_and_instances_are_listed(loaded: Pacs) -> None:
    series = _search(loaded, f"/studies/{STUDY}/series", includefield="0008103E")
    numbers = {_value(s, "0020000E"): _value(s, "00200011") for s in series}
    instances = _search(loaded, f"/studies/{STUDY}/series/{STUDY}.201/instances")

    assert numbers == {f"{STUDY}.201": 3, f"{STUDY}.202": 2, f"{STUDY}.299": 1003}
    assert {_value(s, "00080060") for s in series} == {"CT", "KO"}
    assert sorted(_value(i, "00200013") for i in instances) == [1, 2, 3]
    assert {_value(i, "00080016") for i in instances} == {"1.2.840.10008.5.1.4.1.1.2"}
    (multi,) = _search(
        loaded,
        f"/studies/{CASES['E'].studies[0]}/series/{CASES['E'].studies[0]}.201/instances",
        includefield="00280008",
    )
    assert _value(multi, "00280008") == 2


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (f"/studies/{STUDY}", 7),
        (f"/studies/{STUDY}/series/{STUDY}.201", 3),
        (f"/studies/{STUDY}/series/{STUDY}.201/instances/{STUDY}.201.31", 1),
    ],
)
def test_stored_objects_come_back(loaded: Pacs, files: list[Path], path: str, count: int) -> None:
    sent = _pixels([dcmread(file) for file in files])
    items = _retrieve(loaded, path)
    received = _pixels(items)

    assert len(items) == count
    assert received == {uid: sent[uid] for uid in received}
    assert len(received) == (6 if count == 7 else count)


def test_both_transfer_syntaxes_are_kept(loaded: Pacs) -> None:
    syntaxes = {syntax for syntax, _ in _pixels(_retrieve(loaded, f"/studies/{STUDY}")).values()}

    assert syntaxes == {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"}


@pytest.mark.parametrize("path", [f"/studies/{STUDY}", f"/studies/{STUDY}/series/{STUDY}.299"])
def test_metadata_is_the_whole_header(loaded: Pacs, path: str) -> None:
    answer = httpx.get(f"{loaded.base}{path}/metadata", headers=JSON)
    items = answer.json()
    note = next(item for item in items if _value(item, "00080060") == "KO")

    assert answer.status_code == 200
    assert len(items) == (7 if path.endswith("101") else 1)
    assert _value(_value(note, "0040A043"), "00080100") == "113000"
    assert len(note["0040A730"]["Value"]) == 3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_independent_client_reads_it(loaded: Pacs, files: list[Path]) -> None:
    client = DICOMwebClient(loaded.base)
    (study,) = client.search_for_studies(search_filters={"AccessionNumber": "ACN101"})
    items = client.retrieve_series(STUDY, f"{STUDY}.201", media_types=(ANY,))

    assert _value(study, "0020000D") == STUDY
    assert len(client.retrieve_study_metadata(STUDY)) == 7
    assert len(items) == 3
    sent = _pixels([dcmread(file) for file in files])
    assert _pixels(items).items() <= sent.items()


def test_absent_things_are_absent(loaded: Pacs) -> None:
    for path in ("/studies/1.2.3", f"/studies/{STUDY}/series/1.2.3"):
        answer = httpx.get(f"{loaded.base}{path}", headers={"accept": ANY_SYNTAX})
        assert answer.status_code == 404


def test_storing_again_changes_nothing(loaded: Pacs, files: list[Path]) -> None:
    assert load(files[:2], loaded.base) == 2

    state = httpx.get(f"{loaded.root}/_sim/state").json()
    assert sum(study["instances"] for study in state["studies"]) == len(files)


def test_state_lists_the_studies(loaded: Pacs) -> None:
    state = httpx.get(f"{loaded.root}/_sim/state").json()
    (study,) = [s for s in state["studies"] if s["study_instance_uid"] == STUDY]

    assert study == {
        "study_instance_uid": STUDY,
        "patient_id": "IPP101",
        "accession_number": "ACN101",
        "series": 3,
        "instances": 7,
    }
    assert state["engine"] == loaded.engine
    assert state["requests"]["stow"] >= 2


def test_down_answers_503(healed: Pacs) -> None:
    _inject(healed, kind="down", count=2)

    codes = [httpx.get(f"{healed.base}/studies", headers=JSON).status_code for _ in range(3)]
    assert codes == [503, 503, 200]
    assert httpx.get(healed.root).status_code == 200


def test_down_may_drop_the_connection(healed: Pacs) -> None:
    _inject(healed, kind="down", mode="close", operations=["qido"])

    with pytest.raises(httpx.TransportError):
        httpx.get(f"{healed.base}/studies", headers=JSON)
    assert _retrieve(healed, f"/studies/{STUDY}")


def test_delay_waits(healed: Pacs) -> None:
    _inject(healed, kind="delay", seconds=0.4, count=1)

    start = time.monotonic()
    assert httpx.get(f"{healed.base}/studies", headers=JSON).status_code == 200
    assert time.monotonic() - start >= 0.4


def test_cut_stops_an_answer_half_way(healed: Pacs) -> None:
    _inject(healed, kind="cut", count=1)
    received = bytearray()

    with pytest.raises(httpx.RemoteProtocolError):
        _read_into(received, f"{healed.base}/studies/{STUDY}")
    assert received
    assert b"--\r\n" not in received[-4:]
    assert len(_retrieve(healed, f"/studies/{STUDY}")) == 7


def _read_into(received: bytearray, url: str) -> None:
    with httpx.stream("GET", url, headers={"accept": ANY_SYNTAX}) as answer:
        assert answer.status_code == 200
        for chunk in answer.iter_raw():
            received += chunk


def test_faults_are_shown_and_healed(healed: Pacs) -> None:
    _inject(healed, kind="cut")
    assert httpx.get(f"{healed.root}/_sim/state").json()["faults"][0]["kind"] == "cut"

    httpx.delete(f"{healed.root}/_sim/faults")
    assert httpx.get(f"{healed.root}/_sim/state").json()["faults"] == []


def _inject(pacs: Pacs, **fault: Any) -> None:
    assert httpx.post(f"{pacs.root}/_sim/faults", json=fault).status_code == 201


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"kind": "other"}', b'{"kind": "down", "extra": 1}', b"\xff"]
)
def test_a_wrong_fault_is_refused(loaded: Pacs, body: bytes) -> None:
    assert httpx.post(f"{loaded.root}/_sim/faults", content=body).status_code == 400


def test_a_study_may_be_deleted(loaded: Pacs, files: list[Path]) -> None:
    uid = CASES["G1"].studies[0]
    url = f"{loaded.root}/_sim/studies/{uid}"

    assert httpx.delete(url).status_code == 204
    assert httpx.delete(url).status_code == 404
    assert _search(loaded, "/studies", StudyInstanceUID=uid) == []
    assert httpx.delete(f"{loaded.root}/_sim/studies/..").status_code in {400, 404}
    assert load([f for f in files if f.name.startswith(uid)], loaded.base) == 2


@pytest.mark.parametrize("engine", ["folder", pytest.param("orthanc", marks=pytest.mark.judge)])
def test_nothing_answered_is_lost_when_killed(
    engine: str, tmp_path: Path, files: list[Path]
) -> None:
    require(engine)
    with running(engine, tmp_path) as server:
        assert load(files, server.base) == len(files)
        server.process.kill()
        server.process.wait()

    with running(engine, tmp_path) as server:
        assert len(_retrieve(server, f"/studies/{STUDY}")) == 7
        state = httpx.get(f"{server.root}/_sim/state").json()
        assert sum(study["instances"] for study in state["studies"]) == len(files)
