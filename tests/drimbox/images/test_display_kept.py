"""functions.drimbox.images.display_kept: the facts of display beside a series' index."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.display_kept import read_display, write_display
from functions.drimbox.images.part10 import read_facts
from tests.drimbox.images.samples import MANIFEST, SERIES, STUDY, MemoryStore, instance

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)


def test_the_facts_are_read_as_they_were_written(tmp_path: Path) -> None:
    objects = []
    for number in (1, 2):
        path = tmp_path / str(number)
        path.write_bytes(instance(number))
        objects.append((read_facts(path), path))
    written = tmp_path / "display"
    write_display(written, objects)
    store = MemoryStore()
    assert read_display(store, KEYS) is None
    store.objects[KEYS.display] = written.read_bytes()
    found = read_display(store, KEYS)
    assert found is not None
    assert [one["uid"] for one in found] == [f"{SERIES}.1", f"{SERIES}.2"]
    assert "BÉZIERS" not in str(found)


@pytest.mark.parametrize("text", [None, b"{", b"{}", b"[1]"])
def test_other_bytes_are_a_fault_of_the_storage(text: bytes | None) -> None:
    data = b"garbage" if text is None else gzip.compress(text)
    store = MemoryStore(objects={KEYS.display: data})
    with pytest.raises(StorageUnavailable):
        read_display(store, KEYS)
