from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.cache import (
    CachedInstance,
    CachedSeries,
    SeriesKeys,
    decode,
    read_index,
    study_prefix,
)
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, MANIFEST, SERIES, STUDY, MemoryStore

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
INDEX = CachedSeries(
    content_type="multipart/related;type=x;boundary=b",
    size=1234,
    sha256="ab" * 32,
    instances=(
        CachedInstance(Uid(f"{SERIES}.1"), Uid(EXPLICIT), 10, "cd" * 32, 100),
        CachedInstance(Uid(f"{SERIES}.2"), Uid(JPEG_LS), 20, "ef" * 32, 210),
    ),
)


def test_keys_stand_under_study_and_manifest() -> None:
    one = Uid("1.2.3")
    keys = [
        KEYS.index,
        KEYS.multipart,
        KEYS.metadata,
        KEYS.instance(one),
        KEYS.instance_multipart(one),
    ]
    assert all(key.startswith(f"studies/{STUDY}/{MANIFEST}/{SERIES}/") for key in keys)
    assert len(set(keys)) == 5
    assert all(key.startswith(study_prefix(STUDY)) for key in keys)
    # A prefix ends with a slash, so that deleting 1.2.3 never deletes 1.2.33.
    assert study_prefix(STUDY).endswith("/")


def test_an_index_comes_back_as_it_was() -> None:
    assert decode(INDEX.encode()) == INDEX
    assert INDEX.encode() == decode(INDEX.encode()).encode()
    assert INDEX.transfer_syntaxes == {EXPLICIT, JPEG_LS}
    assert INDEX.find(f"{SERIES}.2") == INDEX.instances[1]
    assert INDEX.find("1.2.3") is None


def test_an_object_has_a_body_of_its_own() -> None:
    one = INDEX.instances[0]
    assert one.layout() == lay_out(boundary_for([one.sha256]), [Item(10, EXPLICIT)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        INDEX.encode().replace(b"1.2.250.9.5.1.1", b"../../etc/passw"),
        INDEX.encode().replace(b":10,", b":null,"),
    ],
)
def test_an_index_that_is_not_ours_is_refused(data: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        decode(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        decode(data)


def test_read_index() -> None:
    store = MemoryStore()
    assert read_index(store, KEYS) is None
    store.put(KEYS.index, BytesIO(INDEX.encode()), "application/json")
    assert read_index(store, KEYS) == INDEX
