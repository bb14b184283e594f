"""A PACS as its own process, one per engine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from simulators.pacs.orthanc import find_dicomweb_plugin, find_orthanc, free_port


@dataclass(slots=True)
class Pacs:
    """A running server: its engine, its root URL, its process."""

    engine: str
    root: str
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        """The DICOMweb base."""
        return f"{self.root}/dicom-web"


def require(engine: str) -> None:
    """Skip the test when ``engine`` is not installed."""
    if engine == "orthanc" and not (find_orthanc() and find_dicomweb_plugin()):
        pytest.skip("Orthanc or its DICOMweb plugin is not installed")


@contextmanager
def running(engine: str, data: Path) -> Iterator[Pacs]:
    """Serve ``data`` until the block ends, then stop cleanly."""
    port = free_port()
    command = [sys.executable, "-m", "simulators.pacs", "serve", "--port", str(port)]
    command += ["--data", str(data), "--engine", engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            pacs = Pacs(engine, f"http://127.0.0.1:{port}", process)
            _wait(pacs)
            yield pacs
        finally:
            process.terminate()
            process.wait(60)


def _wait(pacs: Pacs) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert pacs.process.poll() is None, "the server stopped"
        try:
            httpx.get(pacs.root, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module", params=["folder", pytest.param("orthanc", marks=pytest.mark.judge)])
def pacs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pacs]:
    """One empty server per engine and module."""
    require(request.param)
    with running(request.param, tmp_path_factory.mktemp("pacs")) as server:
        yield server
