"""Several retrievals at once."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from time import sleep, time

import pytest

from agent.pacs.expected import Expected
from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.oid import Uid

A, B = frozenset({Uid("1.2.1")}), frozenset({Uid("1.2.2")})


def test_an_object_belongs_to_the_retrieval_that_wants_it(tmp_path: Path) -> None:
    expected = Expected(tmp_path, silence=1)
    with expected.expecting(A, tmp_path) as one, expected.expecting(B, tmp_path) as other:
        assert expected.retrieval_of("1.2.1") is one
        assert expected.retrieval_of("1.2.2") is other
        assert expected.retrieval_of("1.2.3") is None
    assert expected.retrieval_of("1.2.1") is None


def test_a_second_retrieval_of_an_object_waits_for_the_first(tmp_path: Path) -> None:
    expected, order = Expected(tmp_path, silence=1, turn=5), []

    def second() -> None:
        with expected.expecting(A, tmp_path):
            order.append("second")

    with expected.expecting(A | B, tmp_path):
        thread = Thread(target=second)
        thread.start()
        sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    expected = Expected(tmp_path, silence=1, turn=0.1)
    with (
        expected.expecting(A, tmp_path),
        pytest.raises(PacsUnavailable),
        expected.expecting(A, tmp_path),
    ):
        pass


def test_files_of_broken_associations_go(tmp_path: Path) -> None:
    dead, growing = tmp_path / "dead", tmp_path / "growing"
    for one in (dead, growing):
        one.write_bytes(b"half an object")
    (tmp_path / "folder").mkdir()
    os.utime(dead, (time() - 700, time() - 700))
    expected = Expected(tmp_path, silence=1)
    with expected.expecting(A, tmp_path):
        pass
    assert (dead.exists(), growing.exists()) == (False, True)
    expected.sweep()
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
