"""The process of the streamer; `test_configuration` plays it behind nginx."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from front.serve import application, main
from simulators import pki


def test_it_trusts_the_given_authorities_and_reads_the_given_bases(tmp_path: Path) -> None:
    pki.prepare(tmp_path, [], datetime.now(UTC))
    made = application(tmp_path, ["https://a.example/"], tmp_path / "ca.pem")
    assert made.storage.trusted("https://a.example/b?c")
    assert not made.storage.trusted("https://a.example.evil/b")


def test_authorities_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ssl.SSLError):
        application(tmp_path, ["https://a.example"], tmp_path / "ca.pem")


@pytest.mark.parametrize("left_out", ["--home", "--signed", "--storage-ca"])
def test_each_option_is_needed(left_out: str, capsys: pytest.CaptureFixture[str]) -> None:
    every = {"--home": "/h", "--signed": "https://a.example", "--storage-ca": "/ca"}
    given = [part for name, value in every.items() if name != left_out for part in (name, value)]
    with pytest.raises(SystemExit):
        main(given)
    assert left_out in capsys.readouterr().err
