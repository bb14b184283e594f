"""Bodies on the agent's disk."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from agent.work import bodies as module
from agent.work.bodies import PartsFolder, emptied, read_body, write_body, write_facts


def whole(folder: Path) -> None:
    upload = PartsFolder(folder)
    upload.add(2, b"two")
    upload.add(1, b"one")
    upload.complete()
    write_facts(folder, 6, hashlib.sha256(b"onetwo").hexdigest(), upload.parts)


def test_a_whole_body_is_found_again(tmp_path: Path) -> None:
    whole(tmp_path)
    body = read_body(tmp_path)
    assert body is not None
    assert (body.size, [one.path.read_bytes() for one in body.parts]) == (6, [b"one", b"two"])


def test_a_body_that_is_not_as_it_was_written_is_none(tmp_path: Path) -> None:
    assert read_body(tmp_path) is None
    whole(tmp_path)
    (tmp_path / "part-00001").write_bytes(b"won")
    assert read_body(tmp_path) is None
    (tmp_path / "part-00001").unlink()
    assert read_body(tmp_path) is None


@pytest.mark.parametrize("facts", ["", "[]", '{"parts": []}', '{"parts": [["a"]]}', "{"])
def test_facts_that_cannot_be_read_are_of_no_body(facts: str, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(facts)
    assert read_body(tmp_path) is None


def test_a_list_without_a_part_is_no_whole_body(tmp_path: Path) -> None:
    whole(tmp_path)
    facts = json.loads((tmp_path / "body.json").read_text())
    facts["parts"].pop()
    (tmp_path / "body.json").write_text(json.dumps(facts))
    assert read_body(tmp_path) is None


def test_an_upload_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    upload = PartsFolder(tmp_path)
    upload.add(1, b"one")
    upload.abort()
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_a_body_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 4)
    body = write_body(tmp_path, b"onetwo")
    assert (body.size, body.sha256) == (6, hashlib.sha256(b"onetwo").hexdigest())
    assert [one.path.read_bytes() for one in body.parts] == [b"onet", b"wo"]


def test_an_emptied_folder_is_private(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "old").touch()
    assert list(emptied(place).iterdir()) == []
    assert place.stat().st_mode & 0o777 == 0o700
