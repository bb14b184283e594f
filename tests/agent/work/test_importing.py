"""Objects of another site into the archive: fetched once, sent once more at most, told as given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.pacs.port import ToStore
from agent.work import importing as module
from agent.work.importing import Importing
from agent.work.ports import CloudAway, PackGone
from agent.work.wire import NotUnderstood, read_import_ask
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from tests.agent.work.memory import MemoryPacks
from tests.agent.work.samples import PACK, import_ask
from tests.drimbox.images.samples import SERIES, STUDY, instance
from tests.fakes.world import Killed

KEY = "demo/incoming/answers/import-1"
ALL = tuple(Uid(f"{SERIES}.{n}") for n in (1, 2, 3))


@dataclass
class Archive:
    """It keeps what it is sent. ``says``: failures or errors of the next C-STOREs, by object."""

    held: dict[str, bytes] = field(default_factory=dict)
    sent: list[list[str]] = field(default_factory=list)
    says: dict[str, list[Any]] = field(default_factory=dict)

    def store(self, study: Uid, objects: Sequence[ToStore]) -> Iterator[tuple[Uid, Stored]]:
        assert study == STUDY
        self.sent.append([one.sop_instance_uid[-1] for one in objects])
        for one in objects:
            facts = read_facts(one.path)
            assert facts.header_agrees
            assert (facts.sop_class_uid, facts.transfer_syntax) == (one[1], one[3])
            said = self.says.get(one.sop_instance_uid)
            word = said.pop(0) if said else 0
            if isinstance(word, BaseException):
                raise word
            if word == 0:
                self.held[one.sop_instance_uid] = one.path.read_bytes()
            yield one.sop_instance_uid, Stored(failure=word or None)


@dataclass
class Scene:
    folder: Path
    archive: Archive = field(default_factory=Archive)
    packs: MemoryPacks = field(default_factory=MemoryPacks)
    objects: tuple[bytes, ...] = field(
        default_factory=lambda: tuple(instance(n) for n in (1, 2, 3))
    )
    now: float = 0.0

    def store(self, **changes: Any) -> dict[Uid, Stored]:
        """One life of the agent."""
        ask, pack = import_ask(*self.objects)
        self.packs.packs.setdefault(PACK, pack)
        return self.importing.store(read_import_ask({**ask, **changes}), KEY)

    @property
    def importing(self) -> Importing:
        pacs: Any = self.archive
        return Importing(
            pacs, self.packs, self.folder, sleep=self._sleep, monotonic=lambda: self.now
        )

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_the_objects_are_stored_as_they_came(scene: Scene) -> None:
    assert scene.store() == dict.fromkeys(ALL, Stored())
    assert list(scene.archive.held.values()) == list(scene.objects)
    (place,) = scene.folder.iterdir()
    assert place.stat().st_mode & 0o777 == 0o700
    scene.importing.forget(KEY)
    assert list(scene.folder.iterdir()) == []


@pytest.mark.parametrize("most", [0, 1, 700, 1_300])
def test_a_line_that_is_cut_goes_on_at_the_first_object_that_is_not_whole(
    scene: Scene, most: int
) -> None:
    scene.packs.cut, scene.packs.chunk = [most], 100
    with pytest.raises(CloudAway):
        scene.store()
    assert scene.archive.sent == []
    assert scene.store() == dict.fromkeys(ALL, Stored())
    whole = most // len(scene.objects[0])
    assert scene.packs.offsets == [0, sum(map(len, scene.objects[:whole]))]


def test_a_pack_that_ends_early_is_the_cloud_s_absence(scene: Scene) -> None:
    scene.packs.packs[PACK] = b"".join(scene.objects)[:-1]
    with pytest.raises(CloudAway, match="early"):
        scene.store()


def test_a_pack_that_has_changed_is_read_anew(scene: Scene) -> None:
    scene.packs.packs[PACK] = b"".join((*scene.objects[:2], bytes(len(scene.objects[2]))))
    with pytest.raises(PackGone):
        scene.store()
    assert scene.archive.sent == []
    scene.packs.packs.clear()
    assert scene.store() == dict.fromkeys(ALL, Stored())


@pytest.mark.parametrize("other", ["study", "instance", "nothing"])
def test_an_object_that_is_another_one_is_never_sent(scene: Scene, other: str) -> None:
    stranger = {
        "study": instance(3, StudyInstanceUID="1.2.404"),
        "instance": instance(3),
        "nothing": b"no DICOM" * 100,
    }[other]
    changed = (*scene.objects[:2], stranger)
    ask, _ = import_ask(*changed[: 2 if other == "nothing" else 3])
    if other == "instance":
        ask["objects"][2]["sop_instance_uid"] = "1.2.405"
    if other == "nothing":
        told = {"sop_instance_uid": ALL[2], "size": len(stranger)}
        ask["objects"].append({**told, "sha256": hashlib.sha256(stranger).hexdigest()})
    scene.packs.packs[PACK] = b"".join(changed)
    with pytest.raises(NotUnderstood):
        scene.store(objects=ask["objects"])
    assert scene.archive.sent == []


def test_a_header_of_another_object_is_made_ours(scene: Scene) -> None:
    """C-STORE takes the names of the command from group 0002."""
    odd = scene.objects[0].replace(f"{SERIES}.1".encode(), f"{SERIES}.9".encode(), 1)
    scene.objects = (odd, *scene.objects[1:])
    assert scene.store() == dict.fromkeys(ALL, Stored())
    assert scene.archive.held[ALL[0]] != odd


@pytest.mark.parametrize("error", [Killed(), PacsUnavailable("gone"), PacsAnswerUnusable("x")])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_agent_that_is_killed_at_any_object_goes_on_behind_the_last_one(
    scene: Scene, at: int, error: BaseException
) -> None:
    scene.archive.says = {ALL[at]: [error]}
    with pytest.raises(type(error)):
        scene.store()
    assert len(scene.archive.held) == at
    assert scene.store() == dict.fromkeys(ALL, Stored())
    assert scene.archive.sent == [["1", "2", "3"], ["1", "2", "3"][at:]]
    assert scene.packs.offsets == [0], "nothing is fetched again"


def test_an_agent_that_is_killed_before_its_answer_tells_what_it_noted(scene: Scene) -> None:
    first = scene.store()
    assert scene.store() == first
    assert len(scene.archive.sent) == 1, "nothing is sent again"
    assert scene.packs.offsets == [0]


def test_a_note_that_was_cut_is_as_if_it_was_not_there(scene: Scene) -> None:
    scene.store()
    (place,) = scene.folder.iterdir()
    noted = place / "outcomes.jsonl"
    noted.write_text(noted.read_text()[:-10] + "\n3\n")
    assert scene.store() == dict.fromkeys(ALL, Stored())
    assert scene.archive.sent == [["1", "2", "3"], ["3"]]


def test_an_archive_without_room_is_waited_for(scene: Scene) -> None:
    scene.archive.says = {ALL[1]: [0xA700, 0xA702]}
    assert scene.store() == dict.fromkeys(ALL, Stored())
    assert scene.archive.sent == [["1", "2", "3"], ["2"], ["2"]]
    assert scene.now == 15


def test_an_archive_that_finds_no_room_is_told_so_in_the_end(scene: Scene) -> None:
    scene.archive.says = {ALL[1]: [0xA700] * 50, ALL[2]: [0xC000]}
    assert scene.store() == {
        ALL[0]: Stored(),
        ALL[1]: Stored(failure=0xA700),
        ALL[2]: Stored(failure=0xC000),
    }
    assert 200 < scene.now <= 300
    assert scene.archive.sent.count(["2"]) > 4


def test_an_object_of_which_nothing_is_told_is_left_out(scene: Scene) -> None:
    silent: Any = scene.archive
    silent.store = lambda *_: iter([(ALL[0], Stored(warning=0xB000))])
    assert scene.store() == {ALL[0]: Stored(warning=0xB000)}


def test_a_refusal_is_a_human_s_affair(scene: Scene) -> None:
    scene.archive.says = {ALL[0]: [Held("pacs_refused")]}
    with pytest.raises(Held):
        scene.store()


def test_without_room_nothing_is_fetched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_FREE", 10**18)
    with pytest.raises(OSError, match="no room"):
        scene.store()
    assert scene.packs.offsets == []


def test_objects_of_ended_jobs_are_swept(scene: Scene) -> None:
    scene.store()
    scene.importing.sweep(datetime.now(UTC) - timedelta(days=1))
    assert list(scene.folder.iterdir())
    scene.importing.sweep(datetime.now(UTC) + timedelta(days=1))
    assert list(scene.folder.iterdir()) == []
