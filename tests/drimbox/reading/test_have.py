"""functions.drimbox.reading.have: the objects of a series that came, as the pages read them."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.reading import have as index
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have, HaveInstance
from functions.drimbox.reading.keys import SeriesFolder
from functions.drimbox.reading.pixel_patient import Identity
from tests.drimbox.images.samples import EXPLICIT, MemoryStore
from tests.drimbox.reading.sites import uid

FOLDER = SeriesFolder("readings/a/b/c/d/")
ONE = HaveInstance(
    uid(1), Uid(EXPLICIT), "pack-x-00000", 0, 900, "ab" * 32, ((400, 500), (10, 2, 14, 2)), {"a": 1}
)


@given(
    st.sampled_from([None, *Ended]),
    st.sampled_from(Identity),
    st.lists(st.integers(1, 99), unique=True, max_size=5),
)
def test_an_index_is_read_as_it_was_written(
    ended: Ended | None, identity: Identity, numbers: list[int]
) -> None:
    instances = tuple(
        HaveInstance(uid(n), Uid(EXPLICIT), "pack", n, n, "00", None if n % 2 else ((n, n),), {})
        for n in numbers
    )
    have = Have(9, instances, identity, ended, {"family": "É"})
    assert index.decode(have.encode() or b"") == have
    assert have.uids == {uid(n) for n in numbers}


def test_it_is_kept_and_found_again() -> None:
    store = MemoryStore()
    assert index.read(store, FOLDER) is None
    index.write(store, FOLDER, Have(2, (ONE,)))
    assert index.read(store, FOLDER) == Have(2, (ONE,))
    assert repr(Have(2, (ONE,))) == "Have(1 of 2, None)"


def test_a_growing_index_encodes_each_object_once() -> None:
    growing, store = index.Growing(), MemoryStore()
    others = tuple(replace(ONE, sop_instance_uid=uid(n)) for n in range(2, 9))
    for count in (0, 1, 1, 4, 8):
        have = Have(8, (ONE, *others)[:count], Identity.AGREES)
        index.write(store, FOLDER, have, growing)
        assert index.read(store, FOLDER) == have
    ended = replace(have, ended=Ended.WHOLE)
    assert growing.encode(ended) == ended.encode()


def test_an_index_that_would_not_be_read_again_is_written_without_what_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, limit = MemoryStore(), 1500
    monkeypatch.setattr(index, "MAX_BYTES", limit)
    display = {"uid": "1.2", "modality": "MR", "same": {"palette": "x" * limit}}
    index.write(store, FOLDER, Have(2, (replace(ONE, display=display),)))
    kept = index.read(store, FOLDER)
    assert kept is not None
    assert kept.instances == (
        replace(ONE, display={"uid": "1.2", "modality": "MR", "why": "size"}),
    )
    with pytest.raises(StorageUnavailable, match="too long"):
        index.write(store, FOLDER, Have(9, tuple([ONE] * 20)))
    assert index.read(store, FOLDER) == kept


def test_another_form_is_none() -> None:
    assert index.decode(gzip.compress(b'{"format": 99}')) is None


@pytest.mark.parametrize("data", [b"", b"garbage", (Have(1, (ONE,)).encode() or b"")[:-9]])
def test_no_gzip_is_a_fault_of_the_storage(data: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        index.decode(data)


@pytest.mark.parametrize("text", [b"[]", b'{"format": 2}', b'{"format": 2, "awaited": "x"}'])
def test_what_is_none_of_ours_is_a_fault_of_the_storage(text: bytes) -> None:
    with pytest.raises(StorageUnavailable):
        index.decode(gzip.compress(text))


def test_deep_and_long_texts_are_a_fault_of_the_storage() -> None:
    for text in (b"[" * 100_000, bytes(index.MAX_BYTES + 1)):
        with pytest.raises(StorageUnavailable):
            index.decode(gzip.compress(text))


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for given_data in (data, gzip.compress(data)):
        try:
            index.decode(given_data)
        except StorageUnavailable:
            continue
