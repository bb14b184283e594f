"""A step's view of one study of one message: each thing is read once, when it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication import archive
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.record import pending_of
from functions.drimbox.publication.steps.submission import Submission, once
from tests.fakes.world import STRUCTURE, World


class Reader:
    """Counts its reads."""

    def __init__(self) -> None:
        self.reads = 0

    @once
    def value(self) -> int:
        """The number of reads, this one included."""
        self.reads += 1
        return self.reads


def test_a_value_is_read_once_for_each_instance() -> None:
    one, other = Reader(), Reader()
    assert [one.value, one.value, other.value] == [1, 1, 1]
    assert (one.reads, other.reads) == (1, 1)


def test_a_read_that_failed_is_tried_again(world: World, change: Change) -> None:
    submission = Submission.begin(world.site, change)
    key = archive.key_of(archive.intent_id(change, 1), archive.INTENT)
    intent = world.archive.objects.pop(key)
    with pytest.raises(StorageUnavailable):
        submission.intent  # noqa: B018
    world.archive.objects[key] = intent
    assert submission.intent.encode() == intent


def test_everything_that_is_asked_twice_is_fetched_once(world: World, change: Change) -> None:
    submission = Submission.begin(world.site, change)
    world.calls.names.clear()
    for _ in range(3):
        assert submission.report.document.exams
        assert submission.study.study_instance_uid == change.study_instance_uid
        assert submission.intent.manifest_uid
        assert submission.structure.id == submission.institution.structure_id == STRUCTURE
        assert submission.request.message_id == change.message_id
        assert submission.files.require(archive.STUDY)
    assert sorted(world.calls.names) == ["archive.get", "archive.get", "inbox.get"]


def test_a_pending_change_is_this_message_s_or_none(world: World, change: Change) -> None:
    record = world.records.get(change.study_instance_uid)
    assert pending_of(record, change) is record.pending is not None
    other = replace(change, message_id="f" * 32)
    assert pending_of(record, other) is None
    assert Submission.begin(world.site, other).pending is None
    with pytest.raises(ValueError, match="no pending change"):
        Submission(world.site, change, replace(record, pending=None)).files  # noqa: B018
