"""Notes that come by C-STORE."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.notes import taking as module
from agent.notes.taking import CloudNotes, NoteTaker, refuse
from functions.drimbox.images.part10 import ObjectFacts, facts_of
from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.images.samples import CT, SERIES, instance, selection

KO = "1.2.840.10008.5.1.4.1.1.88.59"
NAME = "1.2.99.2"
NOTE = selection("113001", NAME, f"{SERIES}.12")


class Kept:
    """Keeps notes, or gives a status."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.notes: list[bytes] = []

    def hand_over(self, facts: ObjectFacts, note: bytes) -> int:
        assert facts.sop_instance_uid == NAME
        self.notes.append(note)
        return self.status


def take(kept: Any, path: Path, data: bytes = NOTE, sop_class: str = KO, name: str = NAME) -> int:
    path.write_bytes(data)
    said: list[dict[str, Any]] = []
    taker = NoteTaker(kept, lambda _, **facts: said.append(facts))
    status = taker.take(path, sop_class, name)
    assert said == [{"status": f"{status:04X}"}]
    return status


def test_a_note_is_handed_over_behind_a_header_of_ours(tmp_path: Path) -> None:
    kept = Kept()
    assert take(kept, tmp_path / "note") == 0
    facts = facts_of(NOTE)
    head = file_meta(KO, NAME, facts.transfer_syntax)
    assert kept.notes == [head + NOTE[facts.dataset_offset :]]


@pytest.mark.parametrize("status", [0xA700, 0x0106])
def test_success_is_said_only_once_it_is_durable(status: int, tmp_path: Path) -> None:
    assert take(Kept(status), tmp_path / "note") == status


@pytest.mark.parametrize(
    ("data", "sop_class", "name", "status"),
    [
        (instance(1), str(CT), f"{SERIES}.1", 0x0122),
        (instance(1), KO, f"{SERIES}.1", 0xA900),
        (NOTE, KO, "1.2.3", 0xA900),
        (NOTE[:200], KO, NAME, 0xC000),
        (b"", KO, NAME, 0xC000),
    ],
)
def test_another_object_is_refused(
    data: bytes, sop_class: str, name: str, status: int, tmp_path: Path
) -> None:
    kept = Kept()
    assert take(kept, tmp_path / "note", data, sop_class, name) == status
    assert kept.notes == []


def test_a_note_that_is_too_large_or_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NoteTaker(Kept(), lambda *_, **__: 0).take(tmp_path / "gone", KO, NAME) == 0xA700
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    assert take(Kept(), tmp_path / "note") == 0xC000
    assert refuse(tmp_path, KO, NAME) == 0x0122


def answered(status: int, facts: Any) -> tuple[int, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        return httpx.Response(status, json=facts)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    notes = CloudNotes(client, "https://db.example/tenants/demo/dicomweb", lambda *_, **__: 0)
    return notes.hand_over(facts_of(NOTE), NOTE), asked


def outcome(**tags: Any) -> dict[str, Any]:
    item = {"00081155": {"vr": "UI", "Value": [NAME]}}
    item |= {tag[1:]: {"vr": "US", "Value": [value]} for tag, value in tags.items()}
    return item


@pytest.mark.parametrize(
    ("status", "facts", "told"),
    [
        (200, {"00081199": {"vr": "SQ", "Value": [outcome()]}}, 0),
        (202, {"00081199": {"vr": "SQ", "Value": [outcome(_00081196=0xB007)]}}, 0),
        (409, {"00081198": {"vr": "SQ", "Value": [outcome(_00081197=0x0111)]}}, 0x0111),
        (409, {"00081198": {"vr": "SQ", "Value": [outcome(_00081197=0xC000)]}}, 0xC000),
        (409, {"00081198": {"vr": "SQ", "Value": [outcome(_00081197=0xA7FF)]}}, 0xA700),
        (200, {}, 0xA700),
        (401, {}, 0xA700),
        (503, {}, 0xA700),
    ],
)
def test_the_cloud_says_whether_it_keeps_a_note(status: int, facts: Any, told: int) -> None:
    found, asked = answered(status, facts)
    assert found == told
    assert asked[0].url.path.startswith("/tenants/demo/dicomweb/studies/")
    assert NOTE in asked[0].content
