"""functions.drimbox.publication.rejections: the objects that a record's notes reject."""

from __future__ import annotations

from typing import Final

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.archive import rejection_key
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.publication.rejections import rejected_in
from tests.drimbox.publication.note_scenes import note, undone
from tests.drimbox.publication.scenes import STUDY
from tests.fakes.memory import MemoryBlobs

NOTE: Final = note([1, 3])


def archive(**notes: bytes) -> MemoryBlobs:
    blobs = MemoryBlobs()
    for name, raw in notes.items():
        blobs.put_once(rejection_key(STUDY, name), raw, "application/dicom")
    return blobs


def record(*notes: str) -> StudyRecord:
    return StudyRecord(STUDY, rejections=notes)


def test_every_note_of_the_record_counts() -> None:
    blobs = archive(a=NOTE, b=note([2], number=2))
    assert rejected_in(record(), blobs) == frozenset()
    assert rejected_in(record("a"), blobs) == {Uid(f"{STUDY}.1.{number}") for number in (1, 3)}
    assert len(rejected_in(record("a", "b"), blobs)) == 3


def test_a_note_that_another_note_rejects_counts_no_more() -> None:
    found = rejected_in(record("a", "b"), archive(a=NOTE, b=undone(NOTE)))
    assert not found & {Uid(f"{STUDY}.1.{number}") for number in (1, 3)}


def test_a_note_that_the_archive_lacks_stops_everything() -> None:
    """The rejected objects are not known any more: nothing is served on a guess."""
    with pytest.raises(StorageUnavailable):
        rejected_in(record("a", "b"), archive(a=NOTE))


def test_a_note_of_the_archive_that_rejects_nothing_stops_everything() -> None:
    selection = NOTE.replace(b"113001", b"113000")  # Of Interest, which rejects nothing
    with pytest.raises(StorageUnavailable):
        rejected_in(record("a"), archive(a=selection))
