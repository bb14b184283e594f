"""The facts of the status page, and the faults that it tells."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from agent.spool.store import Depth
from agent.status.board import PacsState, count_of, describe, moment
from agent.status.work import WorkState
from functions.drimbox.wording.agent import CLOUD, PROBLEMS
from tests.agent.status.scenes import State
from tests.fakes.memory import VirtualClock

NOW = VirtualClock().now()
AN_HOUR = timedelta(hours=1)


def codes(state: State) -> list[str]:
    return [one["code"] for one in describe(state.snapshot())["problems"]]


def test_a_healthy_agent_says_so_with_counts_and_times() -> None:
    facts = describe(State(pacs=(PacsState("Orthanc", "reachable", NOW),)).snapshot())
    assert facts == {
        "version": "1.0",
        "started_at": "2026-11-23T09:00:00+00:00",
        "now": "2026-11-24T09:00:00+00:00",
        "healthy": True,
        "problems": [],
        "gateway": {
            "state": "there",
            "cause": "",
            "since": "2026-11-24T09:00:00+00:00",
            "answered_at": "2026-11-24T09:00:00+00:00",
            "clock_difference_seconds": 3,
        },
        "spool": {
            "keeps": True,
            "messages": 0,
            "bytes": 0,
            "oldest_at": None,
            "oldest_seconds": None,
            "aside": 0,
            "put_aside": {"refused_AE": 1},
            "sent": 1,
            "last_sent_at": "2026-11-24T09:00:00+00:00",
            "disk_free_bytes": 50_000_000_000,
        },
        "listeners": [
            {
                "name": "RIS <1>",
                "port": 2575,
                "connections": 1,
                "answers": [
                    {"from": "kept", "code": "AA", "count": 2},
                    {"from": "site", "code": "AR", "count": 1},
                ],
                "turned_away": {"address": 1},
                "last_message_at": "2026-11-24T09:00:00+00:00",
            }
        ],
        "pacs": [{"name": "Orthanc", "state": "reachable", "since": "2026-11-24T09:00:00+00:00"}],
        "work": None,
    }
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(
            ({"away": cause}, f"gateway_{cause}")
            for cause in sorted(set(CLOUD) - {"refused", "not_now"})
        ),
        ({"difference": timedelta(minutes=10)}, "clock_wrong"),
        ({"difference": timedelta(minutes=-10)}, "clock_wrong"),
        ({"depth": None}, "disk_fault"),
        ({"free": None}, "disk_fault"),
        ({"free": 999_999_999}, "disk_low"),
        ({"depth": Depth(1, 9, NOW - timedelta(days=4), 0)}, "spool_old"),
        ({"depth": Depth(0, 0, None, 2)}, "aside"),
        ({"pacs": (PacsState("P", "unreachable"),)}, "pacs_unreachable"),
        ({"work": WorkState(NOW, refusal="agent_unknown")}, "agent_unknown"),
        ({"work": WorkState(NOW - AN_HOUR, refusal="agent_outdated")}, "agent_outdated"),
        ({"work": WorkState(NOW - AN_HOUR)}, "no_work"),
        ({"work": WorkState(NOW, skew=-AN_HOUR)}, "clock_wrong"),
    ],
)
def test_each_fault_is_told_with_its_remedy(changes: dict[str, Any], code: str) -> None:
    facts = describe(State(**changes).snapshot())
    (problem,) = facts["problems"]
    words = PROBLEMS.get(code) or CLOUD[code.removeprefix("gateway_")]
    assert problem == {
        "code": code,
        "words": words.by_language(),
        "todo": words.todo.by_language(),
    }
    assert not facts["healthy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"difference": timedelta(minutes=2)},
        {"difference": None},
        {"depth": Depth(1, 9, NOW - timedelta(days=3, hours=23), 0)},
        {"free": 1_000_000_000},
        {"keeps": False, "depth": None, "free": None},
        {"pacs": (PacsState("P", "unknown"),)},
        {"work": WorkState(NOW, skew=timedelta(minutes=-2))},
        {"work": WorkState(NOW - AN_HOUR, answered_at=NOW)},
    ],
)
def test_no_fault_is_told_that_is_none(changes: dict[str, Any]) -> None:
    assert codes(State(**changes)) == []


def test_every_problem_can_be_told() -> None:
    whole = State(
        depth=Depth(1, 9, NOW - timedelta(days=9), 1),
        free=0,
        difference=timedelta(hours=1),
        pacs=(PacsState("P", "unreachable"),),
        away="name",
    )
    assert codes(whole) == [
        "gateway_name",
        "clock_wrong",
        "disk_low",
        "spool_old",
        "aside",
        "pacs_unreachable",
    ]
    assert codes(State(depth=None)) == ["disk_fault"]
    of_work = {"agent_unknown", "agent_outdated", "no_work"}
    assert {*codes(whole), "disk_fault", *of_work} - {"gateway_name"} == set(PROBLEMS)


def test_the_work_is_told_by_kind_and_outcome() -> None:
    jobs = {("index", "answered"): 4, ("fill", "pacs_unavailable"): 1}
    work = WorkState(NOW, "there", NOW, answered_at=NOW, jobs=jobs, last_job_at=NOW)
    assert describe(State(work=work).snapshot())["work"] == {
        "state": "there",
        "since": "2026-11-24T09:00:00+00:00",
        "answered_at": "2026-11-24T09:00:00+00:00",
        "last_job_at": "2026-11-24T09:00:00+00:00",
        "jobs": [
            {"kind": "fill", "outcome": "pacs_unavailable", "count": 1},
            {"kind": "index", "outcome": "answered", "count": 4},
        ],
    }


def test_an_age_is_never_negative_whatever_the_clock_did() -> None:
    facts = describe(State(depth=Depth(1, 9, NOW + timedelta(minutes=10), 0)).snapshot())
    assert facts["spool"]["oldest_seconds"] == 0
    assert facts["healthy"]


def test_counts_and_moments() -> None:
    answers = [{"code": "AA", "count": 2}, {"code": "AE", "count": 1}, {"code": "AA", "count": 3}]
    assert count_of(answers, "AA") == 5
    assert moment(None) is None
