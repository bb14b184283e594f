"""functions.drimbox.importing.sending: judged, sent in parts, gone on with after each kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.drimbox.errors import Held, PacsUnavailable, StorageUnavailable
from functions.drimbox.importing import progress, sending
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.importing.progress import Progress, Stage
from functions.drimbox.importing.sending import Next, send
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.record import Pending, State, StudyRecord
from functions.drimbox.reading.ended import Ended
from functions.drimbox.report.requested_action import Action
from functions.drimbox.study.index import InstanceRef, SeriesIndex, StudyIndex
from tests.drimbox.images.samples import CT, instance
from tests.drimbox.importing.exams import (
    SERIES,
    STUDY,
    Scene,
    placed_exam,
    reading,
    whole,
)
from tests.drimbox.importing.scenes import read
from tests.drimbox.manifest.samples import study
from tests.drimbox.reading.exam_scenes import images
from tests.fakes.world import Killed

ALL = tuple(Uid(f"{SERIES}.{n}") for n in (1, 2, 3))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    whole(made.shelf)
    return made


def begun(scene: Scene) -> Progress:
    return Progress(1, Stage.WAITING, scene.clock.now())


def kept(scene: Scene) -> Progress:
    found = progress.read(scene.shelf.store, reading().keys.imported)
    assert found is not None
    return found


def sent(scene: Scene, now: Progress | None = None) -> tuple[Next, Progress]:
    following, after = send(scene.desk(), reading(), now or begun(scene))
    assert kept(scene) == after
    assert not list(scene.spool.iterdir())
    return following, after


def held_study(patient: str, *names: Uid) -> StudyIndex:
    refs = tuple(InstanceRef(CT, one, 1) for one in names)
    series = (SeriesIndex(SERIES, "CT", 1, "", refs),)
    return replace(
        study(study_instance_uid=STUDY, series=series, key_images=()), patient_id=patient
    )


def test_a_whole_exam_is_stored_under_the_local_patient(scene: Scene) -> None:
    following, after = sent(scene)
    assert following is Next.DONE
    assert (after.stage, after.total, after.before) == (Stage.DONE, 3, 0)
    assert set(after.stored) == set(ALL)
    assert scene.imported.studies[STUDY].site == "1860000011"
    assert scene.imported.studies[STUDY].whole
    given = images(1, 2, 3)
    for name in ALL:
        root = read(scene.pacs.held[name])
        assert (root.PatientID, root.SOPInstanceUID) == ("IPP101", name)
        assert root.OriginalAttributesSequence[0].SourceOfPreviousValues == "CHU de Poitiers"
        assert root.PixelData == read(given[name]).PixelData
    assert sent(scene, after) == (Next.DONE, after), "nothing is begun again"


def test_an_end_is_told_before_its_state_is_written(scene: Scene) -> None:
    """A reader of the state finds the audit record too; nothing is told of a state that waits."""
    told: list[tuple[Stage, Progress | None]] = []

    def ended(after: Progress) -> None:
        now = progress.read(scene.shelf.store, reading().keys.imported)
        assert now is None or now.stage in progress.RUNNING
        told.append((after.stage, now))
        if len(told) == 1:
            raise Killed

    with pytest.raises(Killed):
        send(scene.desk(), reading(), begun(scene), ended)
    assert kept(scene).stage is Stage.SENDING
    assert send(scene.desk(), reading(), kept(scene), ended)[1].stage is Stage.DONE
    assert [stage for stage, _ in told] == [Stage.DONE, Stage.DONE]
    assert set(scene.pacs.cleared) == {reading().keys.all_outgoing}
    placed_exam(scene.shelf, reading(), images(1), awaited=3, ended=None)
    assert send(scene.desk(), reading(), begun(scene), ended)[0] is Next.WAIT
    assert len(told) == 2


def test_it_waits_for_the_images(scene: Scene) -> None:
    placed_exam(scene.shelf, reading(), images(1), awaited=3, ended=None)
    following, after = sent(scene)
    assert (following, after.stage, after.total) == (Next.WAIT, Stage.WAITING, 3)
    assert not scene.pacs.parts
    assert not scene.imported.studies
    # The index says whole, and is not.
    placed_exam(scene.shelf, reading(), images(1), awaited=3)
    assert sent(scene)[0] is Next.WAIT


def test_an_obstacle_ends_it_before_anything_is_sent(scene: Scene) -> None:
    placed_exam(scene.shelf, reading(), images(1, 2) | images(3, PatientSex="M"))
    following, after = sent(scene)
    assert (following, after.stage, after.code) == (Next.DONE, Stage.REFUSED, Obstacle.IMAGES)
    assert not scene.pacs.parts
    assert not scene.imported.studies


def test_an_own_study_is_refused(scene: Scene) -> None:
    now = scene.clock.now()
    edition = Edition(now, 1, Action.PUBLISH)
    pending = Pending("m1", State.RECEIVED, now, now, 0, 1, edition)
    scene.records.put(replace(StudyRecord(STUDY), pending=pending))
    assert sent(scene)[1].code == Obstacle.OWN
    assert not scene.imported.studies


@pytest.mark.parametrize("known", [False, True])
def test_a_report_that_comes_at_the_same_time_wins(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        sent(scene)
    looks = iter([False, True])
    monkeypatch.setattr(sending, "is_own", lambda *_: next(looks))
    assert sent(scene)[1].code == Obstacle.OWN
    assert (STUDY in scene.imported.studies) is known, "an earlier sending stays remembered"


def test_another_patients_study_in_the_pacs_is_not_touched(scene: Scene) -> None:
    scene.pacs.known = held_study("IPP999")
    assert sent(scene)[1].code == Obstacle.ELSEWHERE
    assert not scene.pacs.parts
    assert not scene.imported.studies
    before = replace(begun(scene), stored={ALL[0]: 0})
    assert sent(scene, before)[1].code == Obstacle.ELSEWHERE


def test_an_earlier_import_stays_remembered_where_the_pacs_has_another_patient_now(
    scene: Scene,
) -> None:
    sent(scene)
    scene.pacs.known = held_study("IPP999", *ALL)
    # A later session: its own state is new.
    assert sent(scene)[1].code == Obstacle.ELSEWHERE
    assert STUDY in scene.imported.studies


def test_a_study_that_nobody_imported_and_stands_there_whole_stays_free(scene: Scene) -> None:
    scene.pacs.known = held_study("IPP101", *ALL)
    _, after = sent(scene)
    assert (after.stage, after.before, after.total) == (Stage.DONE, 3, 3)
    assert not scene.pacs.parts
    assert not scene.imported.studies


def test_a_later_import_of_an_imported_study_keeps_the_first_one(scene: Scene) -> None:
    sent(scene)
    first = scene.imported.studies[STUDY]
    scene.pacs.known = held_study("IPP101", *ALL)
    assert sent(scene)[1].stage is Stage.DONE
    assert scene.imported.studies[STUDY] == first


def test_objects_that_the_pacs_holds_are_told_and_not_sent_again(scene: Scene) -> None:
    scene.pacs.known = held_study("IPP101", *ALL[:2])
    _, after = sent(scene)
    assert (after.stage, after.before) == (Stage.DONE, 2)
    assert scene.pacs.parts == [[ALL[2]]]
    scene.pacs.known = held_study("IPP101", *ALL)
    _, again = sent(scene, replace(after, stage=Stage.WAITING))
    assert (again.stage, again.before, len(scene.pacs.parts)) == (Stage.DONE, 2, 1)


def test_each_object_has_its_own_outcome(scene: Scene) -> None:
    first, second, third = ALL
    scene.pacs.answers = [
        {first: Stored(None, 0xB000), second: Stored(0xA700)},
        {third: Stored(0x0111)},
    ]
    following, after = sent(scene)
    assert (following, after.stage) == (Next.DONE, Stage.PARTIAL)
    assert after.stored == {first: 0xB000, third: 0}
    assert after.failed == {second: 0xA700}
    assert not scene.imported.studies[STUDY].whole
    assert scene.pacs.parts == [[first, second, third], [third]]
    resumed = replace(after, run=2, stage=Stage.WAITING, failed={})
    _, again = sent(scene, resumed)
    assert (again.stage, scene.pacs.parts[2:]) == (Stage.DONE, [[second]])


def test_an_object_that_nobody_tells_about_has_failed(scene: Scene) -> None:
    scene.pacs.answers = [{}, {}]
    _, after = sent(scene)
    assert after.failed == dict.fromkeys(ALL, sending.UNTOLD)


def test_an_object_whose_head_is_in_doubt_fails_alone(scene: Scene) -> None:
    # Its patient can be read; an element behind stands out of order.
    good = images(1, 2)
    bad = images(3)[ALL[2]]
    place = bad.index(b"\xe0\x7f\x10\x00")
    odd = bad[:place] + b"\x10\x00\x10\x40LO\x02\x00xx" + bad[place:]
    placed_exam(scene.shelf, reading(), {**good, ALL[2]: odd})
    _, after = sent(scene)
    assert (after.stage, after.failed) == (Stage.PARTIAL, {ALL[2]: sending.UNREADABLE})
    placed_exam(scene.shelf, reading(), {ALL[2]: odd})
    _, after = sent(scene)
    assert after.failed == {ALL[2]: sending.UNREADABLE}


def test_parts_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PART_OBJECTS", 2)
    sent(scene)
    assert [len(one) for one in scene.pacs.parts] == [2, 1]
    monkeypatch.setattr(sending, "PART_OBJECTS", 100)
    monkeypatch.setattr(sending, "PART_BYTES", len(instance()))
    scene.pacs.parts.clear()
    sent(scene)
    assert [len(one) for one in scene.pacs.parts] == [1, 1, 1]


def test_a_run_ends_in_time_and_the_next_one_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PART_OBJECTS", 1)
    times = iter([False, True, False, False, False])
    scene.over = lambda: next(times)
    following, after = sent(scene)
    assert (following, after.stage, len(after.stored)) == (Next.SEND, Stage.SENDING, 1)
    following, after = sent(scene, after)
    assert (following, after.stage) == (Next.DONE, Stage.DONE)
    assert [one for part in scene.pacs.parts for one in part] == list(ALL)


def test_a_study_that_an_operator_releases_meanwhile_is_remembered_at_the_next_part(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent of a study that nobody remembers; once a report has it, the import ends."""
    monkeypatch.setattr(sending, "PART_OBJECTS", 1)

    def released() -> bool:
        if len(scene.pacs.parts) == 1:
            assert scene.imported.release(scene.imported.studies[STUDY])
        if len(scene.pacs.parts) == 2:
            scene.imported.studies.clear()
            now = scene.clock.now()
            edition = Edition(now, 1, Action.PUBLISH)
            pending = Pending("m1", State.RECEIVED, now, now, 0, 1, edition)
            scene.records.put(replace(StudyRecord(STUDY), pending=pending))
        return False

    scene.over = released
    following, after = sent(scene)
    assert (following, after.stage, after.code) == (Next.DONE, Stage.REFUSED, Obstacle.OWN)
    assert len(scene.pacs.parts) == 2
    assert not scene.imported.studies, "the report's own memory decides from now on"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Held("pacs_refused"), Obstacle.REFUSED),
        (Held("pacs_address_private"), Obstacle.ADDRESS),
        (Held("pacs_address_foreign"), Obstacle.ADDRESS),
        (Held("pacs_access_unusable"), Obstacle.ACCESS),
        (Held("patient_mismatch"), Obstacle.ELSEWHERE),
        (Held("study_too_large"), Obstacle.REFUSED),
    ],
)
def test_a_pacs_that_will_not(scene: Scene, error: Held, code: Obstacle) -> None:
    scene.pacs.finding = error
    following, after = sent(scene)
    assert (following, after.stage, after.code) == (Next.DONE, Stage.REFUSED, code)
    assert not scene.imported.studies, "nothing was sent"


@pytest.mark.parametrize("error", [PacsUnavailable("away"), Killed()])
def test_a_kill_at_each_part_stores_everything_once_more_at_most(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(sending, "PART_OBJECTS", 1)
    now = begun(scene)
    for killed in range(3):
        scene.pacs.answers = [None] * (1 if killed else 0) + [error]
        with pytest.raises(type(error)):
            send(scene.desk(), reading(), now)
        found = progress.read(scene.shelf.store, reading().keys.imported)
        now = found or now
        assert len(now.stored) == killed
    _, after = send(scene.desk(), reading(), now)
    assert after.stage is Stage.DONE
    assert set(scene.pacs.held) == set(ALL)


def test_an_object_that_has_changed_or_gone_is_never_sent(scene: Scene) -> None:
    store: Any = scene.shelf.store
    (key,) = (one for one in store.objects if one.endswith("pack-r-0"))
    data = store.objects[key]
    store.objects[key] = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(StorageUnavailable):
        send(scene.desk(), reading(), begun(scene))
    store.objects[key] = data
    heads = iter([True, True, True])
    whole_range = store.get_range
    store.get_range = lambda *asked: whole_range(*asked) if next(heads, False) else None
    with pytest.raises(StorageUnavailable):
        send(scene.desk(), reading(), begun(scene))


def test_the_issuer_of_accession_numbers_is_the_manifests(scene: Scene) -> None:
    sent(scene)
    issuer = read(scene.pacs.held[ALL[0]]).IssuerOfAccessionNumberSequence[0]
    assert issuer.UniversalEntityID or issuer.LocalNamespaceEntityID


def test_a_part_of_an_ended_exam_is_not_waited_for(scene: Scene) -> None:
    placed_exam(scene.shelf, reading(), images(1), awaited=3, ended=Ended.PART)
    assert sent(scene)[1].code == Obstacle.NOT_WHOLE
