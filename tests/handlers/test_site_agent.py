"""The real agent and the real functions: the words of each are those that the other reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
from moto.s3 import models as s3_models

from agent.cloud import queue
from agent.work import doing, wire
from functions.aws.agents import open_agent, open_searched
from functions.build_manifest.handler import handler as build_manifest
from functions.drimbox.agents import answering, loan, told
from functions.drimbox.agents import wire as cloud_wire
from functions.drimbox.agents.site_pacs import AgentPacs, SurveyedPacs
from functions.drimbox.errors import AnswerAwaited
from functions.drimbox.images import fill
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import CONTINUE, PARKED
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.study.index import MAX_INSTANCES
from functions.index_study.handler import handler as index_study
from functions.publish_manifest.handler import handler as publish_manifest
from functions.read_report.handler import handler as read_report
from functions.retrieve_study.handler import handler as retrieve_study
from functions.serve_agents import answers
from functions.settle_publication.handler import handler as settle_publication
from tests.fakes.world import Killed
from tests.handlers.agent_scenes import behind_agent, lend, tick
from tests.handlers.conftest import CONTEXT, audited, stores
from tests.handlers.image_scenes import wado
from tests.handlers.journey import CASE, SERIES, STUDY, Journey, deliver_fills, executions, jobs
from tests.handlers.program_scenes import body_of
from tests.handlers.site_agent_scenes import Line, SiteAgent

WHOLE: Final = os.environ.get("PROOF") == "whole"
# The calls of an agent that indexes a study and brings a series in three parts.
CALLS: Final = (
    *("POST /loan", "ReceiveMessage", "GET /jobs/", "POST /jobs/", "DeleteMessage"),
    *("ReceiveMessage", "POST /loan", "ReceiveMessage", "GET /jobs/"),
    *("POST uploads", *("PUT partNumber/uploadId",) * 3),
    *("GET part-number-marker/uploadId", "POST uploadId"),
    *("POST /jobs/", "DeleteMessage", "ReceiveMessage"),
)
HALVES: Final = range(1, 2 * len(CALLS) + 1)


@pytest.fixture
def behind(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """The demo site behind its agent; a message of the queue is there again at once."""
    behind_agent()
    monkeypatch.setattr(queue, "_LONG_POLL", 0)
    monkeypatch.setattr(queue, "_VISIBLE_AGAIN", 0)
    return journey


def woken(journey: Journey) -> None:
    """The workflow goes on with the execution that was started last."""
    tick()
    last = max(executions(), key=lambda one: one["waited"]["wake"])
    journey.change = {**last, "tries": 0}


def published(journey: Journey, work: Callable[[], object]) -> None:
    """A report is published and its series brought; ``work`` is the agent's."""
    journey.archive_study()
    lend()
    journey.start()
    journey.step(read_report)
    assert journey.step(index_study)["outcome"] == PARKED
    work()
    woken(journey)
    for function in (index_study, build_manifest, publish_manifest, settle_publication):
        assert journey.step(function)["outcome"] == CONTINUE
    work()
    assert deliver_fills() == {"batchItemFailures": []}


def require_served(journey: Journey) -> None:
    """One manifest, and its images are served."""
    assert ("series.cached", "success") in audited()
    (document,) = journey.manifests()
    reply = retrieve_study(wado(document["unique_id"], STUDY, SERIES), CONTEXT)
    assert reply["statusCode"] == 200
    assert body_of(reply).count(b"DICM") == 2


def test_a_study_is_indexed_and_its_series_brought(behind: Journey) -> None:
    agent = SiteAgent(behind)
    published(behind, agent.work)
    require_served(behind)
    assert agent.told() == ["answered", "answered"]
    assert list(agent.bodies.iterdir()) == []
    assert [one for one in audited() if one[0] == "agent.refused"] == []
    said = f"{agent.said}{behind.log.getvalue()}"
    assert not any(name in said for name in (CASE.ipp, CASE.ins, CASE.orders[0].accession))


@pytest.fixture
def in_parts(behind: Journey, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """A series is sent in parts, however small."""
    monkeypatch.setattr(fill, "PART_BYTES", 600)
    monkeypatch.setattr(s3_models, "S3_UPLOAD_PART_MIN_SIZE", 1)
    return behind


def test_the_calls_of_an_agent_are_those_that_are_cut_below(in_parts: Journey) -> None:
    agent = SiteAgent(in_parts)
    published(in_parts, agent.work)
    require_served(in_parts)
    assert tuple(agent.line.calls) == CALLS


@pytest.mark.parametrize("half", HALVES if WHOLE else HALVES[::5])
def test_an_agent_that_is_killed_at_any_call_loses_nothing(half: int, in_parts: Journey) -> None:
    line = Line(dies_at=half)

    def work() -> None:
        try:
            SiteAgent(in_parts, line).work()
        except Killed:
            agent = SiteAgent(in_parts, line)
            agent.work()
            assert set(agent.told()) <= {"answered"}

    published(in_parts, work)
    require_served(in_parts)
    assert line.halves >= len(HALVES)
    # The body of a job that was answered before the kill stays for a day.
    filling = SiteAgent(in_parts).filling
    filling.sweep(datetime.now(UTC) + timedelta(days=1))
    assert list(SiteAgent(in_parts).bodies.iterdir()) == []
    assert [one for one in audited() if one[0] == "agent.refused"] == []


def test_each_study_of_a_survey_is_told(behind: Journey) -> None:
    behind.archive_study()
    lend()
    known, unknown = Uid(STUDY), Uid("1.2.404")
    agent, asked = SiteAgent(behind), open_agent(stores())
    pacs = SurveyedPacs(asked, "c", {"run": "1"}, [unknown, known])
    with pytest.raises(AnswerAwaited):
        pacs.find_study(known)
    agent.work()
    found = pacs.find_study(known)
    assert found is not None
    assert [len(one.instances) for one in found.series] == [2]
    assert pacs.find_study(unknown) is None
    look = AgentPacs(asked, "c", {"look": "1"})
    for study, there in ((known, True), (unknown, False)):
        with pytest.raises(AnswerAwaited):
            look.has_study(study)
        agent.work()
        assert look.has_study(study) is there


def test_a_search_is_answered_while_the_operator_waits(behind: Journey) -> None:
    behind.archive_study()
    lend()
    agent = SiteAgent(behind)
    searched = replace(open_searched(stores(), "c"), wait=lambda: agent.work() > 0)
    for patient, found in ((CASE.ipp, [STUDY]), ("NOBODY", [])):
        answer = searched.search(StudyCriteria(patient, "", "", "", ""), most=50)
        assert [one.study_instance_uid for one in answer.studies] == found
        assert answer.complete


def test_an_answer_that_is_too_long_for_a_post_is_put(
    behind: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "MAX_ANSWER_BYTES", 100)
    agent = SiteAgent(behind)
    published(behind, agent.work)
    require_served(behind)
    assert agent.line.calls.count("PUT") == 2
    assert agent.told() == ["answered", "answered"]


@pytest.mark.parametrize(("status", "reason"), [(503, "pacs_unavailable"), (403, "pacs_refused")])
def test_a_failure_of_the_pacs_is_told_by_its_code(
    status: int, reason: str, behind: Journey
) -> None:
    lend()
    behind.start()
    behind.step(read_report)
    behind.step(index_study)
    agent = SiteAgent(behind, pacs=lambda _: httpx.Response(status))
    agent.work()
    assert agent.told() == [reason]
    (job,) = jobs()
    assert reason in str(job)


def test_a_series_with_an_object_at_fault_names_it(behind: Journey) -> None:
    agent = SiteAgent(behind)

    def work() -> None:
        if agent.told():
            for path in (behind.folder / "pacs").rglob("*"):
                if path.is_file():
                    path.write_bytes(path.read_bytes()[:-8])
        agent.work()

    published(behind, work)
    assert agent.told() == ["answered", "object_unservable"]
    assert ("publication.held", "object_unservable") in audited()


def test_an_agent_whose_protocol_is_served_no_more_is_told_so(
    behind: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loan, "LOWEST", 2)
    monkeypatch.setattr(loan, "PROTOCOL", 2)
    agent = SiteAgent(behind)
    assert not agent.beating.beat()
    (said,) = agent.said
    assert said[1]["code"] == agent.board.state().refusal == "agent_outdated"
    assert ("agent.refused", "agent_outdated") in audited()


def test_the_bounds_of_both_sides_agree() -> None:
    assert wire.PROTOCOL == cloud_wire.PROTOCOL
    assert {str(one) for one in wire.Kind} == {str(one) for one in Kind}
    assert wire.MAX_ANSWER_BYTES <= answers.MAX_ANSWER
    assert wire.MAX_PUT_BYTES <= answering.MAX_INCOMING
    assert wire.MAX_NAMED <= answering._MOST_OBJECTS
    assert wire.MAX_INSTANCES >= MAX_INSTANCES
    codes = {doing.UNSUPPORTED, doing.AGENT_FAILED, doing.TOO_LARGE}
    assert codes <= told.REASONS
