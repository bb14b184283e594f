"""Runs: resumed, bounded, stopped by a side that does not answer, killed at any call."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random
from threading import Barrier
from typing import Any

import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    DmpRefused,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.asking_pacs import PACS
from functions.drimbox.publication.record import Pending, State
from functions.drimbox.publication.waiting.parking import QUICK_TRIES
from functions.drimbox.reconciliation.findings import last_run
from functions.drimbox.reconciliation.planning import NotRepairedBecause
from functions.drimbox.reconciliation.running import PAGE, TRIES, WORKERS
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind, ReconciliationPolicy
from tests.drimbox.reconciliation.site import (
    EDITION,
    EVERY_STUDY,
    Archipelago,
    archipelago,
    found,
    fresh_report,
    longest_pause,
    reasons,
)
from tests.fakes.world import UNIT


def test_a_site_of_which_nothing_is_published(world: Archipelago) -> None:
    pages = world.reconcile("r")
    assert [page.totals.studies for page in pages] == [0, 0, 0]
    assert world.audit.events() == [("reconciliation.ended", "no_difference")]


def test_nothing_is_repaired_that_the_policy_does_not_name(world: Archipelago) -> None:
    world.policy = replace(EVERY_STUDY, repair=frozenset())
    studies = [world.publish_at_once(fresh_report(n)) for n in range(3)]
    world.gain_object(studies[0])
    world.lose_object(studies[1])
    world.forget_manifest(studies[2])
    before = dict(world.records.records)
    assert reasons(world.reconcile("r")) == [NotRepairedBecause.NOT_IN_POLICY] * 3
    assert (world.records.records, world.queue.messages) == (before, [])
    assert ("reconciliation.ended", "differences") in world.audit.events()


def test_by_default_only_what_was_added_is_repaired(world: Archipelago) -> None:
    assert ReconciliationPolicy().repair == {DifferenceKind.STUDY_CHANGED}


def test_a_run_goes_on_where_the_last_one_stopped(world: Archipelago) -> None:
    world.policy = replace(EVERY_STUDY, studies_per_run=PAGE)
    studies = {world.publish_at_once() for _ in range(3 * PAGE - 5)}
    for study in studies:
        world.leave_orphan(study)
    seen: list[set[tuple[str, str]]] = []
    for number in range(3):
        pages = world.reconcile(f"r{number}")
        assert pages[-1].totals.studies <= PAGE
        assert (pages[-1].next is None) is (number == 2)
        seen.append(found(pages))
    assert sum(map(len, seen)) == len(set().union(*seen)) == len(studies)
    assert found(world.reconcile("r3")) == seen[0], "and then from the beginning"


def test_a_dead_pacs_ends_the_run_and_proves_nothing(world: Archipelago) -> None:
    for _ in range(2 * PAGE):
        world.publish_at_once()
    first = min(world.records.records)

    def fails() -> None:
        raise PacsUnavailable("no answer")

    world.pacs.fails = fails
    before = world.clock.now()
    pages = world.reconcile("r")
    last = pages[-1]
    assert (last.stopped, found(pages), last.totals.compared) == ("pacs_unavailable", set(), 0)
    waited = world.clock.now() - before
    assert timedelta(minutes=3) < waited < sum(map(longest_pause, range(TRIES)), timedelta())
    # The others of the page are not asked about, and the circuit lets one call out a minute.
    asked = len([name for name in world.calls.names if name == "pacs.find_study"])
    assert asked <= 3 + waited // timedelta(minutes=1)
    assert ("reconciliation.ended", "pacs_unavailable") in world.audit.events()
    world.pacs.fails = lambda: None
    world.leave_orphan(first)
    assert found(world.reconcile("later")) == {(first, "orphan_manifest")}


@pytest.mark.parametrize("seed", range(20))
def test_a_fault_of_a_second_ends_no_run(world: Archipelago, seed: int) -> None:
    """Four workers ask at once, so that one fault opens the circuit: the page outlasts the probe
    that closes it, and the recovery, which lets one call pass, then two, then four."""
    world.jitter = Random(seed)  # noqa: S311
    studies = [world.publish_at_once() for _ in range(PAGE)]
    world.leave_orphan(studies[0])
    together, calls = Barrier(WORKERS), count()
    before = world.clock.now()

    def fails() -> None:
        if next(calls) < WORKERS:
            together.wait(10)
        if world.clock.now() < before + timedelta(seconds=1):
            raise PacsUnavailable("no answer")

    world.pacs.fails, world.threads = fails, WORKERS
    pages = world.reconcile("r")
    assert world.clock.now() - before > UNIT, "the circuit was open"
    assert world.circuits.get(PACS).circuit is Circuit.RECOVERING
    assert pages[-1].stopped == ""
    assert pages[-1].totals.compared == PAGE
    assert found(pages) == {(studies[0], "orphan_manifest")}


def test_a_study_for_which_alone_the_pacs_fails_is_not_waited_for_as_an_outage(
    world: Archipelago,
) -> None:
    studies = sorted(world.publish_at_once() for _ in range(PAGE))
    find = world.pacs.find_study

    def unless_large(study: Uid) -> object:
        if study == studies[5]:
            raise PacsUnavailable("no answer in time")
        return find(study)

    world.pacs.find_study = unless_large  # type: ignore[method-assign,assignment]
    before = world.clock.now()
    pages = world.reconcile("r")
    assert (pages[-1].stopped, dict(pages[-1].totals.skipped)) == ("", {"pacs_unavailable": 1})
    quick = sum(map(longest_pause, range(QUICK_TRIES)), timedelta())
    assert world.clock.now() - before < quick


def test_a_pacs_that_is_away_for_a_moment_ends_no_run(world: Archipelago) -> None:
    study = world.publish_at_once()
    world.leave_orphan(study)
    failures = iter([PacsUnavailable("no answer")] * 2)

    def fails() -> None:
        for error in failures:
            raise error

    world.pacs.fails = fails
    pages = world.reconcile("r")
    assert (found(pages), pages[-1].stopped) == ({(study, "orphan_manifest")}, "")


@pytest.mark.parametrize("error", [AnswerAwaited("survey#0", bool), AgentAway(bool)])
def test_an_agent_s_answer_is_waited_for(world: Archipelago, error: PacsUnavailable) -> None:
    """As a PACS that is away, without a circuit: the page is tried again until the answer comes."""
    study = world.publish_at_once()
    world.leave_orphan(study)
    failures = iter([error] * 3)

    def fails() -> None:
        for one in failures:
            raise one

    world.pacs.fails = fails
    assert found(world.reconcile("r")) == {(study, "orphan_manifest")}


def test_one_study_that_cannot_be_compared_stops_no_other(world: Archipelago) -> None:
    studies = sorted(world.publish_at_once() for _ in range(3))
    world.gain_object(studies[2])
    ask = world.registry_of_all.of_study

    def refuse(patient: object, study: Uid) -> object:
        if study == studies[1]:
            raise DmpRefused(("XDSRegistryError",))
        return ask(patient, study)  # type: ignore[arg-type]

    world.registry_of_all.of_study = refuse  # type: ignore[method-assign,assignment]
    pages = world.reconcile("r")
    assert dict(pages[-1].totals.skipped) == {"dmp_refused": 1}
    assert found(pages) == {(studies[2], "study_changed")}


def test_a_study_whose_archive_cannot_be_read_is_told_and_stops_no_other(
    world: Archipelago,
) -> None:
    lost, spoiled, well = (world.publish_at_once() for _ in range(3))
    del world.archive.objects[f"studies/{world.current(lost).intent_id}/study.json"]
    world.archive.objects[f"studies/{world.current(spoiled).intent_id}/study.json"] = b"{"
    world.leave_orphan(well)
    pages = world.reconcile("r")
    assert dict(pages[-1].totals.skipped) == {"internal_error": 1, "storage_unavailable": 1}
    assert found(pages) == {(well, "orphan_manifest")}


def test_our_own_tables_are_waited_for(world: Archipelago) -> None:
    world.publish_at_once()

    def fails(study: Uid) -> object:
        raise StorageUnavailable("no answer")

    world.records.get = fails  # type: ignore[method-assign,assignment]
    with pytest.raises(StorageUnavailable):
        world.reconcile("r")


def test_a_study_that_changes_meanwhile_is_no_difference(world: Archipelago) -> None:
    study = world.publish_at_once()
    world.gain_object(study)
    find = world.pacs.find_study

    def meanwhile(wanted: Uid) -> object:
        record = world.records.records[study]
        world.records.records[study] = replace(record, revision=record.revision + 1)
        return find(wanted)

    world.pacs.find_study = meanwhile  # type: ignore[method-assign,assignment]
    pages = world.reconcile("r")
    assert (found(pages), dict(pages[-1].totals.skipped)) == (set(), {"changing": 1})


def test_a_study_in_progress_is_not_looked_at(world: Archipelago) -> None:
    study = world.publish_at_once()
    world.gain_object(study)
    record = world.records.records[study]
    listed = world.records.find

    def stale(state: str, **asked: Any) -> object:
        page = listed(state, **asked)
        world.hold_at_once(study)
        held = world.records.records[study]
        assert held.pending is not None
        moving = replace(held.pending, state=State.SENDING)
        world.records.records[study] = replace(record, pending=moving)
        return page

    world.records.find = stale  # type: ignore[method-assign,assignment]
    world.policy = replace(EVERY_STUDY, studies_per_run=1)
    pages = world.reconcile("r")
    assert dict(pages[-1].totals.skipped) in ({}, {"changing": 1})
    assert found(pages) == set()


def test_a_held_study_is_compared_and_left_alone(world: Archipelago) -> None:
    study = world.publish_at_once(fresh_report(1))
    world.gain_object(study)
    world.hold_at_once(study)
    assert reasons(world.reconcile("r")) == [NotRepairedBecause.CHANGE_HELD]
    world.forget_manifest(study)
    assert reasons(world.reconcile("r2")) == [
        NotRepairedBecause.CHANGE_HELD,
        NotRepairedBecause.MANIFEST_FIRST,
    ]


def differing(world: Archipelago) -> list[Uid]:
    """One study of each kind; the workflow published them, so that all can be repaired."""
    studies = [world.publish(fresh_report(number)) for number in range(5)]
    world.gain_object(studies[0])
    world.lose_object(studies[1])
    world.forget_manifest(studies[2])
    world.leave_orphan(studies[3])
    world.lose_study(studies[4])
    return studies


def repaired(world: Archipelago, studies: list[Uid]) -> None:
    """The run and its repairs, whatever was killed; then what must be true."""
    sends = world.registry_of_all.sends
    pages = world.reconcile("r1")
    world.work()
    assert len(found(pages)) == 5
    assert world.registry_of_all.sends - sends == 4, "each repair is one submission"
    events = Counter(event for event, _ in world.audit.events())
    assert events["reconciliation.repaired"] == 4
    assert events["reconciliation.ended"] == 1
    assert found(world.reconcile("r2")) == {(studies[3], "orphan_manifest")}
    assert world.records.records[studies[4]].withdrawn is not None
    last = last_run(world.reconciliations)
    assert last is not None
    assert (last.summary.run, len(list(last.decisions()))) == ("r2", 1)


@pytest.mark.slow
def test_killed_at_any_call_a_run_repairs_everything_once() -> None:
    with archipelago() as before:
        studies = differing(before)
        with archipelago() as calm:
            calm.become(before)
            repaired(calm, studies)
        # The run has ended then; the workflow that it starts has its own sweep.
        until = calm.calls.names.index("reconciliations.put") + 1
        for number, after in calm.calls.kills():
            if number > until:
                break
            with archipelago() as world:
                world.become(before)
                world.calls.kill_at, world.calls.after = number, after
                try:
                    repaired(world, studies)
                except AssertionError as error:
                    raise AssertionError(calm.calls.killed(number, after)) from error


def test_a_record_that_has_begun_to_change_is_skipped(world: Archipelago) -> None:
    """It was listed as published; by its turn, a message has taken it."""
    study = world.publish_at_once()
    world.gain_object(study)
    record, find = world.records.records[study], world.records.find

    def then_changes(*args: Any, **more: Any) -> Any:
        listed = find(*args, **more)
        if listed.records:
            at = world.clock.now()
            pending = Pending("f" * 32, State.RECEIVED, at, at, 0, 1, EDITION)
            world.records.records[study] = replace(record, pending=pending)
        return listed

    world.records.find = then_changes  # type: ignore[method-assign]
    pages = world.reconcile("r")
    assert found(pages) == set()
    assert sum(pages[-1].totals.skipped.values()) == 1
