"""ITI-57: a manifest leaves the DMP once, whoever took it out first."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.dmp.signing import SHA1
from functions.drimbox.errors import DmpOutcomeUnknown, Held
from functions.drimbox.publication import archive
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry
from functions.drimbox.publication.record import State
from functions.drimbox.publication.steps.admit import admit_report
from functions.drimbox.publication.steps.build import build_manifest
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.publication.steps.withdraw import withdraw_manifest
from tests.drimbox.publication.scenes import MESSAGES, STUDY, active, play
from tests.fakes.world import DB_URL, DEVICE, World


def ready(world: World, name: str = "W1") -> Submission:
    """A withdrawal that is about to be sent."""
    message_id = world.send(MESSAGES[name], control_id=name).message_id
    world.log.open(MessageEntry(message_id, world.clock.now(), 0, ""))
    change = Change("demo", message_id, STUDY, 0)
    admit_report(world.site, change)
    build_manifest(world.site, change, world, DB_URL, SHA1, uids=world.uids)
    return Submission.begin(world.site, change)


def withdraw(world: World, submission: Submission) -> Any:
    dmp: Any = world.connect(submission.report, submission.structure)
    return withdraw_manifest(submission, dmp, DEVICE)


def test_the_manifest_is_no_longer_active_and_its_edition_stays(world: World) -> None:
    play(world, ["P1"])
    submission = ready(world)
    record = withdraw(world, submission)
    assert active(world) == []
    assert record == world.records.get(STUDY)
    assert (record.current, record.pending) == (None, None)
    assert (record.withdrawn.edition.version, record.withdrawn.version) == (1, 1)
    assert submission.files.require(archive.METADATA)


def test_a_study_that_was_never_published_leaves_its_edition(world: World) -> None:
    """An older report that arrives later stays out."""
    calls = world.dmp_calls
    record = withdraw(world, ready(world))
    assert (record.withdrawn.manifest_uid, record.current) == (None, None)
    assert world.dmp_calls == calls + 1, "only the question whether somebody else published it"


def test_a_manifest_of_another_system_is_for_a_human(world: World) -> None:
    play(world, ["P1"])
    world.records.records.clear()
    with pytest.raises(Held) as raised:
        withdraw(world, ready(world))
    assert raised.value.code == "other_manifest_in_dmp"
    assert len(active(world)) == 1


def test_a_manifest_that_somebody_withdrew_is_not_withdrawn_again(world: World) -> None:
    play(world, ["P1"])
    record = world.records.get(STUDY)
    play(world, ["W1"])
    world.records.records[STUDY] = record
    submission = ready(world, "W2")
    result = withdraw(world, submission)
    assert result.withdrawn.edition.version == 2
    assert "dmp.update" not in world.calls.names[-4:]
    assert submission.files.get(archive.METADATA) is None, "nothing was sent"


def test_a_lost_answer_is_looked_for_before_anything_is_sent_again(world: World) -> None:
    play(world, ["P1"])
    submission = ready(world)
    dmp: Any = world.connect(submission.report, submission.structure)
    update = dmp.update

    class Deaf:
        """The DMP takes the update; its answer does not come."""

        def update(self, metadata: bytes) -> None:
            update(metadata)
            raise DmpOutcomeUnknown("no answer")

        def __getattr__(self, name: str) -> Any:
            return getattr(dmp, name)

    deaf: Any = Deaf()
    with pytest.raises(DmpOutcomeUnknown):
        withdraw_manifest(submission, deaf, DEVICE)
    pending = world.records.get(STUDY).pending
    assert pending is not None
    assert pending.state is State.UNKNOWN
    sent = world.calls.names.count("dmp.update")
    record = withdraw(world, Submission.begin(world.site, submission.change))
    assert record.withdrawn is not None
    assert world.calls.names.count("dmp.update") == sent
