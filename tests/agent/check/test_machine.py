"""The machine's disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.check import machine as module
from agent.check.finding import Finding
from agent.check.machine import try_machine


class Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.mark.parametrize(
    ("free", "code", "room"),
    [(30 * 10**9, "disk_has_room", "30 GB"), (10**9, "disk_small", "1 GB")],
)
def test_the_folder_has_room_or_not(
    free: int, code: str, room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "disk_usage", lambda _: Usage(free))
    folder = tmp_path / "agent"
    assert list(try_machine(folder)) == [Finding(code, str(folder), room)]
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (found,) = try_machine(tmp_path / "file" / "agent")
    assert found.code == "folder_unusable"
