"""The manifests of a month: those in force alone, and our own reader opens each."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import pytest

from functions.drimbox.budget import Budget
from functions.drimbox.errors import BadRequest, Forbidden, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.outside import exporting, made_archive
from functions.drimbox.outside.exporting import Left, Wish
from functions.drimbox.outside.signed import Proof
from functions.drimbox.publication.archive import key_of
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.record import SETTLED, Pending, State
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Permission
from simulators.ris.cases import Case, Flags
from tests.drimbox.operations.conftest import but, report
from tests.drimbox.outside.exports import NOVEMBER, Exports, desk, exported, opened
from tests.drimbox.publication.note_scenes import note
from tests.drimbox.publication.scenes import FIRST
from tests.fakes.world import OPERATOR, World, case

CASE = case("C")
NOTHING = dict.fromkeys(map(str, Left), 0)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def published(world: World, what: Case = CASE, control_id: str = "1") -> Uid:
    world.archive_study(what)
    said = report(world, what, control_id=control_id)
    assert said.outcome.outcome == "published"
    return said.study


def several(world: World, count: int) -> list[Case]:
    cases = [case("C", f"export-{number}") for number in range(count)]
    for number, one in enumerate(cases):
        published(world, one, str(number))
    return cases


def test_a_published_manifest_is_given_and_our_own_reader_opens_it(world: World) -> None:
    study = published(world)
    found = exported(world)
    (told,), (archive,) = found.told["archives"], found.archives
    assert (found.told["left_out"], found.told["next"]) == (NOTHING, None)
    assert (told["manifests"], told["bytes"]) == (1, len(archive))
    assert told["name"].startswith("KA202611-")
    given = opened(archive, CASE)
    (exam,) = given.exams
    assert (exam.entry.study_instance_uid, given.refused) == (str(study), ())
    assert exam.proof is Proof.TRUSTED
    current = world.records.get(study).current
    assert current is not None
    assert exam.content == world.archive.objects[key_of(current.intent_id, "manifest.dcm")]
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        place = "KA202611/IHE_XDM/SS000001"
        assert current.entry_uuid in files.read(f"{place}/METADATA.XML").decode()
        (link,) = files.read(f"{place}/CR.TXT").decode().splitlines()
        assert link.split(";") == [CASE.cda_id, "", CASE.ins, CASE.ins_oid, CASE.ipp, CASE.ipp_root]
        for name in ("README.TXT", "INDEX.HTM"):
            text = files.read(f"KA202611/{name}").decode()
            assert "Centre de radiologie Ambroise" in text
            assert not [one for one in (CASE.ins, CASE.traits.family, CASE.ipp) if one in text]


def test_an_export_is_audited_and_asks_for_its_permission(world: World) -> None:
    published(world)
    (told,) = exported(world).told["archives"]
    (facts,) = [f for (e, *_), f in world.audit.records.items() if e == "archive.exported"]
    assert (facts["who"], facts["count"], facts["month"]) == ("operator-1", "1", "2026-11")
    assert facts["sha256"] == told["sha256"]
    with pytest.raises(Forbidden):
        exported(world, caller=but(Permission.ARCHIVE))


def test_a_masked_or_withdrawn_exam_is_not_in_it(world: World) -> None:
    masked, hidden, gone = (case("C", f"kept-{number}") for number in range(3))
    published(world, replace(masked, flags=Flags(masque_ps=True)), "1")
    published(world, replace(hidden, flags=Flags(invisible_patient=True)), "2")
    published(world, gone, "3")
    study = Uid(gone.studies[0])
    current = world.records.get(study).current
    assert current is not None
    by = current.message_id
    withdraw(world.at_rest, world.queue, OPERATOR, message_id=by, study=study)
    world.work()
    found = exported(world)
    assert found.told["left_out"] == {**NOTHING, "masked": 1}
    (exam,) = opened(found.archives[0], hidden).exams
    assert exam.entry.study_instance_uid == hidden.studies[0]


@pytest.mark.parametrize("is_done", [True, False])
def test_an_exam_that_was_withdrawn_since_the_list_was_written_is_not_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """The index of a table is late: it lists the study as settled after its withdrawal began."""
    study = published(world)
    late = world.records.find(SETTLED, limit=9, after=None)
    current = world.records.get(study).current
    assert current is not None
    by = current.message_id
    if is_done:
        withdraw(world.at_rest, world.queue, OPERATOR, message_id=by, study=study)
        world.work()
    else:
        record, now = world.records.get(study), world.clock.now()
        pending = Pending("m9", State.RECEIVED, now, now, 0, 1, Edition(now, 2, Action.REPLACE))
        world.records.put(replace(record, pending=pending))
    monkeypatch.setattr(world.records, "find", lambda *_, **__: late)
    found = exported(world)
    assert found.told["left_out"] == {**NOTHING, "changing": 1}
    assert found.archives == []


def test_an_exam_that_is_about_to_change_is_not_in_it(world: World) -> None:
    """A change that waits for the DMP, whatever it says."""
    study = published(world)
    record, now = world.records.get(study), world.clock.now()
    edition = Edition(now, 2, Action.WITHDRAW)
    pending = Pending("m9", State.RECONCILING, now, now, 0, 1, edition)
    world.records.put(replace(record, pending=pending))
    assert exported(world).told == {"archives": [], "left_out": NOTHING, "next": None}


def test_a_manifest_that_names_an_image_rejected_just_now_is_not_in_it(world: World) -> None:
    published(world, FIRST)
    assert len(exported(world).archives) == 1
    assert world.give(note()).failure is None
    found = exported(world)
    assert (found.archives, found.told["left_out"]) == ([], {**NOTHING, "changing": 1})


def test_the_newest_manifest_alone_is_in_it(world: World) -> None:
    first, second = case("G1"), case("G1_MAJ")
    published(world, first, "1")
    study = published(world, second, "2")
    (archive,) = exported(world).archives
    (exam,) = opened(archive, second).exams
    current = world.records.get(study).current
    assert current is not None
    assert (current.version, exam.entry.unique_id) == (2, str(current.manifest_uid))


def test_a_month_is_the_site_s_own(world: World) -> None:
    world.clock.at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    published(world)
    assert exported(world).archives == []
    assert len(exported(world, Wish(2026, 12)).archives) == 1
    assert exported(world, Wish(2027, 1)).archives == []


def test_pages_and_archives_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = several(world, 5)
    monkeypatch.setattr(exporting, "PAGE", 3)
    monkeypatch.setattr(made_archive, "MAX_SETS", 2)
    first = exported(world)
    assert [one["manifests"] for one in first.told["archives"]] == [2, 1]
    second = exported(world, replace(NOVEMBER, after=first.told["next"]))
    assert ([one["manifests"] for one in second.told["archives"]], second.told["next"]) == (
        [2],
        None,
    )
    found = [
        exam.entry.study_instance_uid
        for archive in (*first.archives, *second.archives)
        for exam in opened(archive, CASE).exams
    ]
    assert sorted(found) == sorted(one.studies[0] for one in cases)


def test_a_page_ends_early_where_its_time_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred reports of many megabytes outlasted the function: it ended without an answer."""
    cases, read, now = several(world, 5), exporting._read, [0.0]

    def slow(*arguments: Any) -> Any:
        now[0] += 9.0
        return read(*arguments)

    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    monkeypatch.setattr(exporting, "_read", slow)
    found, after, pages = list[str](), None, list[int]()
    while True:
        page = exported(world, replace(NOVEMBER, after=after), budget=Budget(18, lambda: now[0]))
        exams = [exam for one in page.archives for exam in opened(one, CASE).exams]
        found += [exam.entry.study_instance_uid for exam in exams]
        pages.append(len(exams))
        after = page.told["next"]
        if after is None:
            break
    assert pages == [2, 2, 1]
    assert sorted(found) == sorted(one.studies[0] for one in cases)


@pytest.mark.parametrize("at_once", [1, 2])
def test_the_messages_in_memory_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """A message has 64 MiB at most; eight of them were read at once."""
    several(world, 6)
    is_message = "/message.hl7"
    largest = max(len(data) for key, data in world.archive.objects.items() if is_message in key)
    held, peak, lock = [0], [0], Lock()
    get, link = world.archive.get, exporting._link

    def taken(key: str) -> bytes | None:
        data = get(key)
        if is_message in key and data is not None:
            with lock:
                held[0] += len(data)
                peak[0] = max(peak[0], held[0])
            time.sleep(0.01)
        return data

    def freed(message: bytes) -> str:
        found = link(message)
        with lock:
            held[0] -= len(message)
        return found

    monkeypatch.setattr(world.archive, "get", taken)
    monkeypatch.setattr(exporting, "_link", freed)
    monkeypatch.setattr(exporting, "MESSAGES_HELD", at_once * largest)
    (told,) = exported(world).told["archives"]
    assert (told["manifests"], held) == (6, [0])
    assert 0 < peak[0] <= at_once * largest


@pytest.mark.parametrize("name", ["metadata.xml", "manifest.dcm"])
def test_files_that_cannot_be_read_as_sent_are_counted(world: World, name: str) -> None:
    study = published(world)
    current = world.records.get(study).current
    assert current is not None
    key, objects = key_of(current.intent_id, name), world.archive.objects
    data = objects[key]
    # Another kind of document; another name in the manifest, which stays readable.
    other = data.replace(b"IMG-KOS", b"IMG-KOZ").replace(b"DOMINIQUE", b"DOMINIQUX")
    assert other != data
    for spoilt in (b"", data[: len(data) // 2], other, b"<x/>"):
        objects[key] = spoilt
        assert exported(world).told["left_out"] == {**NOTHING, "unreadable": 1}, spoilt[:40]
    del objects[key]
    with pytest.raises(StorageUnavailable):
        exported(world)


def test_a_report_that_is_not_read_any_more_gives_no_link(world: World) -> None:
    study = published(world)
    current = world.records.get(study).current
    assert current is not None
    key, objects = key_of(current.intent_id, "message.hl7"), world.archive.objects
    whole = objects[key]
    for spoilt in (whole.replace(b"|2.5", b"|9.9"), whole.replace(b"IPP101", b"IPP;01")):
        objects[key] = spoilt
        (archive,) = exported(world).archives
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            assert not [one for one in files.namelist() if one.endswith("CR.TXT")]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"month": ""},
        {"month": "2026-13"},
        {"month": "2026-1"},
        {"month": 202611},
        {"month": "2026-11", "after": 3},
        {"month": "2026-11", "more": 1},
    ],
)
def test_an_ill_formed_wish_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        Wish.read(facts)


def test_a_position_that_the_records_do_not_know_is_a_fault_of_the_wish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise BadRequest("after")

    monkeypatch.setattr(world.records, "find", unknown)
    listing = exporting._Listing(desk(world, Exports()), NOVEMBER)
    with pytest.raises(BadRequest) as refused:
        next(iter(listing))
    assert refused.value.field == "/after"


def test_a_wish_is_read() -> None:
    assert Wish.read({"month": "2026-11"}) == NOVEMBER
    assert Wish.read({"month": "2026-11", "after": "x"}) == Wish(2026, 11, "x")
