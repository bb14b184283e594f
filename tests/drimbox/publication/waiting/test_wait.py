"""The things that a change may wait for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.drimbox.breaker import IDENTITY, SERVICE
from functions.drimbox.errors import (
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
from functions.drimbox.publication.waiting.wait import (
    circuit_of,
    is_circuit,
    kind_of,
    own_thing_of,
    pause_of,
    policy_of,
)

STUDY = Uid("1.2.3")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "circuit", "own"),
    [
        (StudyBusy(), "", "turn/1.2.3"),
        (StudyNotFoundYet(), "", "study/1.2.3"),
        (SeriesNotReady(), "", "series/1.2.3"),
        (PacsUnavailable("503"), "pacs", "pacs/study/1.2.3"),
        (PacsAnswerUnusable("2 of 3"), "", "pacs/study/1.2.3"),
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
    ],
)
def test_a_thing_is_a_shared_circuit_or_of_one_study(thing: str, kind: str, shared: bool) -> None:
    assert (kind_of(thing), is_circuit(thing)) == (kind, shared)


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
