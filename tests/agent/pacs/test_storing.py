"""Objects sent by C-STORE: every status as the archive says it, and its silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import _config
from pynetdicom.events import Event

from agent.pacs.port import ToStore
from agent.pacs.retrieving import COMMON_CLASSES
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from tests.agent.pacs.scripted import Script, agent_before
from tests.drimbox.images.samples import CT, JPEG_LS, SERIES, STUDY, instance

XA = "1.2.840.10008.5.1.4.1.1.12.1"


def files(folder: Path, *objects: bytes) -> list[ToStore]:
    """The objects as files."""
    folder.mkdir()
    made = []
    for number, data in enumerate(objects, 1):
        path = folder / f"{number}.dcm"
        path.write_bytes(data)
        facts = read_facts(path)
        made.append(
            ToStore(path, facts.sop_class_uid, facts.sop_instance_uid, facts.transfer_syntax)
        )
    return made


def sent(script: Script, folder: Path, *objects: bytes) -> dict[Uid, Stored]:
    with agent_before(script, folder) as parts:
        return dict(parts.pacs.store(STUDY, files(folder / "files", *objects)))


def saying(*statuses: int) -> Callable[[Event], int]:
    left = list(statuses)
    return lambda _: left.pop(0)


def test_objects_are_stored_in_the_syntax_that_they_have(tmp_path: Path) -> None:
    script = Script()
    outcomes = sent(script, tmp_path, instance(1), instance(2, JPEG_LS))
    assert outcomes == {Uid(f"{SERIES}.{n}"): Stored() for n in (1, 2)}
    first, second = (script.stored[f"{SERIES}.{n}"] for n in (1, 2))
    assert second.file_meta.TransferSyntaxUID == JPEG_LS
    assert first.PixelData


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x0000, Stored()),
        (0xB000, Stored(warning=0xB000)),
        (0xB007, Stored(warning=0xB007)),
        (0x0107, Stored(warning=0x0107)),
        (0xA700, Stored(failure=0xA700)),
        (0xA900, Stored(failure=0xA900)),
        (0xC000, Stored(failure=0xC000)),
        (0x0111, Stored(failure=0x0111)),
    ],
)
def test_each_status_is_told_as_it_is(status: int, outcome: Stored, tmp_path: Path) -> None:
    found = sent(Script(store=saying(0, status)), tmp_path, instance(1), instance(2))
    assert found == {Uid(f"{SERIES}.1"): Stored(), Uid(f"{SERIES}.2"): outcome}


def test_a_class_that_the_archive_does_not_take_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Uid(f"{SERIES}.1"), Uid(f"{SERIES}.2")
    with agent_before(Script(untaken=frozenset({CT})), tmp_path) as parts:
        # Of the whole process: the archive of the test accepts declared classes alone.
        monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", False)
        wanted = files(tmp_path / "files", instance(1), instance(2, SOPClassUID=XA))
        found = dict(parts.pacs.store(STUDY, wanted))
        assert found == {one: Stored(failure=0x0122), other: Stored()}
        assert dict(parts.pacs.store(STUDY, wanted[:1])) == {one: Stored(failure=0x0122)}
        assert parts.pacs.takes_objects(), "other classes"


def test_an_archive_tells_whether_it_takes_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agent_before(Script(untaken=frozenset(COMMON_CLASSES)), tmp_path) as parts:
        assert parts.pacs.takes_objects()
        monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", False)
        assert not parts.pacs.takes_objects()
    assert parts.script.stored == {}


def test_an_archive_that_does_not_know_us_is_a_human_s_affair(tmp_path: Path) -> None:
    with pytest.raises(Held) as told:
        sent(Script(store=saying(0x0124)), tmp_path, instance(1))
    assert told.value.code == "pacs_refused"


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_an_association_that_ends_in_the_middle(broken: int, tmp_path: Path) -> None:
    """The outcomes that came are given; the archive answers an echo, and is not away."""
    calls: list[int] = []

    def store(event: Event) -> int:
        calls.append(1)
        if len(calls) == broken:
            event.assoc.abort()
        return 0

    told: list[Uid] = []
    with agent_before(Script(store=store), tmp_path) as parts:
        wanted = files(tmp_path / "files", *(instance(number) for number in (1, 2, 3)))
        with pytest.raises(PacsAnswerUnusable) as error:
            told += (one for one, _ in parts.pacs.store(STUDY, wanted))
    assert error.value.failed
    assert told == [f"{SERIES}.{n}" for n in range(1, broken)]


def test_an_association_that_ends_between_two_objects(tmp_path: Path) -> None:
    with agent_before(Script(), tmp_path) as parts:
        wanted = files(tmp_path / "files", instance(1), instance(2))
        coming = parts.pacs.store(STUDY, wanted)
        assert next(coming) == (f"{SERIES}.1", Stored())
        for one in parts.associations._entity.active_associations:
            one.abort()
        with pytest.raises(PacsAnswerUnusable):
            next(coming)


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    script: Any = Script(callers=["NOBODY"])
    with pytest.raises((Held, PacsUnavailable)):
        sent(script, tmp_path, instance(1))
