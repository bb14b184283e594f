"""functions.drimbox.images.retrieve_metadata: the attributes of objects, as DICOM JSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset

from functions.drimbox.errors import (
    Absent,
    BadRequest,
    NotAcceptable,
    NotReady,
    StorageUnavailable,
    TooLarge,
)
from functions.drimbox.images import retrieve_metadata
from functions.drimbox.images.cache import CachedSeries
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.retrieve import Target
from functions.drimbox.images.retrieve_metadata import Metadata, decide_metadata
from functions.drimbox.manifest.read import Manifest
from tests.drimbox.images.samples import (
    JPEG_LS,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
OBJECTS = [f"{SERIES}.{number}" for number in (1, 2, 3)]


class Box:
    """A filled cache and the current manifest over it."""

    def __init__(self, spool: Path) -> None:
        self.store = MemoryStore()
        self.manifest: Manifest | None = manifest(1, 2, 3)
        objects = [instance(1), instance(2, JPEG_LS), instance(3)]
        index = fill_series(FolderPacs(objects), self.store, self.manifest, SERIES, spool=spool)
        self.indexes: dict[SeriesKeys, CachedSeries] = {KEYS: index}

    def ask(
        self, *uids: str | None, accept: str = "", coding: str = "", **changes: Any
    ) -> Metadata:
        headers: dict[str, Any] = {
            "accept": [accept] if accept else [],
            "accept_encoding": [coding] if coding else [],
            "kos_sop_instance_uid": [MANIFEST],
            **changes,
        }
        target = Target(*(uids or (STUDY, SERIES)))  # type: ignore[arg-type]
        return decide_metadata(self.manifest, target, self.indexes.get, **headers)

    def read(self, key: str) -> bytes | None:
        return self.store.objects.get(key)

    def told(self, *uids: str | None, **changes: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ask(*uids, **changes).body(self.read))
        return found


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_the_line_of_another_object_is_never_sent(box: Box) -> None:
    box.store.objects[KEYS.metadata] = gzip.compress(
        b'[{"00080018":{"Value":["1"]}},\n{"00080018":{"Value":["2"]}},\n{}]'
    )
    with pytest.raises(StorageUnavailable):
        box.ask().body(box.read)


def uids(told: list[dict[str, Any]]) -> list[str]:
    return [one["00080018"]["Value"][0] for one in told]


def test_a_series_is_told_in_its_order_and_pydicom_reads_it(box: Box) -> None:
    told = box.told()
    assert uids(told) == OBJECTS
    first = Dataset.from_json(told[0])
    assert (first.PatientName, first.Rows) == ("BÉZIERS^ZOÉ", 4)
    assert "7FE00010" not in told[0] or "Value" not in told[0]["7FE00010"]


def test_one_object_is_told_alone(box: Box) -> None:
    for uid in OBJECTS:
        assert uids(box.told(STUDY, SERIES, uid)) == [uid]
        packed = box.ask(STUDY, SERIES, uid, coding="gzip").body(box.read)
        assert uids(json.loads(gzip.decompress(packed))) == [uid]


def test_gzip_is_sent_as_it_is_kept(box: Box) -> None:
    answer = box.ask(coding="br, gzip;q=0.5")
    assert (answer.gzipped, answer.content_type) == (True, "application/dicom+json")
    assert answer.body(box.read) == box.store.objects[KEYS.metadata]


def test_a_study_is_told_in_one_list(box: Box) -> None:
    assert box.manifest is not None
    assert uids(box.told(STUDY)) == OBJECTS
    (series,) = box.ask(STUDY).series
    twice = Metadata("application/dicom+json", gzipped=False, series=(series, series))
    assert uids(json.loads(twice.body(box.read))) == OBJECTS * 2
    packed = Metadata("application/dicom+json", gzipped=True, series=(series, series))
    assert uids(json.loads(gzip.decompress(packed.body(box.read)))) == OBJECTS * 2


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "application/dicom+json"),
        ("*/*", "application/dicom+json"),
        ("application/json", "application/json"),
        ("application/json;q=0.4, application/dicom+json", "application/dicom+json"),
        ("application/*", "application/dicom+json"),
    ],
)
def test_the_form_that_is_liked_most(box: Box, accept: str, form: str) -> None:
    assert box.ask(accept=accept).content_type == form


@pytest.mark.parametrize(
    "accept", ['multipart/related; type="application/dicom+xml"', "application/json;q=0"]
)
def test_another_form_is_not_made(box: Box, accept: str) -> None:
    with pytest.raises(NotAcceptable):
        box.ask(accept=accept)


def test_the_manifest_in_force_alone_opens(box: Box) -> None:
    for stated, error in (
        ([], BadRequest),
        (["2.25.1"], Absent),
        ([MANIFEST, MANIFEST], BadRequest),
    ):
        with pytest.raises(error):
            box.ask(kos_sop_instance_uid=stated)
    with pytest.raises(Absent):
        box.ask(STUDY, SERIES, "1.2.3")
    box.indexes = {}
    with pytest.raises(NotReady):
        box.ask()
    box.manifest = None
    with pytest.raises(Absent):
        box.ask()


def test_an_index_that_lacks_an_object_is_not_trusted(box: Box) -> None:
    box.manifest = manifest(1, 2, 3, 4)
    with pytest.raises(StorageUnavailable):
        box.ask(STUDY, SERIES, f"{SERIES}.4")


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_metadata_too_large_for_one_answer(
    box: Box, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr(retrieve_metadata, "DIRECT_LIMIT", 100)
    with pytest.raises(TooLarge):
        box.ask(coding=coding).body(box.read)
