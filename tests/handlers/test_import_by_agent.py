"""An import through the site's agent: its program, the functions and moto, in one process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from agent.cloud import queue
from functions.aws import agents, clients
from functions.aws.agent_states import DynamoAgentStates
from tests.drimbox.importing.exams import CALLED
from tests.drimbox.importing.scenes import read
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.world import Killed
from tests.handlers.agent_scenes import behind_agent, lend
from tests.handlers.conftest import audit_records, stores
from tests.handlers.import_scenes import ALL, Pacs, ask, desk, dmp, pacs, step
from tests.handlers.opened_scenes import Desk
from tests.handlers.site_agent_scenes import Line, SiteAgent

__all__ = ["desk", "dmp", "pacs"]

WHOLE: Final = os.environ.get("PROOF") == "whole"
# The calls of an agent that does a survey, then an import of one pack.
CALLS: Final = (
    *("POST /loan", "ReceiveMessage", "GET /jobs/", "POST /jobs/", "DeleteMessage"),
    *("ReceiveMessage", "POST /loan", "ReceiveMessage", "GET /jobs/"),
    *("GET pack", "POST /jobs/", "DeleteMessage", "ReceiveMessage"),
)
HALVES: Final = range(1, 2 * len(CALLS) + 1)


@dataclass
class Behind:
    """The site of the desk, its PACS behind its agent."""

    desk: Desk
    pacs: Pacs
    folder: Path
    line: Line

    def agent(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> SiteAgent:
        """One life of the agent."""
        place: Any = self
        return SiteAgent(place, self.line, pacs=answer)

    def log(self) -> str:
        """The objects on their way."""
        found = clients.s3().list_objects_v2(Bucket="readings").get("Contents", ())
        return " ".join(one["Key"] for one in found if "/outgoing/" in one["Key"])


@pytest.fixture
def behind(
    desk: Desk,
    pacs: Pacs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Behind:
    monkeypatch.setattr(queue, "_LONG_POLL", 0)
    monkeypatch.setattr(queue, "_VISIBLE_AGAIN", 0)
    monkeypatch.setattr(agents, "_IMPORT", 0.0)
    monkeypatch.setattr(agents, "_PAUSE", 0.0)
    behind_agent()
    put_tenant({**tenant_facts(), "import_exams": True})
    lend()
    ask(desk)
    desk.run()
    ask(desk, "start")
    return Behind(desk, pacs, tmp_path, Line())


def imported(behind: Behind, work: Callable[[], object]) -> None:
    """The execution and the agent, one after the other."""
    for _ in range(2):
        assert step(behind.desk) == "wait"
        # A look at an answer that is still to come leaves no record.
        count = len(audit_records())
        assert step(behind.desk) == "wait"
        assert len(audit_records()) == count
        work()
    assert step(behind.desk) == "done"


def require_stored(behind: Behind) -> None:
    """The exam stands in the PACS under the local patient, and nothing is left of its way."""
    assert sorted(behind.pacs.held) == ALL
    assert {read(one).PatientID for one in behind.pacs.held.values()} == {"IPP101"}
    _, page = ask(behind.desk)
    assert "Terminé : 3 images dans le PACS" in page
    assert behind.log() == ""


def test_an_exam_is_imported_through_the_agent(behind: Behind) -> None:
    agent = behind.agent()
    imported(behind, agent.work)
    require_stored(behind)
    assert tuple(behind.line.calls) == CALLS
    assert agent.told() == ["answered", "answered"]
    assert list(agent.bodies.iterdir()) == []
    told = [one for one in audit_records() if one["event"] == "exam.imported"]
    assert sorted((one["for_stage"], one["for_objects"]) for one in told) == [
        ("done", "3"),
        ("sending", "0"),
        ("waiting", "0"),
    ]
    said = f"{agent.said}"
    names = (CALLED.ins.value, CALLED.local_id, CALLED.birth_family)
    assert not any(name in said for name in names)


@pytest.mark.parametrize("half", HALVES if WHOLE else HALVES[::6])
def test_an_agent_that_is_killed_at_any_call_loses_nothing(half: int, behind: Behind) -> None:
    behind.line.dies_at = half

    def work() -> None:
        try:
            behind.agent().work()
        except Killed:
            behind.agent().work()

    imported(behind, work)
    require_stored(behind)
    assert behind.line.halves >= len(HALVES)
    assert [one for one in audit_records() if one["event"] == "agent.refused"] == []


def test_an_agent_that_is_killed_while_it_stores_goes_on(behind: Behind) -> None:
    deaths = [True]

    def dying(request: httpx.Request) -> httpx.Response:
        answer = behind.pacs(request)
        if request.method == "POST" and deaths:
            deaths.pop()
            raise Killed
        return answer

    def work() -> None:
        try:
            behind.agent(dying).work()
        except Killed:
            assert sorted(behind.pacs.held) == ALL, "the answer alone was lost"
            behind.agent().work()

    imported(behind, work)
    require_stored(behind)
    assert not deaths


def test_each_failure_of_the_pacs_is_told_as_it_is(behind: Behind) -> None:
    behind.pacs.failing = {ALL[2]}
    imported(behind, behind.agent().work)
    _, page = ask(behind.desk)
    assert "Import incomplet : 2 images sur 3" in page
    assert "place insuffisante" in page
    behind.pacs.failing = set()
    ask(behind.desk, "start")
    imported(behind, behind.agent().work)
    assert sorted(behind.pacs.held) == ALL


def test_the_silence_of_the_agent_is_said(behind: Behind) -> None:
    assert step(behind.desk) == "wait"
    DynamoAgentStates("health", "demo").forget("salle-1")
    assert step(behind.desk) == "wait"
    _, page = ask(behind.desk)
    assert "ne répond pas, ou ne joint pas le PACS" in unescape(page)
    lend()
    imported(behind, behind.agent().work)
    require_stored(behind)


def test_with_the_session_the_import_and_its_objects_end(behind: Behind) -> None:
    step(behind.desk)
    behind.agent().work()
    assert step(behind.desk) == "wait"
    assert behind.log()
    stores().shelf.erase_session(behind.desk.cookie)
    stores().reader_sessions.close(behind.desk.cookie)
    assert behind.log() == ""
    agent = behind.agent()
    agent.work()
    assert behind.pacs.held == {}
    assert agent.told() == []
    assert step(behind.desk) == "done"
