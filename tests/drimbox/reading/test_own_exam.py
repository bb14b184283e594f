"""functions.drimbox.reading.own_exam: an exam of this site, from its own cache."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.drimbox.consultation import own_manifest
from functions.drimbox.images.fill import fill_series
from functions.drimbox.manifest.read import Manifest
from functions.drimbox.publication.serving import ImageDesk, Served
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.own_exam import is_own, own_series
from functions.drimbox.reading.pixel_patient import Identity
from tests.drimbox.images.samples import (
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)
from tests.drimbox.reading.exam_scenes import exam_entry

ENTRY = replace(exam_entry("2.25.500"), unique_id=str(MANIFEST))


@dataclass
class Fills:
    asked: list[Any] = field(default_factory=list)

    def ask(self, wish: Any, correlation_id: str, *, gone: bool) -> None:
        self.asked.append((wish.facts["series"], correlation_id, gone))


@dataclass
class Own:
    """A site with one study, whose manifest in force is ``uid``."""

    named: Manifest
    uid: str = str(MANIFEST)
    version: int = 0
    pending: object = None
    cache: MemoryStore = field(default_factory=MemoryStore)
    fills: Fills = field(default_factory=Fills)

    def get(self, study: Any) -> Any:
        current = SimpleNamespace(manifest_uid=self.uid) if study == STUDY else None
        return SimpleNamespace(current=current, version=self.version, pending=self.pending)

    @property
    def desk(self) -> ImageDesk:
        return ImageDesk(self, None, self.cache, self.fills)  # type: ignore[arg-type]


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Own:
    made = Own(manifest(1, 2))
    monkeypatch.setattr(
        own_manifest, "served", lambda record, blobs: Served(made.named, "intent", "c1", 0)
    )
    return made


def test_a_cold_series_is_asked_for(own: Own) -> None:
    (series,) = own_series(ENTRY, own.desk)
    assert (series.ended, series.instances, series.awaited) == (None, (), 2)
    assert own.fills.asked == [(str(SERIES), "c1", True)]


def test_a_cached_series_is_shown(own: Own, tmp_path: Path) -> None:
    objects = [instance(2), instance(1)]
    index = fill_series(FolderPacs(objects), own.cache, own.named, SERIES, spool=tmp_path)
    (series,) = own_series(ENTRY, own.desk)
    assert (series.ended, series.identity) == (Ended.WHOLE, Identity.AGREES)
    assert [one.offset for one in series.instances] == [one.offset for one in index.instances]
    assert [one.display["uid"] for one in series.instances] == [
        f"{SERIES}.1",
        f"{SERIES}.2",
    ]
    assert {one.key for one in series.instances} == {
        key for key in own.cache.objects if key.endswith("series.multipart")
    }
    assert own.fills.asked == []


def test_another_manifest_or_study_shows_nothing(own: Own) -> None:
    own.uid = "2.25.1"
    assert own_series(ENTRY, own.desk) == ()
    own.uid = str(MANIFEST)
    assert own_series(replace(ENTRY, reference_ids=()), own.desk) == ()
    odd = replace(ENTRY.reference_ids[0], value="1.2.3")
    assert own_series(replace(ENTRY, reference_ids=(odd,)), own.desk) == ()


def test_a_study_of_which_we_never_had_a_manifest_is_not_our_own(own: Own) -> None:
    assert not is_own(ENTRY, own.desk)
    own.version = 1
    assert is_own(ENTRY, own.desk)
    own.version, own.pending = 0, object()
    assert is_own(ENTRY, own.desk)
    odd = replace(ENTRY.reference_ids[0], value="not a UID")
    assert not is_own(replace(ENTRY, reference_ids=(odd,)), own.desk)
