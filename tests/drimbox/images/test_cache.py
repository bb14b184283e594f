from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.cache import (
    CachedInstance,
    CachedSeries,
    decode,
    instance_layout,
    read_index,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, MANIFEST, SERIES, STUDY, MemoryStore

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
INDEX = CachedSeries(
    content_type="multipart/related;type=x;boundary=b",
    size=1234,
    sha256="ab" * 32,
    instances=(
        CachedInstance(
            Uid(f"{SERIES}.1"), Uid(EXPLICIT), 10, "cd" * 32, 100, ((90, 6), (96, 2, 98, 2))
        ),
        CachedInstance(Uid(f"{SERIES}.2"), Uid(JPEG_LS), 20, "ef" * 32, 210, None),
    ),
)


def test_an_index_comes_back_as_it_was() -> None:
    assert decode(INDEX.encode()) == INDEX
    assert INDEX.transfer_syntaxes == {EXPLICIT, JPEG_LS}
    assert INDEX.find(f"{SERIES}.2") == INDEX.instances[1]
    assert INDEX.find("1.2.3") is None


def test_an_object_has_a_body_of_its_own() -> None:
    uid, item = Uid(f"{SERIES}.1"), Item(10, EXPLICIT)
    layout = instance_layout(KEYS, uid, item)
    assert layout == lay_out(boundary_for(KEYS.instance_multipart(uid)), [item])
    assert layout != instance_layout(replace(KEYS, notes=1), uid, item)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        INDEX.encode().replace(b'"format":3,', b""),
        INDEX.encode().replace(b'"format":3,', b'"format":2,'),
        INDEX.encode().replace(b'"format":3,', b'"format":null,'),
    ],
)
def test_an_index_of_another_form_is_no_cached_series(data: bytes) -> None:
    """After an upgrade, and after the return from one, the series is cached anew."""
    assert decode(data) is None
    store = MemoryStore()
    store.put(KEYS.index, BytesIO(data), "application/json")
    assert read_index(store, KEYS) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        INDEX.encode().replace(b"1.2.250.9.5.1.1", b"../../etc/passw"),
        INDEX.encode().replace(b":10,", b":null,"),
        INDEX.encode().replace(b"[90,6]", b"null"),
        INDEX.encode().replace(b"[90,6]", b'["x"]'),
        INDEX.encode().replace(b'"frames":null,', b""),
    ],
)
def test_an_index_that_is_not_ours_is_refused(data: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        decode(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"{}")
def test_arbitrary_bytes_are_never_an_index(data: bytes) -> None:
    with suppress(StorageUnavailable):
        assert decode(data) is None


def test_read_index() -> None:
    store = MemoryStore()
    assert read_index(store, KEYS) is None
    store.put(KEYS.index, BytesIO(INDEX.encode()), "application/json")
    assert read_index(store, KEYS) == INDEX
