"""The archive: written once; identifiers are fresh; a lost object is an error."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import (
    StorageUnavailable,
)
from functions.drimbox.publication import archive
from tests.fakes.memory import MemoryBlobs
from tests.fakes.world import World


def test_the_archive_gives_what_was_written_first_or_fails() -> None:
    blobs = MemoryBlobs()
    assert archive.keep(blobs, "k", b"first", "text/xml") == b"first"
    assert archive.keep(blobs, "k", b"second", "text/xml") == b"first"
    with pytest.raises(StorageUnavailable):
        archive.require(blobs, "other")


def test_an_intent_has_four_fresh_identifiers_and_comes_back_equal(world: World) -> None:
    at = world.clock.now()
    first, second = archive.Intent.fresh(world.uids, at), archive.Intent.fresh(world.uids, at)
    assert archive.Intent.decode(first.encode()) == first
    uids = [
        uid
        for one in (first, second)
        for uid in (one.submission_set_id, one.manifest_uid, one.series_uid, one.signature_uid)
    ]
    assert len(set(uids)) == 8


def test_a_file_of_an_intent_is_read_once_and_missed_aloud() -> None:
    blobs = MemoryBlobs()
    files = archive.IntentFiles(blobs, "1.2.3/m-1")
    assert files.get(archive.MANIFEST) is None
    with pytest.raises(StorageUnavailable):
        files.require(archive.MANIFEST)
    assert files.keep(archive.MANIFEST, b"first", "application/dicom") == b"first"
    del blobs.objects[archive.key_of("1.2.3/m-1", archive.MANIFEST)]
    assert files.require(archive.MANIFEST) == b"first", "it was written once: it stays the same"
