"""Archives that are not ours, as processes: Orthanc over DIMSE and DICOMweb, and dcmqrscp.

A relay stands before each port: it can stop in the middle, or fall silent.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from functions.drimbox.transport import open_client
from simulators.pacs.orthanc import OrthancProcess, find_dicomweb_plugin, find_orthanc, free_port

THEIRS: Final = "ARCHIVE"
OURS: Final = "DRIMBOX"
STRANGER: Final = "STRANGER"
_CHUNK: Final = 16 * 1024


@dataclass(slots=True)
class DicomOrthanc(OrthancProcess):
    """Orthanc with its DIMSE port, which knows us by our title and port."""

    dicom_port: int = 0
    ours_at: int = 0
    no_delay: bool = True

    def configuration(self) -> dict[str, Any]:
        """See :class:`OrthancProcess`. ``STRANGER`` may ask, and is no destination that answers."""
        known = {"us": [OURS, "127.0.0.1", self.ours_at], "other": [STRANGER, "127.0.0.1", 1]}
        return {
            **OrthancProcess.configuration(self),
            "DicomServerEnabled": True,
            "DicomAet": THEIRS,
            "DicomCheckCalledAet": True,
            "DicomPort": self.dicom_port,
            "DicomModalities": known,
            "DicomAlwaysAllowEcho": False,
            "DicomScuTimeout": 5,
        }


@dataclass
class Relay:
    """Passes one port on to another. ``most``: bytes from the server after which it does
    ``then``."""

    to: int
    most: int | None = None
    then: str = "cut"
    passed: int = 0
    _server: socket.socket = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.to)) as server:
            asking = threading.Thread(target=self._pass, args=(client, server, False))
            asking.start()
            self._pass(server, client, True)
            asking.join()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if counted and self._is_over(len(data)):
                    if self.then == "silence":
                        self._closed.wait(60)
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _is_over(self, size: int) -> bool:
        with self._lock:
            self.passed += size
            return self.most is not None and self.passed > self.most


@dataclass
class Server:
    """An archive that runs: its DIMSE port, and DICOMweb where it has it."""

    name: str
    dicom_port: int
    client: httpx.Client | None = None
    web: str = ""


@contextmanager
def orthanc(folder: Path, ours_at: int, objects: Sequence[bytes]) -> Iterator[Server]:
    """Orthanc with these objects."""
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if executable is None or plugin is None:
        pytest.skip("Orthanc or its DICOMweb plugin is not installed")
    process = DicomOrthanc(
        executable, plugin, folder, free_port(), dicom_port=free_port(), ours_at=ours_at
    )
    process.start()
    try:
        with open_client(timeout=httpx.Timeout(30)) as client:
            client.headers["authorization"] = process.authorization
            for data in objects:
                client.post(f"{process.url}/instances", content=data).raise_for_status()
            yield Server("orthanc", process.dicom_port, client, f"{process.url}/dicom-web")
    finally:
        process.stop()


@contextmanager
def dcmqrscp(
    folder: Path,
    ours_at: int,
    objects: Sequence[bytes],
    options: Sequence[str] = (),
    no_delay: bool = True,
) -> Iterator[Server]:
    """dcmqrscp with these objects."""
    programs = [shutil.which(one) for one in ("dcmqrscp", "dcmqridx")]
    if None in programs:
        pytest.skip("dcmtk is not installed")
    database = folder / "database"
    database.mkdir(parents=True)
    files = []
    for number, data in enumerate(objects):
        path = database / f"{number:05d}.dcm"
        path.write_bytes(data)
        files.append(str(path))
    server, index = (str(one) for one in programs)
    for start in range(0, len(files), 500):
        subprocess.run([index, str(database), *files[start : start + 500]], check=True)
    port = free_port()
    configuration = folder / "dcmqrscp.cfg"
    configuration.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nus = ({OURS}, 127.0.0.1, {ours_at})\n"
        f"other = ({STRANGER}, 127.0.0.1, 1)\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{THEIRS} {database} RW (2000, 2048mb) ANY\nAETable END\n"
    )
    environment = {**os.environ, **({"TCP_NODELAY": "1"} if no_delay else {})}
    with (folder / "dcmqrscp.log").open("wb") as log:
        process = subprocess.Popen(
            [server, "-c", str(configuration), *options],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    try:
        _await(port)
        yield Server("dcmqrscp", port)
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
