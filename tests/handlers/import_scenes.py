"""A professional's page whose exam is imported, and the PACS that takes it."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from functions.aws import opening_exams
from functions.drimbox.identity.session import form_token
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.fetch_exam import steps
from functions.import_exam.handler import handler as import_exam
from functions.store_exam.handler import handler as store_exam
from tests.drimbox.importing.exams import CALLED, SAID
from tests.drimbox.importing.scenes import read
from tests.drimbox.reading.exam_scenes import MANIFEST, exam_entry, manifest
from tests.handlers.conftest import CONTEXT, Outside, event, stores
from tests.handlers.opened_scenes import Desk, Dmp, allow, machine, started
from tests.handlers.reader_scenes import asked_with
from tests.handlers.white_lists import put_list

ALL = [f"1.2.250.9.5.1.{n}" for n in (1, 2, 3)]


@dataclass
class Pacs:
    """A PACS over DICOMweb: it holds the objects of its requests alone, and refuses the ``failing``
    ones; ``status`` answers every request in its place."""

    folder: Path
    held: dict[str, bytes] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    status: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.status:
            return httpx.Response(self.status)
        if request.method == "GET":
            return httpx.Response(204)
        stored, failed = [], []
        boundary = boundary_of(request.headers["content-type"])
        folder = self.folder / str(uuid4())
        folder.mkdir()
        for part in read_parts([request.read()], boundary, folder):
            data = part.path.read_bytes()
            uid = str(read(data).SOPInstanceUID)
            named: dict[str, Any] = {"00081155": {"vr": "UI", "Value": [uid]}}
            if uid in self.failing:
                failed.append({**named, "00081197": {"vr": "US", "Value": [0xA700]}})
            else:
                self.held[uid] = data
                stored.append(named)
        body = {
            "00081199": {"vr": "SQ", "Value": stored},
            "00081198": {"vr": "SQ", "Value": failed},
        }
        return httpx.Response(202 if failed else 200, json=body)


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch) -> Dmp:
    made = Dmp(documents={MANIFEST: manifest(**SAID)}, in_force=[exam_entry()])
    monkeypatch.setattr(opening_exams, "opened", made.connect)
    monkeypatch.setattr(steps, "open_dmp", made.connect)
    return made


@pytest.fixture
def pacs(outside: Outside, tmp_path: Path) -> Pacs:
    made = Pacs(tmp_path)
    outside.hosts["pacs.example"] = made
    return made


@pytest.fixture
def desk(site: None, outside: Outside, dmp: Dmp, pacs: Pacs) -> Desk:
    machine()
    allow()
    put_list("db1.example")
    made = started(outside, dmp)
    page = stores().contexts.open(CALLED)
    stores().contexts.bind(page, made.cookie)
    edition = stores().shown_documents.keep(page, made.cookie, made.entries)
    return replace(made, page=page, edition=edition)


def ask(desk: Desk, verb: str = "", **changes: str) -> tuple[int, str]:
    """The status and the page of a reply."""
    cookie = desk.cookie
    fields = {
        "token": form_token(cookie),
        "verb": verb,
        "edition": desk.edition,
        "exams": "1",
        **changes,
    }
    made = event("import_exam/preview", body=urlencode(fields))
    made["pathParameters"] = {"tenant": "demo", "page": desk.page}
    made["requestContext"] = {**made["requestContext"], "requestId": str(uuid4())}
    reply: Any = import_exam(asked_with(made, cookie), CONTEXT)
    body = reply["body"]
    if reply.get("isBase64Encoded"):
        raw = base64.b64decode(body)
        gzipped = reply["headers"].get("Content-Encoding") == "gzip"
        body = (zlib.decompress(raw, wbits=31) if gzipped else raw).decode()
    return reply["statusCode"], body


def step(desk: Desk) -> str:
    """One call of the execution."""
    made = event("store_exam/step", page=desk.page, exam=desk.exam)
    answer: dict[str, Any] = store_exam(made, CONTEXT)
    assert set(answer) == {"tenant", "page", "exam", "outcome"}
    return str(answer["outcome"])
