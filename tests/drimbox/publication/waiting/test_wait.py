"""The things that a change may wait for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.drimbox.breaker import IDENTITY, SERVICE
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    DmpOutcomeUnknown,
    DmpUnavailable,
    IdentityUnavailable,
    PacsAnswerUnusable,
    PacsUnavailable,
    SeriesNotReady,
    StorageUnavailable,
    StudyBusy,
    StudyNotFoundYet,
    Transient,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step
from functions.drimbox.publication.waiting.wait import (
    Wait,
    circuit_of,
    followed,
    is_circuit,
    kind_of,
    own_thing_of,
    patience_with,
    pause_of,
    policy_of,
)
from tests.fakes.world import TENANT

STUDY = Uid("1.2.3")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
AT = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "circuit", "own"),
    [
        (StudyBusy(), "", "turn/1.2.3"),
        (StudyNotFoundYet(), "", "study/1.2.3"),
        (SeriesNotReady(), "", "series/1.2.3"),
        (PacsUnavailable("503"), "pacs", "pacs/study/1.2.3"),
        (PacsAnswerUnusable("2 of 3"), "", "pacs/study/1.2.3"),
        (AgentAway(bool), "agent", "pacs/study/1.2.3"),
        (AnswerAwaited("index#0a", bool), "", "job/index#0a"),
        (DmpUnavailable("503"), "dmp", "dmp/study/1.2.3"),
        (DmpOutcomeUnknown("no answer"), "dmp", "dmp/study/1.2.3"),
        (DmpUnavailable("later", circuit="dmp/1750000001"), "dmp/1750000001", "dmp/study/1.2.3"),
        (DmpUnavailable("later", circuit="dmp/study/1.2.3"), "dmp/study/1.2.3", "dmp/study/1.2.3"),
        (StorageUnavailable("away"), "", ""),
        (IdentityUnavailable("away"), "", ""),
    ],
)
def test_an_error_says_for_which_thing_the_change_waits(
    error: Transient, circuit: str, own: str
) -> None:
    assert (circuit_of(error), own_thing_of(error, STUDY)) == (circuit, own)


@pytest.mark.parametrize(
    ("thing", "kind", "shared"),
    [
        ("dmp", "dmp", True),
        ("dmp/1750000001", "dmp/1750000001", True),
        ("pacs", "pacs", True),
        ("dmp/study/1.2.3", "dmp/study", False),
        ("pacs/study/1.2.3", "pacs/study", False),
        ("study/1.2.3", "study", False),
        ("turn/1.2.3", "turn", False),
        ("series/1.2.3", "series", False),
        ("job/index#0a", "job", False),
        ("agent", "agent", True),
    ],
)
def test_a_thing_is_a_shared_circuit_or_of_one_study(thing: str, kind: str, shared: bool) -> None:
    assert (kind_of(thing), is_circuit(thing)) == (kind, shared)


@pytest.mark.parametrize(
    ("thing", "limits", "expected"),
    [
        ("dmp", {"outage_patience": 3 * DAY}, 4 * DAY),
        ("dmp/study/1.2.3", {"outage_patience": DAY}, 2 * DAY),
        ("turn/1.2.3", {"outage_patience": DAY}, 2 * DAY),
        ("pacs", {"study_wait": DAY}, 5 * DAY),
        ("study/1.2.3", {"study_wait": DAY}, 3 * DAY),
        # One answer without the study does not prove that it is gone.
        ("study/1.2.3", {"study_wait": timedelta(0)}, 2 * DAY + timedelta(seconds=30)),
        ("study/1.2.3", {"outage_patience": DAY}, 5 * DAY),
        ("series/1.2.3", {"outage_patience": DAY}, 5 * DAY),
        # The step counts the patience from another time than the wait, and its end stands.
        ("dmp", {}, 5 * DAY),
        ("dmp", {"outage_patience": 9 * DAY}, 5 * DAY),
    ],
)
def test_a_patience_that_became_shorter_ends_a_wait_sooner_by_as_much(
    thing: str, limits: dict[str, timedelta], expected: timedelta
) -> None:
    before: dict[str, Any] = {"outage_patience": 4 * DAY, "study_wait": 3 * DAY}
    change = Change("demo", "m1", STUDY, 0)
    known = patience_with(thing, replace(TENANT, **before))
    wait = Wait(change, Step.INDEX_STUDY, thing, AT, AT + 3 * DAY, AT + 5 * DAY, patience=known)
    now: dict[str, Any] = {**before, **limits}
    after = followed(wait, replace(TENANT, **now))
    assert after.until == AT + expected
    assert after.due_at == min(wait.due_at, after.until)
    assert replace(after, until=wait.until, due_at=wait.due_at) == wait
    told_nothing = replace(wait, patience=None)
    assert followed(told_nothing, replace(TENANT, **now)) == told_nothing


def test_each_circuit_has_its_own_policy() -> None:
    assert [policy_of(name) for name in ("dmp", "pacs", "dmp/1750000001")] == [
        SERVICE,
        SERVICE,
        IDENTITY,
    ]


def test_pauses_double_up_to_the_longest_of_their_thing() -> None:
    pauses = [pause_of("study/1.2.3", looks, MINUTE) // MINUTE for looks in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pause_of("turn/1.2.3", 3000, MINUTE) == 10 * MINUTE
