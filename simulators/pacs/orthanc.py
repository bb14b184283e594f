"""The real Orthanc (Debian, DICOMweb plugin alone) as the engine behind the same base.

Orthanc listens on its own ports and cannot be bound to one address: it is told to refuse remote
callers. Over HTTP it knows only a user whose password is made at each start and stays in this
process; over DIMSE, where it is asked to speak it, one node of this machine.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

_EXECUTABLES: Final = ("/usr/sbin/Orthanc", "/usr/bin/Orthanc", "/usr/local/bin/Orthanc")
_PLUGIN_FOLDERS: Final = (
    "/usr/share/orthanc/plugins",
    "/usr/lib/orthanc",
    "/usr/local/share/orthanc/plugins",
)
_HOST: Final = "127.0.0.1"
_USER: Final = "proxy"
_PR_SET_PDEATHSIG: Final = 1
# Connection-bound fields (RFC 9110 7.6.1), and the credentials that only the proxy has.
_NOT_FORWARDED: Final = {
    "authorization",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class OrthancError(RuntimeError):
    """Orthanc did not start; the message says where its log is."""


def find_orthanc() -> Path | None:
    """The Orthanc server, None when it is not installed."""
    found = shutil.which("Orthanc")
    candidates = [Path(found)] if found else [Path(path) for path in _EXECUTABLES]
    return next((path for path in candidates if path.is_file()), None)


def find_dicomweb_plugin() -> Path | None:
    """The DICOMweb plugin, None when it is not installed. No other plugin is ever loaded."""
    for folder in _PLUGIN_FOLDERS:
        found = sorted(Path(folder).glob("libOrthancDicomWeb.so*"))
        if found:
            return found[0]
    return None


# Below the range from which Linux (32768) and others (49152) take the ports of connections that go
# out: no connection takes a port between our choice and the start of its server.
_PORTS: Final = range(10_000, 32_768)


def free_port() -> int:
    """A port of the loopback interface that nothing uses now, at random among many."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _die_with_parent() -> None:
    """Ask Linux to stop this child when its parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Dimse:
    """A DICOM port, and the one node of this machine that may ask there and is sent objects: its AE
    title, and the port at which it takes them."""

    port: int
    peer: str
    peer_port: int
    ae_title: str = "PACS"

    def configuration(self) -> dict[str, Any]:
        """Its part of the configuration file: callers are judged by title and address."""
        peer = {"AET": self.peer, "Host": _HOST, "Port": self.peer_port}
        return {
            "DicomServerEnabled": True,
            "DicomAet": self.ae_title,
            "DicomPort": self.port,
            "DicomModalities": {"peer": peer},
            "DicomCheckCalledAet": True,
            "DicomCheckModalityHost": True,
            "DicomAlwaysAllowEcho": False,
            "DicomAlwaysAllowStore": False,
        }


@dataclass(slots=True)
class OrthancProcess:
    """One Orthanc on ``port``, its database and files under ``storage``. Without ``dimse`` it
    speaks DICOMweb alone.

    ``start`` must be called by a thread that lives as long as the server (the main one): Linux
    stops the child when that thread ends.
    """

    executable: Path
    plugin: Path
    storage: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    dimse: Dimse | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def authorization(self) -> str:
        """The Authorization header it wants."""
        pair = f"{_USER}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    def configuration(self) -> dict[str, Any]:
        """Its configuration file: nothing from another machine."""
        return {
            "Name": "PACS",
            # Latin-1, its default, silently drops characters from QIDO-RS answers.
            "DefaultEncoding": "Utf8",
            "StorageDirectory": str(self.storage.resolve()),
            "IndexDirectory": str(self.storage.resolve()),
            "StorageCompression": False,
            "HttpPort": self.port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {_USER: self.password},
            **(self.dimse.configuration() if self.dimse else {"DicomServerEnabled": False}),
            "OverwriteInstances": False,
            "SaveJobs": False,
            "HttpCompressionEnabled": False,
            "TcpNoDelay": True,
            "KeepAlive": True,
            "Plugins": [str(self.plugin)],
            "DicomWeb": {
                "Enable": True,
                "Root": "/dicom-web/",
                "EnableWado": False,
                "StudiesMetadata": "Full",
                "SeriesMetadata": "Full",
            },
        }

    def start(self, patience: float = 30.0) -> None:
        """Start and wait until it answers. OrthancError after ``patience`` seconds.

        A predecessor that still closes the database makes a first attempt fail: it is tried again.
        """
        self.storage.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        while not self._attempt(deadline):
            if time.monotonic() > deadline:
                raise OrthancError(f"Orthanc does not start, see {self._log}")
            time.sleep(0.3)

    @property
    def _log(self) -> Path:
        return self.storage / "orthanc.log"

    def _attempt(self, deadline: float) -> bool:
        """True once it answers, False when it stopped or the deadline passed."""
        path = self.storage / "orthanc.json"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(self.configuration(), file)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.executable, path],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - called before any thread exists
            )
        while self._process.poll() is None:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                self.stop()
                return False
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        headers = {"authorization": self.authorization}
        try:
            answer = httpx.get(f"{self.url}/system", headers=headers, timeout=2)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def stop(self, patience: float = 15.0) -> None:
        """Stop it and wait for a clean end, so that its database can be opened again."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class OrthancEngine:
    """Orthanc behind a thin proxy, so that faults and control are the same for both engines."""

    name = "orthanc"

    def __init__(self, process: OrthancProcess) -> None:
        """``process`` must have been started; it is stopped by ``close``."""
        self._process = process
        self._client = httpx.AsyncClient(
            base_url=process.url,
            headers={"authorization": process.authorization},
            timeout=httpx.Timeout(120, connect=5),
            limits=httpx.Limits(max_connections=64),
        )

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and stream its answer back; 503 when Orthanc does not answer."""
        request = Request(scope, receive)
        headers = [(k, v) for k, v in request.headers.items() if k not in _NOT_FORWARDED]
        asked = self._client.build_request(
            request.method,
            httpx.URL(path=scope["path"], query=scope["query_string"]),
            headers=headers,
            content=request.stream() if request.method == "POST" else None,
        )
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.TransportError:
            await Response("the archive does not answer", 503)(scope, receive, send)
            return
        response = StreamingResponse(_raw(answer), answer.status_code)
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.decode("latin-1").lower() not in _NOT_FORWARDED
        ]
        await response(scope, receive, send)

    async def studies(self) -> list[dict[str, Any]]:
        """As server.Engine says, from Orthanc's own interface."""
        found = (await self._client.get("/studies", params={"expand": ""})).raise_for_status()
        return [await self._study(item) for item in found.json()]

    async def _study(self, item: dict[str, Any]) -> dict[str, Any]:
        counted = await self._client.get(f"/studies/{item['ID']}/statistics")
        tags = item["MainDicomTags"]
        return {
            "study_instance_uid": tags["StudyInstanceUID"],
            "patient_id": item["PatientMainDicomTags"].get("PatientID", ""),
            "accession_number": tags.get("AccessionNumber", ""),
            "series": len(item["Series"]),
            "instances": int(counted.raise_for_status().json()["CountInstances"]),
        }

    async def delete(self, study: str) -> bool:
        """As server.Engine says."""
        found = (await self._client.post("/tools/lookup", content=study)).raise_for_status()
        identifiers = [item["ID"] for item in found.json() if item["Type"] == "Study"]
        for identifier in identifiers:
            (await self._client.delete(f"/studies/{identifier}")).raise_for_status()
        return bool(identifiers)

    async def close(self) -> None:
        """Close the connections and stop Orthanc."""
        await self._client.aclose()
        self._process.stop()


async def _raw(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()
