"""The spool's key: made once, read by its owner alone, never guessed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agent.spool.key import BYTES, make_key, read_key, sync_folder
from functions.drimbox.errors import ConfigurationError


def test_a_key_that_is_made_is_the_one_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "spool.key"
    made = make_key(path)
    assert read_key(path) == made
    assert len(made) == BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_key_never_takes_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "spool.key"
    first = make_key(path)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make_key(path)
    assert read_key(path) == first


@pytest.mark.parametrize("text", ["", "00", "zz" * BYTES, "é" * BYTES, "00" * (BYTES + 1)])
def test_an_ill_formed_key_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "spool.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError):
        read_key(path)


def test_an_absent_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_key(tmp_path / "absent")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "spool.key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="others than the agent"):
        read_key(path)


def test_windows_has_no_modes_and_keeps_names_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spool.key"
    made = make_key(path)
    path.chmod(0o644)
    monkeypatch.setattr("agent.spool.key.os.name", "nt")
    assert read_key(path) == made
    sync_folder(tmp_path / "absent")


def test_a_death_while_a_key_is_made_leaves_no_empty_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spool.key"

    def dies(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.spool.key.os.fsync", dies)
    with pytest.raises(KeyboardInterrupt):
        make_key(path)
    assert not path.exists()
    monkeypatch.undo()
    assert make_key(path) == read_key(path)
    assert [one.name for one in tmp_path.iterdir()] == ["spool.key"]
