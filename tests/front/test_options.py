"""The options of a front's commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from front.options import read
from tests.front.options import GOOD


def test_defaults_are_those_of_the_peers_end() -> None:
    front = read(GOOD, "test", None)
    assert front.api == "https://db-api.example.fr"
    assert front.api_name == "db-api.example.fr"
    assert front.to_api.certificate == front.peers.certificate
    assert front.storage == front.to_api.authorities == Path("/front/web.pem")
    assert (front.user, front.workers) == ("", 1)


def test_files_are_named_from_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    front = read((*GOOD, "--home", "home", "--storage-ca", "web.pem"), "test", None)
    assert (front.home, front.storage) == (tmp_path / "home", tmp_path / "web.pem")


@pytest.mark.parametrize("left_out", ["--certificate", "--api", "--signed", "--home"])
def test_an_option_that_is_needed(left_out: str) -> None:
    at = GOOD.index(left_out)
    with pytest.raises(SystemExit):
        read((*GOOD[:at], *GOOD[at + 2 :]), "test", None)
