from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest

from functions.drimbox.errors import (
    Absent,
    BadRequest,
    NotAcceptable,
    NotReady,
    StorageUnavailable,
    TooLarge,
)
from functions.drimbox.images.cache import DIRECT_LIMIT, CachedSeries
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.joining import Joined
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.drimbox.images.retrieve import (
    RETRY_AFTER,
    Direct,
    Redirect,
    Target,
    decide,
    manifest_uid,
)
from functions.drimbox.manifest.read import Manifest
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import (
    EXPLICIT,
    JPEG_LS,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)

ANY = "multipart/related; type=application/dicom; transfer-syntax=*"
OBJECT = f"{SERIES}.1"
KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)


class Box:
    """A filled cache and the current manifest over it."""

    def __init__(self, spool: Path, *objects: bytes) -> None:
        self.store = MemoryStore()
        self.manifest: Manifest | None = manifest(*range(1, len(objects) + 1))
        self.index = fill_series(
            FolderPacs(list(objects)), self.store, self.manifest, SERIES, spool=spool
        )
        self.indexes: dict[SeriesKeys, CachedSeries] = {KEYS: self.index}

    def ask(
        self,
        *uids: str | None,
        accept: str | list[str] = ANY,
        kos: list[str] | None = None,
        joins: bool = False,
    ) -> Direct | Redirect | Joined:
        return decide(
            self.manifest,
            Target(*(uids or (STUDY, SERIES))),  # type: ignore[arg-type]
            self.indexes.get,
            accept=[accept] if isinstance(accept, str) else accept,
            kos_sop_instance_uid=[MANIFEST] if kos is None else kos,
            joins=joins,
        )

    def grow(self, **sizes: Any) -> None:
        """Pretend that the series, or its first object, is larger."""
        first = replace(self.index.instances[0], size=sizes.get("object", 10))
        self.indexes[KEYS] = replace(
            self.index,
            size=sizes.get("series", self.index.size),
            instances=(first, *self.index.instances[1:]),
        )


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path, instance(1), instance(2))


@pytest.fixture
def mixed(tmp_path: Path) -> Box:
    return Box(tmp_path, instance(1), instance(2, JPEG_LS))


def test_a_small_series_comes_directly(box: Box, tmp_path: Path) -> None:
    answer = box.ask()
    assert isinstance(answer, Direct)
    body = answer.body(box.store.get_range)
    assert answer.content_type == box.index.content_type
    assert hashlib.sha256(body).hexdigest() == box.index.sha256
    parts = list(read_parts([body], boundary_of(answer.content_type), tmp_path))
    assert len(parts) == 2


def test_a_large_series_is_elsewhere(box: Box) -> None:
    box.grow(series=DIRECT_LIMIT)
    assert isinstance(box.ask(), Direct)
    box.grow(series=DIRECT_LIMIT + 1)
    assert box.ask() == Redirect(KEYS.multipart, box.index.content_type)


def test_one_object_in_a_body_or_alone(box: Box, tmp_path: Path) -> None:
    first = box.index.instances[0]
    stored = box.store.objects[KEYS.multipart][first.offset : first.offset + first.size]
    assert pydicom.dcmread(BytesIO(stored)).SOPInstanceUID == OBJECT
    answer = box.ask(STUDY, SERIES, OBJECT)
    assert isinstance(answer, Direct)
    body = answer.body(box.store.get_range)
    parts = list(read_parts([body], boundary_of(answer.content_type), tmp_path))
    assert [part.path.read_bytes() for part in parts] == [stored]
    alone = box.ask(STUDY, SERIES, OBJECT, accept="application/dicom")
    assert isinstance(alone, Direct)
    assert alone.content_type == f"application/dicom;transfer-syntax={EXPLICIT}"
    assert alone.body(box.store.get_range) == stored


def test_a_large_object_is_elsewhere_in_either_form(box: Box) -> None:
    box.grow(object=DIRECT_LIMIT)
    assert isinstance(box.ask(STUDY, SERIES, OBJECT), Direct)
    box.grow(object=DIRECT_LIMIT + 1)
    answer = box.ask(STUDY, SERIES, OBJECT)
    assert isinstance(answer, Redirect)
    assert answer.key == KEYS.instance_multipart(Uid(OBJECT))
    assert answer.content_type.startswith("multipart/related")
    alone = box.ask(STUDY, SERIES, OBJECT, accept="application/dicom")
    assert alone == Redirect(
        KEYS.instance(Uid(OBJECT)), f"application/dicom;transfer-syntax={EXPLICIT}"
    )


def test_the_answer_of_a_lone_object_is_the_body_of_its_series(tmp_path: Path) -> None:
    box = Box(tmp_path, instance(1))
    assert box.ask(STUDY, SERIES, OBJECT) == box.ask()
    box.grow(object=DIRECT_LIMIT, series=DIRECT_LIMIT + 400)
    assert box.ask(STUDY, SERIES, OBJECT) == Redirect(KEYS.multipart, box.index.content_type)
    alone = box.ask(STUDY, SERIES, OBJECT, accept="application/dicom")
    assert isinstance(alone, Direct)


def test_a_lone_large_object_is_stored_once_in_each_form(tmp_path: Path) -> None:
    box = Box(tmp_path, instance(1, PixelData=bytes(DIRECT_LIMIT)))
    for accept in (ANY, "application/dicom"):
        answer = box.ask(STUDY, SERIES, OBJECT, accept=accept)
        assert isinstance(answer, Redirect)
        assert box.store.types[answer.key] in answer.content_type
    assert KEYS.instance_multipart(Uid(OBJECT)) not in box.store.objects


def test_large_objects_among_others_are_where_the_answer_says(tmp_path: Path) -> None:
    large = instance(1, PixelData=bytes(DIRECT_LIMIT))
    box = Box(tmp_path, large, instance(2))
    for number in (1, 2):
        uid = f"{SERIES}.{number}"
        answer = box.ask(STUDY, SERIES, uid)
        if isinstance(answer, Redirect):
            body = box.store.objects[answer.key]
            assert box.store.types[answer.key] == answer.content_type
        else:
            assert isinstance(answer, Direct)
            body = answer.body(box.store.get_range)
        folder = tmp_path / uid
        folder.mkdir()
        (part,) = read_parts([body], boundary_of(answer.content_type), folder)
        assert pydicom.dcmread(part.path).SOPInstanceUID == uid
    assert [key for key in box.store.objects if f"{SERIES}.2" in key] == []


def test_a_study_of_one_series_is_that_series(box: Box) -> None:
    assert box.ask(STUDY) == box.ask()
    box.grow(series=DIRECT_LIMIT + 1)
    assert box.ask(STUDY) == Redirect(KEYS.multipart, box.index.content_type)


def test_a_small_study_of_several_series_is_one_body(box: Box, tmp_path: Path) -> None:
    assert box.manifest is not None
    other = replace(box.manifest.series[0], series_instance_uid=Uid("1.2.250.9.5.2"))
    empty = replace(other, series_instance_uid=Uid("1.2.250.9.5.3"), instances=())
    box.manifest = replace(box.manifest, series=(*box.manifest.series, other, empty))
    keys = SeriesKeys(STUDY, MANIFEST, other.series_instance_uid)
    with pytest.raises(NotReady):
        box.ask(STUDY)
    box.indexes[keys] = box.index
    for key, data in list(box.store.objects.items()):
        box.store.objects[key.replace(f"/{SERIES}/", f"/{other.series_instance_uid}/")] = data
    answer = box.ask(STUDY)
    assert isinstance(answer, Direct)
    parts = list(
        read_parts([answer.body(box.store.get_range)], boundary_of(answer.content_type), tmp_path)
    )
    assert len(parts) == 4
    box.indexes[keys] = replace(
        box.index, instances=(replace(box.index.instances[0], size=DIRECT_LIMIT),)
    )
    with pytest.raises(TooLarge):
        box.ask(STUDY)
    joined = box.ask(STUDY, joins=True)
    assert isinstance(joined, Joined)
    assert [one.source for one in joined.series] == [KEYS.multipart, keys.multipart]
    assert joined.boundary in joined.layout.content_type
    box.indexes[keys] = replace(box.index, instances=())
    with pytest.raises(StorageUnavailable):
        box.ask(STUDY)


@pytest.mark.parametrize("kos", [[], [""], [" "], [MANIFEST, MANIFEST], [f"{MANIFEST},{MANIFEST}"]])
def test_the_manifest_must_be_named_once(box: Box, kos: list[str]) -> None:
    with pytest.raises(BadRequest):
        box.ask(kos=kos)


def test_spaces_around_the_manifest_are_nothing() -> None:
    assert manifest_uid([f" {MANIFEST} "]) == MANIFEST


@pytest.mark.parametrize("accept", [[], [""]])
def test_accept_must_be_there(box: Box, accept: list[str]) -> None:
    with pytest.raises(BadRequest):
        box.ask(accept=accept)


@pytest.mark.parametrize("kos", ["2.25.501", "not-a-uid", f"{MANIFEST}0", "../../x"])
def test_another_manifest_is_absent(box: Box, kos: str) -> None:
    with pytest.raises(Absent) as error:
        box.ask(kos=[kos])
    assert kos not in str(error.value)


def test_without_current_manifest_everything_is_absent(box: Box) -> None:
    box.manifest = None
    with pytest.raises(Absent):
        box.ask()


@pytest.mark.parametrize(
    "uids",
    [
        ("1.2.3",),
        ("1.2.3", SERIES),
        (STUDY, "1.2.3"),
        (STUDY, f"{SERIES}'"),
        (STUDY, SERIES, "1.2.3"),
        (STUDY, SERIES, ""),
        (STUDY, ""),
    ],
)
def test_an_object_that_the_manifest_does_not_name_is_absent(
    box: Box, uids: tuple[str, ...]
) -> None:
    box.indexes.clear()
    with pytest.raises(Absent):
        box.ask(*uids)


def test_a_series_that_is_not_cached_is_not_ready(box: Box) -> None:
    box.indexes.clear()
    for uids in ((STUDY, SERIES), (STUDY, SERIES, OBJECT)):
        with pytest.raises(NotReady) as error:
            box.ask(*uids)
        assert error.value.retry_after == RETRY_AFTER
        assert error.value.status == 503


def test_an_index_that_lacks_an_object_is_not_trusted(box: Box) -> None:
    box.indexes[KEYS] = replace(box.index, instances=box.index.instances[1:])
    with pytest.raises(StorageUnavailable):
        box.ask(STUDY, SERIES, OBJECT)


def test_every_syntax_of_a_series_must_be_accepted(mixed: Box) -> None:
    both = f"transfer-syntax={EXPLICIT}, transfer-syntax={JPEG_LS};q=0.1"
    assert isinstance(mixed.ask(accept=both), Direct)
    for accept in ("*/*", f"transfer-syntax={EXPLICIT}", f"{ANY}, transfer-syntax={JPEG_LS};q=0"):
        with pytest.raises(NotAcceptable):
            mixed.ask(accept=accept)
    # One object only needs its own.
    assert isinstance(mixed.ask(STUDY, SERIES, OBJECT, accept="*/*"), Direct)
    with pytest.raises(NotAcceptable):
        mixed.ask(STUDY, SERIES, f"{SERIES}.2", accept="*/*")


def test_bytes_that_changed_or_went_are_not_served(box: Box) -> None:
    answer = box.ask()
    assert isinstance(answer, Direct)
    data = box.store.objects[KEYS.multipart]
    box.store.objects[KEYS.multipart] = data[:-1] + b"x"
    with pytest.raises(StorageUnavailable):
        answer.body(box.store.get_range)
    box.store.objects[KEYS.multipart] = data[:-1]
    with pytest.raises(StorageUnavailable):
        answer.body(box.store.get_range)
    del box.store.objects[KEYS.multipart]
    with pytest.raises(StorageUnavailable):
        answer.body(box.store.get_range)


def test_a_study_whose_objects_were_all_rejected_is_absent(box: Box) -> None:
    assert box.manifest is not None
    box.manifest = box.manifest.without({Uid(OBJECT), Uid(f"{SERIES}.2")})
    with pytest.raises(Absent, match="rejected"):
        box.ask(STUDY, None)
