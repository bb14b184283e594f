"""A series from the archive into the cloud."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.pacs.headers import with_our_header
from agent.work import filling as module
from agent.work.filling import Filling
from agent.work.ports import CloudAway
from agent.work.wire import FillAsk
from functions.drimbox.errors import ObjectUnservable, PacsUnavailable
from functions.drimbox.images import fill as library
from functions.drimbox.images.fill import fill_series
from functions.drimbox.oid import Uid
from tests.agent.work.memory import MemoryIncoming
from tests.drimbox.images.samples import (
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)

KEY = "demo/incoming/1"


def ask(*numbers: int) -> FillAsk:
    return FillAsk(
        STUDY, SERIES, MANIFEST, 0, tuple(Uid(f"{SERIES}.{number}") for number in numbers)
    )


def pacs(*numbers: int) -> FolderPacs:
    return FolderPacs([instance(number) for number in numbers])


def test_the_body_is_the_one_that_the_cloud_would_fill(tmp_path: Path) -> None:
    incoming, store = MemoryIncoming(), MemoryStore()
    put = Filling(pacs(2, 1, 3), incoming, tmp_path).fill(ask(1, 2), KEY)
    files = []
    for number in (1, 2):
        path = tmp_path / "object"
        path.write_bytes(instance(number))
        with_our_header(path)
        files.append(path.read_bytes())
    index = fill_series(FolderPacs(files), store, manifest(1, 2), SERIES, spool=tmp_path)
    (body,) = (data for key, data in store.objects.items() if key.endswith("series.multipart"))
    assert incoming.objects == {KEY: body}
    assert (put.key, put.size, put.sha256) == (KEY, index.size, index.sha256)


def test_interrupted_it_goes_on_without_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "PART_BYTES", 1_000)
    source = pacs(1, 2, 3)
    incoming = MemoryIncoming(broken={3})
    with pytest.raises(CloudAway):
        Filling(source, incoming, tmp_path).fill(ask(1, 2, 3), KEY)
    filling = Filling(source, incoming, tmp_path)
    put = filling.fill(ask(1, 2, 3), KEY)
    assert len(source.asked) == 1
    assert len(incoming.objects[KEY]) == put.size
    assert incoming.calls.count("add 1") == 1
    filling.forget(KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_was_begun_and_not_ended_is_begun_anew(tmp_path: Path) -> None:
    source = FolderPacs([instance(1)], PacsUnavailable("gone"))
    incoming = MemoryIncoming()
    with pytest.raises(PacsUnavailable):
        Filling(source, incoming, tmp_path).fill(ask(1, 2), KEY)
    Filling(pacs(1, 2), incoming, tmp_path).fill(ask(1, 2), KEY)
    assert KEY in incoming.objects


def test_an_object_that_is_not_given_or_at_fault_is_told(tmp_path: Path) -> None:
    incoming = MemoryIncoming()
    with pytest.raises(PacsUnavailable):
        Filling(pacs(1), incoming, tmp_path).fill(ask(1, 2), KEY)
    cut = FolderPacs([instance(1)[:-8]])
    with pytest.raises(ObjectUnservable):
        Filling(cut, incoming, tmp_path).fill(ask(1), KEY)
    assert incoming.calls == []


def test_a_disk_that_is_nearly_full_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST_FREE", 10**18)
    source, incoming = pacs(1), MemoryIncoming()
    with pytest.raises(OSError, match="no room"):
        Filling(source, incoming, tmp_path).fill(ask(1), KEY)
    assert source.asked == []


def test_bodies_of_ended_jobs_are_swept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for name, age in (("fill-old", 2), ("fill-new", 0), ("fill-empty", 0), ("other", 2)):
        (tmp_path / name).mkdir()
        if name != "fill-empty":
            path = tmp_path / name / "part-00001"
            path.touch()
            at = (now - timedelta(days=age)).timestamp()
            os.utime(path, (at, at))
    Filling(pacs(), MemoryIncoming(), tmp_path).sweep(now - timedelta(days=1))
    assert {one.name for one in tmp_path.iterdir()} == {"fill-new", "other"}
