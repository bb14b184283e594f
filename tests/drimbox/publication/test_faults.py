"""Nothing lost, nothing doubled: every call of every step, killed before and after its effect."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from functions.drimbox.oid import Uid
from tests.drimbox.publication.failing import (
    FAULTS,
    Answer,
    Fault,
    first,
    kill_at_every_call,
    lost_answer,
)
from tests.fakes.world import WHOLE, World, case


def _published_once(world: World) -> None:
    """The invariants of a nominal report, whatever happened on the way."""
    report = case("C")
    (document,) = world.manifests()
    record = world.records.get(Uid(report.studies[0]))
    assert record.pending is None
    assert record.current is not None
    assert record.current.manifest_uid == document["unique_id"]
    assert record.current.entry_uuid == document["entry_uuid"]
    (entry,) = world.log.entries.values()
    assert entry.state == "published"
    intent = f"studies/{record.current.intent_id}"
    sent = world.registry.content(document["entry_uuid"])
    assert sent is not None
    assert world.archive.objects[f"{intent}/manifest.dcm"] == sent[1]
    assert f"{intent}/settled.json" in world.archive.objects
    for event in ("message.received", "manifest.published"):
        assert [found for found, _ in world.audit.events()].count(event) == 1


def _run(world: World) -> None:
    report = case("C")
    world.archive_study(report)
    assert world.send(report).code == "AA"
    world.work()


@pytest.mark.slow
def test_a_kill_at_any_call_loses_and_doubles_nothing() -> None:
    def act(world: World) -> None:
        _run(world)
        _published_once(world)

    names = kill_at_every_call(lambda _: None, act)
    assert {"inbox.put_once", "queue.send", "workflow.start", "pacs.find_study"} <= set(names)
    assert {"archive.put_once", "records.put", "dmp.submit", "dmp.entries"} <= set(names)


def test_a_death_after_a_call_is_played_where_its_process_ends(world: World) -> None:
    """Elsewhere it is the death before the next call of the same process."""
    _run(world)
    calls = world.calls
    ends = [calls.names[number - 1] for number, after in calls.kills() if after]
    whole = [*range(1, len(calls.names) + 1)]
    assert [number for number, after in calls.kills() if not after] == whole
    if WHOLE:
        assert ends == calls.names
        return
    received, started = "inbox.put_once", "workflow.start"
    steps = ["records.put", "patients.put", "records.put", "records.put", "fill_queue.send"]
    assert ends == [received, started, *steps]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_an_answer_that_does_not_come_is_never_a_second_manifest(
    world: World, fault: Fault, count: int
) -> None:
    world.dmp_fault = first(count, fault)
    _run(world)
    _published_once(world)


def test_a_late_commit_is_adopted_and_not_doubled(world: World) -> None:
    """The first request is committed only after our queries have found nothing twice."""
    waiting: list[Answer] = []
    asked = 0

    def late(request: httpx.Request, answer: Answer) -> httpx.Response:
        nonlocal asked
        if request.url.path.endswith("/repository") and not waiting:
            waiting.append(answer)
            raise httpx.ReadTimeout("no answer", request=request)
        if request.url.path.endswith("/registry"):
            asked += 1
        elif len(waiting) == 1:
            # Our second send: the first one lands just before it. Its assertion is old by now,
            # so the registry is told the time at which it came.
            waiting.append(answer)
            before = world.clock.at
            world.clock.at = committed_at
            waiting[0]()
            world.clock.at = before
        return answer()

    world.dmp_fault = late
    report = case("C")
    world.archive_study(report)
    committed_at = world.clock.now()
    world.send(report)
    world.work()
    assert asked >= 2
    _published_once(world)


def test_eight_hours_without_dmp_cost_few_calls_and_lose_nothing(world: World) -> None:
    back = world.clock.now() + timedelta(hours=8)

    def down(request: httpx.Request, answer: Answer) -> httpx.Response:
        if world.clock.now() < back:
            return httpx.Response(503, content=b"")
        return answer()

    world.dmp_fault = down
    _run(world)
    _published_once(world)
    minutes = 8 * 60
    assert world.dmp_calls < minutes


@pytest.mark.slow
def test_a_dmp_that_stays_away_is_held_and_published_by_a_replay_with_the_same_ids(
    world: World,
) -> None:
    world.dmp_fault = lost_answer
    _run(world)
    (entry,) = world.log.entries.values()
    (study,) = entry.studies.values()
    assert (study.outcome, study.reason) == ("held", "dmp_unreachable")
    assert len(world.manifests()) == 1  # it was committed, we could not know
    world.dmp_fault = None
    world.replay(entry.message_id)
    world.work()
    _published_once(world)


def test_a_refusal_is_held_with_the_codes_of_the_dmp_and_replayed_with_new_ids(
    world: World,
) -> None:
    other = "XDSRepositoryMetadataError"

    def refuse(request: httpx.Request, answer: Answer) -> httpx.Response:
        from simulators.dmp.errors import RegistryError  # noqa: PLC0415

        if not request.url.path.endswith("/repository"):
            return answer()
        said = world.registry.refuse(
            "iti-41",
            request.read(),
            request.headers["content-type"],
            RegistryError(other, "refused"),
        )
        return httpx.Response(
            said.status, headers={"content-type": said.content_type}, content=said.body
        )

    world.dmp_fault = refuse
    _run(world)
    study = Uid(case("C").studies[0])
    pending = world.records.get(study).pending
    assert pending is not None
    assert (pending.reason, pending.detail) == ("dmp_refused", other)
    assert world.manifests() == []
    (entry,) = world.log.entries.values()
    world.dmp_fault = None
    world.replay(entry.message_id)
    world.work()
    _published_once(world)
    intents = {key.split("/")[2] for key in world.archive.objects if "intent.json" in key}
    assert len(intents) == 2


def test_other_content_under_our_identifier_is_quarantined(world: World) -> None:
    world.dmp_fault = lost_answer
    report = case("C")
    world.archive_study(report)
    world.send(report)

    def other_content(request: httpx.Request, answer: Answer) -> httpx.Response:
        if request.url.path.endswith("/repository"):
            return lost_answer(request, answer)
        found = answer()
        body = found.read()
        (document,) = world.manifests()
        return httpx.Response(
            found.status_code,
            headers=found.headers,
            content=body.replace(document["sha1"].encode(), b"0" * 40),
        )

    world.dmp_fault = other_content
    world.work()
    (entry,) = world.log.entries.values()
    (study,) = entry.studies.values()
    assert (study.outcome, study.reason) == ("held", "different_document_in_dmp")


@pytest.mark.parametrize("second", ["refused", "unavailable"])
def test_a_commit_that_lands_after_the_re_send_was_not_taken_is_not_doubled(
    world: World, second: str
) -> None:
    """The first send is lost from sight, the second is not taken, then the first is committed."""
    waiting: list[Answer] = []
    sends = 0

    def late(request: httpx.Request, answer: Answer) -> httpx.Response:
        nonlocal sends
        if not request.url.path.endswith("/repository"):
            return answer()
        sends += 1
        if sends == 1:
            waiting.append(answer)
            raise httpx.ReadTimeout("no answer", request=request)
        if sends == 2:
            return httpx.Response(403 if second == "refused" else 503, content=b"")
        return answer()

    world.dmp_fault = late
    report = case("C")
    world.archive_study(report)
    committed_at = world.clock.now()
    reception = world.send(report)
    if second == "unavailable":
        # The workflow goes on by itself: the first send lands while it waits.
        calm = world.clock.advance

        def advance(delta: timedelta) -> None:
            calm(delta)
            if sends == 2 and len(waiting) == 1:
                _commit(world, waiting, committed_at)

        world.clock.advance = advance  # type: ignore[method-assign]
        world.work()
    else:
        world.work()
        assert world.entry(reception.message_id).state == "held"
        _commit(world, waiting, committed_at)
        world.replay(reception.message_id)
        world.work()
    _published_once(world)


def _commit(world: World, waiting: list[Answer], at: datetime) -> None:
    """The first send is committed now; its assertion is judged by when it came."""
    present, world.clock.at = world.clock.at, at
    waiting[0]()
    waiting.append(waiting[0])
    world.clock.at = present


@pytest.mark.parametrize("what", ["other content", "a duplicate"])
def test_the_registrys_entries_after_a_success_are_checked(world: World, what: str) -> None:
    def showing(request: httpx.Request, answer: Answer) -> httpx.Response:
        found = answer()
        if request.url.path.endswith("/repository"):
            return found
        body = found.read()
        (document,) = world.manifests()
        if what == "other content":
            body = body.replace(document["sha1"].encode(), b"0" * 40)
        else:
            start = body.index(b"<rim:ExtrinsicObject")
            end = body.index(b"</rim:ExtrinsicObject>") + len(b"</rim:ExtrinsicObject>")
            again = body[start:end].replace(
                document["entry_uuid"].encode(), b"urn:uuid:00000000-0000-4000-8000-000000000000"
            )
            body = body[:end] + again + body[end:]
        return httpx.Response(found.status_code, headers=found.headers, content=body)

    world.dmp_fault = showing
    _run(world)
    (entry,) = world.log.entries.values()
    (study,) = entry.studies.values()
    assert (study.outcome, study.reason) == ("held", "different_document_in_dmp")
    assert ("manifest.published", "success") in world.audit.events()
    assert len(world.manifests()) == 1
