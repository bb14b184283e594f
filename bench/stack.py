"""A whole local stack of our own: own home, free ports, started and stopped by its own command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench.figures import NotMeasured
from infra.demo.layout import PORTS, ROOT
from infra.demo.play import token
from infra.demo.ris import client
from simulators.pacs.orthanc import free_port
from simulators.ris.cases import Case
from simulators.ris.messages import message

START_SECONDS = 180
STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack. ``pid`` is the process above all of its parts."""

    home: Path
    pid: int
    endpoints: dict[str, Any]

    def client(self, identity: str = "") -> httpx.Client:
        """A client that trusts the local authority, as ``ris`` or ``peer`` if asked."""
        return client(self.endpoints, identity=identity)

    def bearer(self) -> str:
        """A professional's access token."""
        return token(self.endpoints)

    def report(self, case: Case, *, pdf_size: int = 0) -> bytes:
        """The ORU of ``case``, from the sender that the tenant declares."""
        application, facility = self.endpoints["sender"]
        return message(
            case,
            sender=(application, facility),
            control_id=uuid4().hex[:20],
            at=datetime.now(UTC),
            pdf_size=pdf_size,
        )

    def send(self, ris: httpx.Client, raw: bytes) -> None:
        """Send a message and demand AA; NotMeasured otherwise."""
        answer = ris.post(
            f"{self.endpoints['in']}/v1/tenants/{self.endpoints['tenant']}/hl7v2",
            content=raw,
            headers={"Content-Type": "application/hl7-v2"},
        )
        if answer.status_code != 200 or "MSA|AA|" not in answer.text:
            raise NotMeasured(f"a report was not accepted: HTTP {answer.status_code}")

    def listed(self, http: httpx.Client) -> dict[str, tuple[datetime, str]]:
        """Study UID -> time and manifest UID of every manifest that the DMP holds."""
        documents = http.get(f"{self.endpoints['dmp']}/_sim/state").json()["documents"]
        return {
            value.split("^")[0]: (
                datetime.fromisoformat(document["submitted_at"]),
                document["unique_id"].split("^")[0],
            )
            for document in documents
            if document["type_code"] == "IMG-KOS"
            for value in document["reference_ids"]
        }

    def await_listed(
        self, studies: Sequence[str], patience: float
    ) -> dict[str, tuple[datetime, str]]:
        """``listed``, once it has all of ``studies``; NotMeasured after ``patience`` seconds."""
        end = time.monotonic() + patience
        with self.client() as http:
            while True:
                found = self.listed(http)
                missing = set(studies) - found.keys()
                if not missing:
                    return found
                if time.monotonic() > end:
                    raise NotMeasured(
                        f"{len(missing)} of {len(studies)} reports were not published in "
                        f"{patience:.0f} s; see {self.home / 'logs'}"
                    )
                time.sleep(0.25)


@contextmanager
def running(home: Path, *, front: bool = False) -> Iterator[Stack]:
    """A fresh stack in ``home``, which is emptied first; it has played the main job once, and does
    no work beside the measurement. Its functions ask the PACS themselves: those of an agent are
    measured apart (``bench.link``). ``front``: the front for peers stands before ``db``."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    ports = {f"DRIMBOX_PORT_{name.upper()}": str(free_port()) for name in PORTS}
    variables = {**ports, "DRIMBOX_HOME": str(home), "DRIMBOX_LINK": "public"}
    variables["DRIMBOX_FRONT"] = "nginx" if front else "none"
    log = home / "bench.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.demo", "run", "--without-exams"],
            cwd=ROOT,
            env={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_played(process, log)
        endpoints = json.loads((home / "endpoints.json").read_text())
        yield Stack(home, process.pid, endpoints)
    finally:
        _stop(process)


def _await_played(process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the stack says that it played the main job and stays up."""
    end = time.monotonic() + START_SECONDS
    while "the stack stays up" not in (text := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > end:
            raise NotMeasured("the stack does not start:\n" + "\n".join(text.splitlines()[-8:]))
        time.sleep(0.2)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(STOP_SECONDS)
