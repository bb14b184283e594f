"""Orthanc as the site's PACS: an exam is stored, read back, and judged by dciodvfy."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import httpx
import pydicom
import pytest

from functions.drimbox.breaker import Breaker
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.progress import Progress, Stage
from functions.drimbox.importing.sending import Desk, send
from functions.drimbox.importing.site_pacs import SitePacs
from functions.drimbox.transport import open_client
from simulators.pacs.orthanc import (
    OrthancProcess,
    find_dicomweb_plugin,
    find_orthanc,
    free_port,
)
from tests.drimbox.importing.exams import STUDY, Scene, placed_exam, reading
from tests.drimbox.importing.scenes import coerced
from tests.drimbox.reading.exam_scenes import images
from tests.fakes.memory import MemoryCircuits

pytestmark = pytest.mark.judge


def errors(data: bytes, folder: Path) -> set[str]:
    """The errors that dciodvfy finds, whatever their order."""
    path = folder / "object.dcm"
    path.write_bytes(data)
    told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    return {line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_the_coercion_adds_no_error(tmp_path: Path) -> None:
    (data,) = images(1, IssuerOfPatientID="CHU").values()
    assert errors(coerced(data), tmp_path) <= errors(data, tmp_path)
    spoiled = coerced(data).replace(b"COERCE", b"coerce")
    assert errors(spoiled, tmp_path) > errors(coerced(data), tmp_path)


def test_orthanc_holds_the_exam_under_the_local_patient(tmp_path: Path) -> None:
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if executable is None or plugin is None:
        pytest.skip("Orthanc or its DICOMweb plugin is not installed")
    folder = tmp_path / "orthanc"
    folder.mkdir()
    server = OrthancProcess(executable, plugin, folder, free_port())
    server.start()
    try:
        with open_client(timeout=httpx.Timeout(30)) as client:
            client.headers["authorization"] = server.authorization
            _import_twice(client, server.url, tmp_path)
    finally:
        server.stop()


def _import_twice(client: httpx.Client, url: str, folder: Path) -> None:
    spool = folder / "spool"
    spool.mkdir()
    scene, base = Scene(spool), f"{url}/dicom-web"
    given = images(1, 2) | images(3, SeriesDescription="Séquence")
    placed_exam(scene.shelf, reading(), given)
    breaker = Breaker(MemoryCircuits(), scene.clock, timedelta(minutes=1))
    pacs = SitePacs(DicomwebPacs(client, base, spool=spool), client, base, breaker)
    desk = Desk(
        *(scene.tenant, scene.shelf, scene.records, scene.imported),
        *(pacs, scene.clock, spool, scene.over),
    )
    begun = Progress(1, Stage.WAITING, scene.clock.now())
    _, after = send(desk, reading(), begun)
    assert (after.stage, len(after.stored), after.before) == (Stage.DONE, 3, 0)
    for name, data in given.items():
        (found,) = client.post(f"{url}/tools/lookup", content=name).json()
        back = pydicom.dcmread(BytesIO(client.get(f"{url}/instances/{found['ID']}/file").content))
        before = pydicom.dcmread(BytesIO(data))
        assert (back.PatientID, back.IssuerOfPatientID) == ("IPP101", "CLINIQUE")
        assert back.PixelData == before.PixelData
        assert back.SeriesDescription == before.SeriesDescription
        assert back.OtherPatientIDsSequence[0].PatientID == before.PatientID
    study = pacs.find_study(STUDY)
    assert study is not None
    assert study.patient_id == "IPP101"
    _, again = send(desk, reading(), begun)
    assert (again.stage, again.before) == (Stage.DONE, 3)
    # The same study under another patient is not touched.
    call = replace(reading().context, local_id="IPP999")
    elsewhere = replace(reading(), context=call)
    _, refused = send(desk, elsewhere, begun)
    assert (refused.stage, refused.code) == (Stage.REFUSED, Obstacle.ELSEWHERE)
