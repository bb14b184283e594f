"""C-MOVE and C-GET: complete, refused, failed, silent, cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from pynetdicom.events import Event

from agent.pacs import retrieving as module
from agent.pacs.failures import RequestFailed
from agent.pacs.retrieving import (
    COMMON_CLASSES,
    SYNTAXES,
    Retrieval,
    storage_classes,
    storage_contexts,
)
from functions.drimbox.errors import Held, PacsUnavailable
from functions.drimbox.oid import Uid
from tests.agent.pacs.scripted import PLACE, Parts, Script, agent_before, data_set
from tests.drimbox.images.samples import CT, EXPLICIT, JPEG_LS, SERIES, instance

OBJECTS = [instance(1), instance(2, JPEG_LS), instance(3)]
WANTED = {Uid(f"{SERIES}.{number}"): str(CT) for number in (1, 2, 3)}

WAYS = pytest.mark.parametrize("get", [False, True], ids=["move", "get"])


def way(parts: Parts, *, get: bool) -> Retrieval:
    return parts.getting if get else parts.moving


def retrieved(parts: Parts, folder: Path, *, get: bool) -> list[Path]:
    kept = folder / "kept"
    kept.mkdir()
    return list(way(parts, get=get).retrieve("SERIES", PLACE, WANTED, kept))


@WAYS
def test_every_object_comes_in_the_syntax_that_it_is_stored_in(get: bool, tmp_path: Path) -> None:
    script = Script(OBJECTS)
    with agent_before(script, tmp_path) as parts:
        paths = retrieved(parts, tmp_path, get=get)
    found = {one.InstanceNumber: one for one in (data_set(path.read_bytes()) for path in paths)}
    assert {n: one.file_meta.TransferSyntaxUID for n, one in found.items()} == {
        1: EXPLICIT,
        2: JPEG_LS,
        3: EXPLICIT,
    }
    assert found[1].PixelData == data_set(OBJECTS[0]).PixelData
    (asked,) = script.asked
    assert (asked.QueryRetrieveLevel, asked.SeriesInstanceUID) == ("SERIES", SERIES)
    assert list(parts.received.iterdir()) == []


def failing(status: int) -> Any:
    """One object comes, then that last word."""

    def words(script: Script, get: bool) -> Any:
        def handler(event: Event) -> Iterator[Any]:
            if not get:
                yield script.destination
            yield 3
            yield 0xFF00, script.wanted(event)[0]
            yield status, None

        return handler

    return words


@WAYS
@pytest.mark.parametrize("status", [0xA702, 0xA701, 0xC000, 0xA900, 0xFE00])
def test_a_failed_retrieval_gives_what_came_and_says_its_status(
    status: int, get: bool, tmp_path: Path
) -> None:
    script = Script(OBJECTS)
    handler = failing(status)(script, get)
    script.move = script.get = handler
    with agent_before(script, tmp_path, silence=30) as parts:
        kept = tmp_path / "kept"
        kept.mkdir()
        found = way(parts, get=get).retrieve("SERIES", PLACE, WANTED, kept)
        next(found)
        with pytest.raises(RequestFailed, match=f"2 of 3 objects did not come, .*{status:04X}"):
            next(found)


def test_a_destination_that_the_archive_does_not_know_is_for_a_human(tmp_path: Path) -> None:
    def unknown(_: Event) -> Iterator[Any]:
        yield None, None

    script = Script(OBJECTS, move=unknown)
    with agent_before(script, tmp_path) as parts, pytest.raises(Held, match="pacs_refused") as held:
        retrieved(parts, tmp_path, get=False)
    assert "A801" in held.value.detail


@WAYS
def test_success_for_nothing_is_a_failure(get: bool, tmp_path: Path) -> None:
    script = Script(OBJECTS)

    def nothing(_: Event) -> Iterator[Any]:
        if not get:
            yield script.destination
        yield 0

    script.move = script.get = nothing
    with (
        agent_before(script, tmp_path) as parts,
        pytest.raises(RequestFailed, match=r"3 of 3.*0000"),
    ):
        retrieved(parts, tmp_path, get=get)


@WAYS
def test_an_object_that_is_not_wanted_leaves_nothing(get: bool, tmp_path: Path) -> None:
    script = Script([*OBJECTS, instance(4)])
    with agent_before(script, tmp_path) as parts:
        assert len(retrieved(parts, tmp_path, get=get)) == 3
        assert list(parts.received.iterdir()) == []


@WAYS
def test_an_archive_that_falls_silent_is_left(get: bool, tmp_path: Path) -> None:
    script = Script(OBJECTS)

    def silent(event: Event) -> Iterator[Any]:
        if not get:
            yield script.destination
        yield 3
        yield 0xFF00, script.wanted(event)[0]
        sleep(4)
        yield 0xFF00, script.wanted(event)[1]

    script.move = script.get = silent
    begun = monotonic()
    with agent_before(script, tmp_path) as parts:
        with pytest.raises(RequestFailed, match="2 of 3 objects did not come"):
            retrieved(parts, tmp_path, get=get)
        assert monotonic() - begun < 4


@WAYS
def test_an_archive_that_goes_away_is_noticed_at_once(get: bool, tmp_path: Path) -> None:
    script = Script(OBJECTS)

    def gone(event: Event) -> Iterator[Any]:
        if not get:
            yield script.destination
        yield 3
        yield 0xFF00, script.wanted(event)[0]
        event.assoc.abort()

    script.move = script.get = gone
    begun = monotonic()
    with agent_before(script, tmp_path, silence=30) as parts:
        with pytest.raises(RequestFailed, match="no last word"):
            retrieved(parts, tmp_path, get=get)
        assert monotonic() - begun < 10


@WAYS
def test_a_caller_that_wants_no_more_ends_the_association(get: bool, tmp_path: Path) -> None:
    with agent_before(Script(OBJECTS), tmp_path) as parts:
        kept = tmp_path / "kept"
        kept.mkdir()
        found = way(parts, get=get).retrieve("SERIES", PLACE, WANTED, kept)
        next(found)
        found.close()  # type: ignore[attr-defined]
        (tmp_path / "again").mkdir()
        again = way(parts, get=get).retrieve("SERIES", PLACE, WANTED, tmp_path / "again")
        assert len(list(again)) == 3


def test_an_archive_that_gives_all_and_says_nothing_more_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LAST_WORD", 0.2)
    script = Script(OBJECTS)

    def mute(event: Event) -> Iterator[Any]:
        yield script.destination
        yield 4
        for one in script.wanted(event):
            yield 0xFF00, one
        sleep(3)
        yield 0xFF00, script.wanted(event)[0]

    script.move = mute
    with agent_before(script, tmp_path) as parts:
        begun = monotonic()
        assert len(retrieved(parts, tmp_path, get=False)) == 3
        assert monotonic() - begun < 3


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    with agent_before(Script(OBJECTS), tmp_path) as parts:
        pass
    with pytest.raises(PacsUnavailable):
        retrieved(parts, tmp_path, get=False)


def test_there_is_one_context_for_each_class_and_syntax_and_never_too_many() -> None:
    contexts = storage_contexts(["1.2.1", "1.2.2"])
    assert len(contexts) == 1 + 2 * len(SYNTAXES)
    assert all(len(one.transfer_syntax) == 1 for one in contexts[1:])
    many = storage_classes([f"1.2.{n}" for n in range(200)])
    contexts = storage_contexts(many)
    assert (len(many), len(contexts)) == (127, 128)
    assert {one.abstract_syntax for one in contexts[1:]} == set(many)


def test_unknown_classes_are_those_that_sites_store_most() -> None:
    assert storage_classes([str(CT), str(CT)]) == [CT]
    assert storage_classes(["1.2.3", ""]) == ["1.2.3", *COMMON_CLASSES]
    assert len(set(COMMON_CLASSES)) == 20
    assert len(set(SYNTAXES)) == len(SYNTAXES)
