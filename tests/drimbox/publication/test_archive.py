"""The archive: written once; identifiers follow from the attempt; a lost object is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import (
    StorageUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication import archive
from functions.drimbox.publication.ports import (
    Change,
)
from tests.fakes.memory import MemoryBlobs
from tests.fakes.world import World


def test_the_archive_gives_what_was_written_first_or_fails() -> None:
    blobs = MemoryBlobs()
    assert archive.keep(blobs, "k", b"first", "text/xml") == b"first"
    assert archive.keep(blobs, "k", b"second", "text/xml") == b"first"
    with pytest.raises(StorageUnavailable):
        archive.require(blobs, "other")


def test_an_intent_is_the_same_for_the_same_attempt_and_comes_back_equal(
    world: World, change: Change
) -> None:
    at = world.clock.now()
    intent = archive.Intent.derive(change, 1, at)
    assert archive.Intent.derive(change, 1, at) == intent
    assert archive.Intent.decode(intent.encode()) == intent
    others = [
        archive.Intent.derive(one, attempt, at)
        for one, attempt in (
            (change, 2),
            (replace(change, tenant="other"), 1),
            (replace(change, message_id="m"), 1),
            (replace(change, study_instance_uid=Uid("1.2")), 1),
        )
    ]
    uids = [
        uid
        for one in (intent, *others)
        for uid in (one.submission_set_id, one.manifest_uid, one.series_uid, one.signature_uid)
    ]
    assert len(set(uids)) == len(uids)


def test_a_file_of_an_intent_is_read_once_and_missed_aloud() -> None:
    blobs = MemoryBlobs()
    files = archive.IntentFiles(blobs, "1.2.3/m-1")
    assert files.get(archive.MANIFEST) is None
    with pytest.raises(StorageUnavailable):
        files.require(archive.MANIFEST)
    assert files.keep(archive.MANIFEST, b"first", "application/dicom") == b"first"
    del blobs.objects[archive.key_of("1.2.3/m-1", archive.MANIFEST)]
    assert files.require(archive.MANIFEST) == b"first", "it was written once: it stays the same"
