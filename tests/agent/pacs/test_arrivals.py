"""Objects counted as they arrive."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from agent.pacs import arrivals as module
from agent.pacs.arrivals import SUCCESS, Arrivals, Incomplete, hand_over
from functions.drimbox.oid import Uid

A, B = Uid("1.2.1"), Uid("1.2.2")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    kept, temporary = tmp_path / "kept", tmp_path / "temporary"
    kept.mkdir()
    temporary.mkdir()
    return kept, temporary


def of(places: tuple[Path, Path], *wanted: Uid, silence: float = 0.2) -> Arrivals:
    return Arrivals(frozenset(wanted), *places, silence=silence)


def received(places: tuple[Path, Path], data: bytes = b"object") -> Path:
    path = places[1] / os.urandom(4).hex()
    path.write_bytes(data)
    return path


def test_a_retrieval_ends_with_its_last_object_and_needs_no_last_word(
    places: tuple[Path, Path],
) -> None:
    arrivals = of(places, A, B, silence=60)
    assert arrivals.take(A, received(places, b"one")) == SUCCESS
    assert arrivals.take(B, received(places, b"two")) == SUCCESS
    assert [path.read_bytes() for path in arrivals] == [b"one", b"two"]
    assert list(places[1].iterdir()) == []


def test_a_second_copy_changes_nothing_and_a_stranger_is_refused(
    places: tuple[Path, Path],
) -> None:
    arrivals = of(places, A)
    assert arrivals.take("1.2.9", received(places)) == 0x0124
    assert arrivals.take(A, received(places, b"one")) == SUCCESS
    assert arrivals.take(A, received(places, b"again")) == SUCCESS
    assert [path.read_bytes() for path in arrivals] == [b"one"]
    arrivals.close()
    assert arrivals.take(A, received(places)) == 0x0124


@pytest.mark.parametrize("status", [0xA702, 0xC000, 0xB000, 0xA801, None])
def test_a_bad_last_word_ends_it_at_once(status: int | None, places: tuple[Path, Path]) -> None:
    arrivals = of(places, A, B, silence=60)
    arrivals.take(A, received(places))
    arrivals.end(status)
    found = iter(arrivals)
    next(found)
    with pytest.raises(Incomplete) as failed:
        next(found)
    assert failed.value.status == status
    assert str(failed.value).startswith("1 of 2 objects did not come")


def test_after_a_good_last_word_objects_may_still_come(places: tuple[Path, Path]) -> None:
    arrivals = of(places, A, silence=5)
    arrivals.end(SUCCESS)

    def later() -> None:
        sleep(0.2)
        arrivals.take(A, received(places))

    thread = Thread(target=later)
    thread.start()
    assert len(list(arrivals)) == 1
    thread.join()


def test_success_for_nothing_and_silence_end_it(places: tuple[Path, Path]) -> None:
    for last in (True, False):
        arrivals = of(places, A)
        if last:
            arrivals.end(SUCCESS)
        with pytest.raises(Incomplete) as failed:
            list(arrivals)
        assert failed.value.status == (SUCCESS if last else None)


def test_an_object_that_grows_and_a_word_are_no_silence(places: tuple[Path, Path]) -> None:
    arrivals = of(places, A, silence=0.3)

    def slowly() -> None:
        growing = received(places, b"")
        for _ in range(8):
            sleep(0.1)
            with growing.open("ab") as file:
                file.write(b"x")
        for _ in range(4):
            sleep(0.1)
            arrivals.moving()
        arrivals.take(A, growing)

    thread = Thread(target=slowly)
    thread.start()
    (found,) = arrivals
    thread.join()
    assert found.read_bytes() == b"x" * 8


def test_a_file_that_stands_still_is_silence(places: tuple[Path, Path]) -> None:
    received(places)
    with pytest.raises(Incomplete):
        list(of(places, A))


def test_a_disk_that_is_full_is_the_agents_own_fault(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = of(places, A, silence=60)

    def full(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(module, "hand_over", full)
    assert arrivals.take(A, received(places)) == 0xA700
    with pytest.raises(OSError, match="full"):
        list(arrivals)


def test_a_file_changes_hands_also_where_links_are_impossible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible(*_: object) -> None:
        raise OSError

    for links in (True, False):
        if not links:
            monkeypatch.setattr(os, "link", impossible)
        file, kept = tmp_path / f"file-{links}", tmp_path / f"kept-{links}"
        file.write_bytes(b"object")
        hand_over(file, kept)
        assert kept.read_bytes() == b"object"
        assert not file.exists()


def test_a_folder_that_is_gone_shows_no_growth(tmp_path: Path) -> None:
    arrivals = Arrivals(frozenset({A}), tmp_path, tmp_path / "gone", silence=0.1)
    with pytest.raises(Incomplete):
        list(arrivals)
