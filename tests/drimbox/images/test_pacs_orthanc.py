"""The DICOMweb client against a PACS that is not ours: Orthanc and its DICOMweb plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pydicom
import pytest

from functions.drimbox.errors import Held
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.images.part10 import facts_of
from functions.drimbox.images.study_search import ASKED
from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.transport import open_client
from simulators.pacs.orthanc import (
    OrthancProcess,
    find_dicomweb_plugin,
    find_orthanc,
    free_port,
)
from tests.drimbox.images.samples import (
    BIG,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    SERIES,
    STUDY,
    MemoryStore,
    instance,
    manifest,
    selection,
)

pytestmark = pytest.mark.judge

XA = "1.2.840.10008.5.1.4.1.1.12.1"
XA_SERIES = "1.2.250.9.5.2"


def stored_objects() -> list[bytes]:
    """Twelve slices in four syntaxes, a multi-frame run, a key image note, a rejection note."""
    syntaxes = (EXPLICIT, IMPLICIT, JPEG_LS, BIG)
    slices = [instance(number, syntaxes[number % 4]) for number in range(12, 0, -1)]
    run = instance(
        1,
        SOPClassUID=XA,
        SOPInstanceUID=f"{XA_SERIES}.1",
        SeriesInstanceUID=XA_SERIES,
        Modality="XA",
        SeriesNumber=1,
        NumberOfFrames=2,
        PixelData=bytes(64),
    )
    return [
        *slices,
        run,
        selection("113000", "1.2.99.1", f"{SERIES}.2"),
        selection("113001", "1.2.99.2", f"{SERIES}.12"),
    ]


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str]]:
    """A client with Orthanc's credentials, and its DICOMweb base; the objects are stored."""
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if executable is None or plugin is None:
        pytest.skip("Orthanc or its DICOMweb plugin is not installed")
    server = OrthancProcess(executable, plugin, tmp_path_factory.mktemp("orthanc"), free_port())
    server.start()
    try:
        with open_client(timeout=httpx.Timeout(30)) as client:
            client.headers["authorization"] = server.authorization
            for data in stored_objects():
                client.post(f"{server.url}/instances", content=data).raise_for_status()
            yield client, f"{server.url}/dicom-web"
    finally:
        server.stop()


def test_the_study_is_indexed_as_it_is(orthanc: tuple[httpx.Client, str], tmp_path: Path) -> None:
    found = DicomwebPacs(*orthanc, spool=tmp_path).find_study(STUDY)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-77")
    assert found.description == "Scanner thoracique"
    assert (found.study_date, found.study_time, found.study_id) == ("20260102", "093015", "S77")
    run, slices, notes = found.series
    assert (run.series_instance_uid, run.modality, run.number) == (XA_SERIES, "XA", 1)
    assert run.instances[0].number_of_frames == 2
    assert run.instances[0].sop_class_uid == XA
    assert [one.instance_number for one in slices.instances] == list(range(1, 12))
    assert slices.description == "Axiales"
    assert [one.sop_instance_uid for one in notes.instances] == ["1.2.99.1"]
    assert [(note.text, note.references) for note in found.key_images] == [
        ("Nodule", (f"{SERIES}.2",))
    ]


def test_an_unknown_study_and_series_are_not_there(
    orthanc: tuple[httpx.Client, str], tmp_path: Path
) -> None:
    pacs = DicomwebPacs(*orthanc, spool=tmp_path)
    assert pacs.find_study(Uid("1.2.3.4.5")) is None
    assert list(pacs.retrieve_series(STUDY, Uid("1.2.3.4.5"), tmp_path)) == []


def test_objects_come_as_they_are_stored(orthanc: tuple[httpx.Client, str], tmp_path: Path) -> None:
    paths = list(DicomwebPacs(*orthanc, spool=tmp_path).retrieve_series(STUDY, SERIES, tmp_path))
    found = {one.instance_number: one for one in (facts_of(p.read_bytes()) for p in paths)}
    assert sorted(n for n in found if n is not None) == list(range(1, 13))
    assert found[2].transfer_syntax == JPEG_LS
    assert found[4].transfer_syntax == EXPLICIT


def test_a_series_goes_into_the_cache(orthanc: tuple[httpx.Client, str], tmp_path: Path) -> None:
    store = MemoryStore()
    named = manifest(*range(1, 12))
    index = fill_series(
        DicomwebPacs(*orthanc, spool=tmp_path), store, named, SERIES, spool=tmp_path
    )
    assert [one.sop_instance_uid for one in index.instances] == [
        f"{SERIES}.{number}" for number in range(1, 12)
    ]
    assert index.transfer_syntaxes == {EXPLICIT, JPEG_LS}
    (body,) = (data for key, data in store.objects.items() if key.endswith("series.multipart"))
    for one in index.instances:
        path = tmp_path / "object"
        path.write_bytes(body[one.offset : one.offset + one.size])
        root = pydicom.dcmread(path)
        expected = pydicom.dcmread(_file(tmp_path, instance(int(root.InstanceNumber))))
        if one.transfer_syntax == EXPLICIT:
            assert root.PixelData == expected.PixelData
        assert root.PatientName == expected.PatientName


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "expected"
    path.write_bytes(data)
    return path


def test_without_credentials_it_is_for_a_human(
    orthanc: tuple[httpx.Client, str], tmp_path: Path
) -> None:
    with open_client() as stranger, pytest.raises(Held, match="pacs_refused"):
        DicomwebPacs(stranger, orthanc[1], spool=tmp_path).find_study(STUDY)


def test_a_study_is_found_by_its_patient_its_day_its_number_and_its_modality(
    orthanc: tuple[httpx.Client, str], tmp_path: Path
) -> None:
    pacs = DicomwebPacs(*orthanc, spool=tmp_path, patience=ASKED)
    days = {"since": "20251230", "until": "20260105"}
    for criteria in (
        StudyCriteria("IPP-00471", ""),
        StudyCriteria("IPP-00471", "", **days),
        StudyCriteria("IPP-00471", "ACN-77", "CT", **days),
    ):
        found = pacs.search(criteria, most=5)
        [one] = found.studies
        assert (one.study_instance_uid, one.study_date) == (STUDY, "20260102")
        # Orthanc describes the study by one of its objects; the notes have no accession number.
        assert (one.patient_id, one.accession_number or "ACN-77") == ("IPP-00471", "ACN-77")
        assert (one.description, one.instances) == ("Scanner thoracique", 15)
        assert {"CT", "XA"} <= set(one.modalities)
        assert (found.left_out, found.complete) == (0, True)
    for criteria in (
        StudyCriteria("IPP-0047", ""),
        StudyCriteria("IPP-00471", "ACN-7"),
        StudyCriteria("IPP-00471", "", "MR"),
        StudyCriteria("IPP-00471", "", since="20260103", until="20260105"),
    ):
        assert pacs.search(criteria, most=5).studies == ()
