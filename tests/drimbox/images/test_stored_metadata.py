"""functions.drimbox.images.stored_metadata: metadata of the cache are read, or refused."""

from __future__ import annotations

import gzip
from functools import partial

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images import stored_metadata
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.stored_metadata import StoredSeries, attributes, lines, packed
from tests.drimbox.images.samples import MANIFEST, SERIES, STUDY

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
OBJECTS = tuple(f"{SERIES}.{number}" for number in (1, 2, 3))
KEPT = StoredSeries(KEYS, OBJECTS)
LINE = '{"00080018":{"vr":"UI","Value":["%s"]}}'


def pack(text: str) -> bytes:
    return gzip.compress(text.encode())


def listed(*made: str) -> bytes:
    return pack("[" + ",\n".join(made) + "]")


def test_each_line_is_that_of_its_object() -> None:
    store: dict[str, bytes] = {KEYS.metadata: listed(*(LINE % uid for uid in OBJECTS))}
    found = lines(KEPT, packed(KEPT, store.get))
    for line, uid in zip(found, OBJECTS, strict=True):
        assert attributes(line, uid) == {"00080018": {"vr": "UI", "Value": [uid]}}
        with pytest.raises(StorageUnavailable):
            attributes(line, f"{uid}.1")


def test_metadata_that_are_gone() -> None:
    with pytest.raises(StorageUnavailable):
        packed(KEPT, lambda _: None)


@pytest.mark.parametrize(
    "kept",
    [
        b"no gzip",
        pack("[]")[:-4],
        pack("{}"),
        listed(LINE % OBJECTS[0]),
        listed(*(LINE % OBJECTS[0] for _ in range(4))),
    ],
)
def test_metadata_that_are_not_whole(kept: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        lines(KEPT, kept)


@pytest.mark.parametrize(
    "line", ["{", "[" * 100_000, '{"00080018":[]}', "{}", "7", '{"00080018":{"Value":["1","2"]}}']
)
def test_a_line_that_names_no_object(line: str) -> None:
    with pytest.raises(StorageUnavailable):
        attributes(line.encode(), "1")


def test_a_bomb_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    unpack = partial(lines, KEPT, listed(*(LINE % uid for uid in OBJECTS)))
    assert len(unpack()) == 3
    monkeypatch.setattr(stored_metadata, "MAX_PLAIN", 20)
    with pytest.raises(StorageUnavailable):
        unpack()
