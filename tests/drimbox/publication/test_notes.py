"""Rejection notes: not served from that moment, then out of the manifest, or the manifest out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pydicom
import pytest

from functions.drimbox.errors import StudyBusy
from functions.drimbox.images.cache_keys import study_prefix
from functions.drimbox.images.store_request import Failure, Notice
from functions.drimbox.manifest.read import read
from functions.drimbox.oid import Uid
from functions.drimbox.publication import notes
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.publication.record import StudyRecord
from simulators.pacs.studies import REJECTIONS, rejection_note
from simulators.ris.cases import CASES
from tests.drimbox.agents.scenes import BEHIND
from tests.drimbox.publication.failing import FAULTS, Fault, first, kill_at_every_call
from tests.drimbox.publication.note_scenes import (
    ALL,
    encoded,
    image,
    note,
    objects,
    published,
    undone,
    withdrawn,
)
from tests.drimbox.publication.scenes import (
    FIRST,
    GONE,
    MESSAGES,
    ONE_LESS,
    STUDY,
    active,
    agrees,
    change_images,
    order,
    play,
)
from tests.fakes.memory import MemoryRecords
from tests.fakes.world import CT_IMAGE, Killed, World


@pytest.mark.parametrize("title", sorted(REJECTIONS))
def test_rejected_images_are_not_served_from_that_moment(world: World, title: str) -> None:
    play(world, ["P1"])
    world.cache.keys = {f"{study_prefix(STUDY)}m/s/index.json", "studies/9.9/m/s/index.json"}
    assert objects(world) == ["1", "2", "3"]
    assert world.give(note(title=title)).failure is None
    assert objects(world) == ["1", "2"]
    assert world.cache.keys == {"studies/9.9/m/s/index.json"}
    assert published(world) == ["1", "2", "3"], "the DMP follows later"
    world.work()
    assert objects(world) == published(world) == ["1", "2"]
    ((name, entry),) = [
        one for one in world.log.entries.items() if one[1].kind is MessageKind.REJECTION_NOTE
    ]
    assert (entry.state, len(name)) == ("published", 37)
    assert ("note.received", "accepted") in world.audit.events()
    assert [event for event, _ in world.audit.events()].count("manifest.replaced") == 1


@pytest.mark.parametrize("behind", [True, False], ids=["agent", "no agent any more"])
def test_the_bodies_that_an_agent_brought_go_with_their_images(world: World, behind: bool) -> None:
    play(world, ["P1"])
    if behind:
        world.tenant = replace(world.tenant, link=BEHIND.link, agents=BEHIND.agents, pacs_url="")
    world.cache.keys = {f"incoming/{STUDY}/e/s/1.multipart", "incoming/9.9/e/s/1.multipart"}
    assert world.give(note()).failure is None
    assert world.cache.keys == {"incoming/9.9/e/s/1.multipart"}


def test_the_pacs_may_apply_its_note_before_or_never(world: World) -> None:
    """The manifest is the same, whether the archive still lists what it rejected or not."""
    play(world, ["P1"])
    change_images(world, ONE_LESS)
    world.give(note())
    world.work()
    assert published(world) == ["1", "2"]
    world.archive_study(FIRST)
    reception = order(world)
    world.work()
    assert published(world) == ["1", "2"]
    assert world.entry(reception.message_id).state == "unchanged"


def test_all_rejected_is_withdrawn_at_once(world: World) -> None:
    play(world, ["P1"])
    before = world.clock.now()
    world.give(note([1]))
    world.give(note([2, 3], number=2))
    assert objects(world) == []
    world.work()
    withdrawn(world)
    assert world.clock.now() == before, "nobody waits for a study that was rejected"
    world.send(FIRST, control_id="again")
    world.work()
    assert active(world) == [], "the same report does not bring it back"


def test_a_study_that_is_gone_although_only_some_was_rejected_is_waited_for(world: World) -> None:
    play(world, ["P1"])
    change_images(world, GONE)
    before = world.clock.now()
    world.give(note())
    world.work()
    withdrawn(world)
    assert world.clock.now() > before


def test_the_same_note_again_has_one_effect(world: World) -> None:
    play(world, ["P1"])
    for _ in range(3):
        assert world.give(note()).failure is None
        world.work()
    assert published(world) == ["1", "2"]
    assert world.records.get(STUDY).rejections == tuple(
        name
        for name, entry in world.log.entries.items()
        if entry.kind is MessageKind.REJECTION_NOTE
    )
    assert [event for event, _ in world.audit.events()].count("note.received") == 1


def test_a_note_that_is_killed_once_it_is_in_force_is_queued_when_it_comes_again(
    world: World,
) -> None:
    play(world, ["P1"])
    send = world.queue.send

    def killed(*_: object, **__: object) -> None:
        world.queue.send = send  # type: ignore[method-assign]
        raise Killed

    world.queue.send = killed  # type: ignore[method-assign]
    assert world.give(note()).failure is None
    assert len(world.records.get(STUDY).rejections) == 1
    world.work()
    assert objects(world) == published(world) == ["1", "2"]


def test_other_bytes_under_its_uid_are_refused_and_their_rejections_in_force(
    world: World,
) -> None:
    play(world, ["P1"])
    world.give(note())
    world.work()
    for _ in range(2):
        assert world.give(note([2])).failure is Failure.DUPLICATE
        assert objects(world) == ["1"]
        world.work()
        assert objects(world) == published(world) == ["1"]
    assert len(world.records.get(STUDY).rejections) == 2
    assert ("note.refused", "duplicate") in world.audit.events()
    assert world.give(undone(note())).failure is None
    assert objects(world) == ["1"], "until the manifest names them again"
    world.work()
    assert objects(world) == published(world) == ["1", "2", "3"]


def _bad_object(root: pydicom.Dataset) -> None:
    series = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = f"{STUDY}.01"
    root.ContentSequence = []


def _bad_study(root: pydicom.Dataset) -> None:
    _bad_object(root)
    (one,) = root.CurrentRequestedProcedureEvidenceSequence
    series = one.ReferencedSeriesSequence[0]
    series.ReferencedSOPSequence = series.ReferencedSOPSequence[1:]
    one.StudyInstanceUID = "1.2.03"


@pytest.mark.parametrize("change", [_bad_object, _bad_study])
def test_the_references_that_can_be_read_are_in_force_and_the_others_are_told(
    world: World, change: Callable[[pydicom.Dataset], None]
) -> None:
    play(world, ["P1"])
    stored = world.give(spoiled(change, note([2, 3])))
    assert (stored.failure, stored.notice) == (None, Notice.DOES_NOT_MATCH_CLASS)
    assert objects(world) == ["1", "2"]
    world.work()
    assert objects(world) == published(world) == ["1", "2"]
    (facts,) = (f for (event, _, _), f in world.audit.records.items() if event == "note.received")
    assert facts["unread_references"] == "1"


def test_a_note_of_which_no_reference_can_be_read_is_refused(world: World) -> None:
    play(world, ["P1"])
    stored = world.give(spoiled(_bad_object, note([3])))
    assert stored.failure is Failure.CANNOT_UNDERSTAND
    assert objects(world) == ["1", "2", "3"]


def test_a_note_that_is_rejected_is_undone(world: World) -> None:
    play(world, ["P1"])
    rejected = note()
    world.give(rejected)
    world.work()
    assert published(world) == ["1", "2"]
    assert world.give(undone(rejected)).failure is None
    assert objects(world) == ["1", "2"], "until the manifest names it again"
    world.work()
    assert objects(world) == published(world) == ["1", "2", "3"]


def test_a_note_on_a_study_that_nobody_published_is_kept(world: World) -> None:
    assert world.give(note()).failure is None
    world.work()
    (entry,) = world.log.entries.values()
    assert entry.state == "unchanged"
    assert world.manifests() == []
    play(world, ["P1"])
    assert objects(world) == published(world) == ["1", "2"]


def test_a_report_on_a_study_that_is_all_rejected_is_held(world: World) -> None:
    world.give(note(ALL))
    world.archive_study(FIRST)
    reception = world.send(FIRST)
    world.work()
    study = world.entry(reception.message_id).studies[STUDY]
    assert (study.outcome, study.reason) == ("held", "study_not_found")


def test_a_report_that_is_on_its_way_is_followed_by_the_note(world: World) -> None:
    """The index was taken before the note came: its manifest is published, then replaced."""
    world.archive_study(FIRST)
    world.send(FIRST, control_id="P1")
    steps = world._steps

    def with_a_note_between(*_: object) -> object:
        for number, step in enumerate(steps()):
            if number == 2:
                world.give(note())
                assert objects(world) == []
            yield step

    world._steps = with_a_note_between  # type: ignore[method-assign,assignment]
    world.work()
    assert objects(world) == ["1", "2"]
    world._steps = steps  # type: ignore[method-assign]
    world.work()
    assert objects(world) == published(world) == ["1", "2"]


def test_a_correction_and_a_withdrawal_after_a_note(world: World) -> None:
    play(world, ["P1"])
    world.give(note())
    world.work()
    play(world, ["R2"])
    assert published(world) == ["1", "2"]
    world.send(MESSAGES["W2"], control_id="W2")
    world.work()
    agrees(world, "W2")
    world.give(note([2], number=2))
    world.work()
    agrees(world, "W2")


def test_a_note_of_several_studies_stands_on_each(world: World) -> None:
    both = CASES["F"]
    world.archive_study(both)
    world.send(both)
    world.work()
    assert len(active(world)) == 2
    one, two = both.archived_studies()
    root = rejection_note(one, [image(1)])
    evidence = []
    for study in (one, two):
        rejected = image(1)
        rejected.SeriesInstanceUID = f"{study.study_instance_uid}.1"
        rejected.SOPInstanceUID = f"{study.study_instance_uid}.1.1"
        made = rejection_note(study, [rejected])
        evidence += made.CurrentRequestedProcedureEvidenceSequence
    root.CurrentRequestedProcedureEvidenceSequence = evidence
    assert world.give(encoded(root)).failure is None
    world.work()
    for study in (one, two):
        record = world.records.get(Uid(study.study_instance_uid))
        assert record.current is not None
        assert record.current.version == 2
        manifest = world.archive.objects[f"studies/{record.current.intent_id}/manifest.dcm"]
        assert sum(len(s.instances) for s in read(manifest).series) == 2


def spoiled(change: Callable[[pydicom.Dataset], None], of: bytes | None = None) -> bytes:
    root = pydicom.dcmread(BytesIO(of or note()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(root)
        return encoded(root)


def _title(root: pydicom.Dataset) -> None:
    root.ConceptNameCodeSequence[0].CodeValue = "113000"


def _scheme(root: pydicom.Dataset) -> None:
    root.ConceptNameCodeSequence[0].CodingSchemeDesignator = "99REVOKE"


def _empty(root: pydicom.Dataset) -> None:
    del root.CurrentRequestedProcedureEvidenceSequence, root.ContentSequence


def _untitled(root: pydicom.Dataset) -> None:
    del root.ConceptNameCodeSequence


def _image(root: pydicom.Dataset) -> None:
    root.SOPClassUID = root.file_meta.MediaStorageSOPClassUID = pydicom.uid.UID(CT_IMAGE)


def _many_studies(root: pydicom.Dataset) -> None:
    (one,) = root.CurrentRequestedProcedureEvidenceSequence
    items = []
    for number in range(notes.MAX_STUDIES + 1):
        item = pydicom.Dataset()
        item.StudyInstanceUID = f"1.2.{number}"
        item.ReferencedSeriesSequence = one.ReferencedSeriesSequence
        items.append(item)
    root.CurrentRequestedProcedureEvidenceSequence = items


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (_title, Failure.INVALID_VALUE),
        (_scheme, Failure.INVALID_VALUE),
        (_empty, Failure.MISSING_VALUE),
        (_untitled, Failure.CANNOT_UNDERSTAND),
        (_image, Failure.CLASS_NOT_SUPPORTED),
        (_many_studies, Failure.OUT_OF_RESOURCES),
    ],
)
def test_an_object_that_is_no_rejection_is_not_stored(
    world: World, change: Callable[[pydicom.Dataset], None], failure: Failure
) -> None:
    play(world, ["P1"])
    stored = world.give(spoiled(change))
    assert stored.failure is failure
    assert stored.sop_instance_uid is not None
    assert not [key for key in world.inbox.objects if key.startswith("notes/")]
    assert ("note.refused", failure.name.lower()) in world.audit.events()
    assert objects(world) == ["1", "2", "3"]
    assert not world.queue.messages


def test_bytes_that_are_no_dicom_object_have_no_name(world: World) -> None:
    for raw in (b"", b"MSH|^~\\&|", note()[:400], b"\0" * 128 + b"DICM"):
        stored = world.give(raw)
        assert stored.failure is Failure.CANNOT_UNDERSTAND
        assert stored.sop_instance_uid is None
    assert not world.inbox.objects


def test_the_study_of_the_request_must_be_the_note_s(world: World) -> None:
    play(world, ["P1"])
    assert world.give(note(), "1.2.3").failure is Failure.DOES_NOT_MATCH
    assert world.give(note(), STUDY).failure is None


def test_a_study_has_so_many_notes_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    play(world, ["P1"])
    assert [world.give(note([n], number=n)).failure for n in ALL] == [
        None,
        None,
        Failure.OUT_OF_RESOURCES,
    ]
    assert objects(world) == ["3"]


def test_other_writers_of_the_record_are_no_hindrance(world: World) -> None:
    play(world, ["P1"])

    class Busy(MemoryRecords):
        left = 3

        def put(self, record: StudyRecord) -> StudyRecord:
            if self.left:
                self.left -= 1
                raise StudyBusy
            return super().put(record)

    world.records = Busy(world.records.records)
    assert world.give(note()).failure is None
    assert objects(world) == ["1", "2"]
    world.records.left = 100
    with pytest.raises(StudyBusy):
        world.give(note([1], number=2))
    world.records.left = 0
    assert world.give(note([1], number=2)).failure is None
    assert objects(world) == ["2"]


@pytest.mark.slow
def test_a_kill_at_any_call_loses_and_doubles_nothing() -> None:
    def act(world: World) -> None:
        assert world.give(note(ALL)).failure is None
        assert objects(world) == []
        world.work()
        withdrawn(world)
        events = [event for event, _ in world.audit.events()]
        assert events.count("note.received") == events.count("manifest.withdrawn") == 1

    names = kill_at_every_call(lambda world: play(world, ["P1"]), act)
    assert {"cache.delete_under", "queue.send", "records.put", "pacs.find_study"} <= set(names)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_does_not_come_has_one_effect(world: World, fault: Fault) -> None:
    play(world, ["P1"])
    world.dmp_fault = first(2, fault)
    world.give(note())
    world.work()
    assert objects(world) == published(world) == ["1", "2"]
