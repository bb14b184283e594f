"""A body on its way, interrupted at every call."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from agent.work.ports import CloudAway, Part
from agent.work.sending import send
from tests.agent.work.memory import MemoryIncoming

KEY = "demo/incoming/1"
PARTS = [b"one", b"two", b"three"]


def parts(folder: Path, *contents: bytes) -> list[Part]:
    made = []
    for number, data in enumerate(contents):
        path = folder / f"part-{number}"
        path.write_bytes(data)
        made.append(Part(path, len(data), hashlib.sha256(data).digest()))
    return made


def test_a_body_of_one_part_is_put_at_once(tmp_path: Path) -> None:
    incoming = MemoryIncoming()
    send(incoming, KEY, parts(tmp_path, b"one"), tmp_path)
    assert (incoming.objects, incoming.calls) == ({KEY: b"one"}, ["put"])


def test_a_body_of_several_parts_is_put_part_by_part(tmp_path: Path) -> None:
    incoming = MemoryIncoming()
    send(incoming, KEY, parts(tmp_path, *PARTS), tmp_path)
    assert incoming.objects == {KEY: b"onetwothree"}
    assert incoming.calls == ["begin", "add 1", "add 2", "add 3", "complete"]
    assert not (tmp_path / "upload.json").exists()


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("at", range(1, 6))
def test_interrupted_anywhere_it_goes_on(at: int, heard: bool, tmp_path: Path) -> None:
    incoming = MemoryIncoming()
    (incoming.unheard if heard else incoming.broken).add(at)
    body = parts(tmp_path, *PARTS)
    with pytest.raises(CloudAway):
        send(incoming, KEY, body, tmp_path)
    before = len(incoming.calls)
    send(incoming, KEY, body, tmp_path)
    assert incoming.objects == {KEY: b"onetwothree"}
    again = incoming.calls[before:]
    sent = [one for one in incoming.calls[:before] if one.startswith("add")]
    if 2 <= at <= 4:
        done = len(sent) if heard else len(sent) - 1
        assert again == ["list", *(f"add {n}" for n in range(done + 1, 4)), "complete"]


def test_a_part_that_differs_is_sent_again(tmp_path: Path) -> None:
    incoming = MemoryIncoming(broken={4})
    body = parts(tmp_path, *PARTS)
    with pytest.raises(CloudAway):
        send(incoming, KEY, body, tmp_path)
    incoming.uploads["upload-0"][1] = b"other"
    send(incoming, KEY, body, tmp_path)
    assert incoming.objects == {KEY: b"onetwothree"}


def test_another_key_is_another_upload(tmp_path: Path) -> None:
    incoming = MemoryIncoming(broken={3})
    body = parts(tmp_path, *PARTS)
    with pytest.raises(CloudAway):
        send(incoming, KEY, body, tmp_path)
    send(incoming, "demo/incoming/2", body, tmp_path)
    assert incoming.calls[3] == "begin"
    assert incoming.objects == {"demo/incoming/2": b"onetwothree"}


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"key": 1}', "not json"])
def test_a_state_that_cannot_be_read_is_none(state: str, tmp_path: Path) -> None:
    (tmp_path / "upload.json").write_text(state)
    incoming = MemoryIncoming()
    send(incoming, KEY, parts(tmp_path, *PARTS), tmp_path)
    assert incoming.calls[0] == "begin"
