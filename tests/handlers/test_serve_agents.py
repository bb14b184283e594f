"""An agent at a site: its beat and its loan, the jobs that it reads and answers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from functions.aws import clients, questions
from functions.build_manifest.handler import handler as build_manifest
from functions.check_health.handler import handler as check_health
from functions.drimbox.agents.loan import MOST_LOANS
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.change import CONTINUE, PARKED, Step
from functions.index_study.handler import handler as index_study
from functions.publish_manifest.handler import handler as publish_manifest
from functions.read_report.handler import handler as read_report
from functions.retrieve_study.handler import handler as retrieve_study
from functions.serve_agents.answers import MAX_ANSWER as MOST
from functions.serve_agents.answers import MOST_RECORDS
from functions.serve_agents.handler import handler as serve_agents
from functions.settle_publication.handler import handler as settle_publication
from tests.handlers.agent_scenes import (
    NAME,
    SUBJECT,
    Agent,
    behind_agent,
    lend,
    post,
    rung,
    show,
    tick,
    told,
)
from tests.handlers.conftest import CONTEXT, audit_records, audited, event, stores
from tests.handlers.image_scenes import problem, wado
from tests.handlers.journey import (
    CASE,
    SERIES,
    STUDY,
    Journey,
    deliver_fills,
    executions,
    jobs,
)
from tests.handlers.program_scenes import body_of

JOB = f"index-{'0' * 64}"


@pytest.fixture
def behind(journey: Journey) -> Journey:
    """The demo site behind an agent, which has said nothing yet."""
    behind_agent()
    return journey


def asked(journey: Journey) -> dict[str, Any]:
    """The report's study is to be indexed; the state that the step gives."""
    journey.start()
    journey.step(read_report)
    return journey.step(index_study)


def woken(journey: Journey) -> None:
    """The workflow goes on with the execution that was started last."""
    last = max(executions(), key=lambda one: one["waited"]["wake"])
    journey.change = {**last, "tries": 0}


def test_a_beat_is_kept_and_credentials_are_lent_and_audited(behind: Journey) -> None:
    reply = lend()
    assert reply["statusCode"] == 200
    facts = told(reply)
    assert facts["protocol"] == facts["lowest_protocol"] == 1
    assert facts["queue"]["url"].endswith("/agents-demo")
    assert (facts["incoming"]["bucket"], facts["incoming"]["prefix"]) == ("cache", "demo/incoming/")
    assert facts["incoming"]["kms_key"].endswith("alias/drimbox/tenants/demo")
    assert set(facts["credentials"]) == {
        *("access_key_id", "secret_access_key", "session_token", "expires_at")
    }
    assert facts["site"]["structures"] == ["1750803447"]
    assert facts["site"]["senders"] == [], "its certificate is no sender's"
    (record,) = (one for one in audit_records() if one["event"] == "agent.lent")
    assert (record["who"], record["for_agent"]) == (SUBJECT, NAME)
    assert not any(secret in behind.log.getvalue() for secret in facts["credentials"].values())
    (state,) = stores().presence.states.all()
    assert (state.name, state.version, state.pacs) == (NAME, "1.0.0", "reachable")


def test_a_beat_alone_lends_nothing(behind: Journey) -> None:
    assert told(lend(credentials=False))["credentials"] is None
    assert audited() == []


def test_the_site_is_ready_while_an_agent_of_its_own_says_so(behind: Journey) -> None:
    assert check_health(event("check_health/probe"), CONTEXT)["statusCode"] == 503
    lend()
    assert check_health(event("check_health/probe"), CONTEXT)["statusCode"] == 200
    lend(health={"pacs": "unreachable"})
    assert check_health(event("check_health/probe"), CONTEXT)["statusCode"] == 503


@pytest.mark.parametrize("caller", ["foreign", "bound"])
def test_a_program_that_is_no_agent_finds_nothing(behind: Journey, caller: str) -> None:
    for name in ("loan", "job", "answer"):
        facts = event(f"serve_agents/{name}")
        authorizer = {"caller": caller, "tenant": "demo", "subject": SUBJECT}
        context = {**facts["requestContext"], "authorizer": authorizer}
        reply = serve_agents({**facts, "requestContext": context}, CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (404, "absent")


def test_the_agent_of_another_tenant_finds_nothing(behind: Journey) -> None:
    for name in ("loan", "job", "answer"):
        facts = event(f"serve_agents/{name}")
        path = {**facts["pathParameters"], "tenant": "other"}
        reply = serve_agents({**facts, "pathParameters": path}, CONTEXT)
        assert (reply["statusCode"], problem(reply)) == (404, "absent")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"protocols": [2]}, 426, "agent_outdated"),
        ({"protocols": []}, 400, "bad_request"),
        ({"health": {"pacs": "fine"}}, 400, "bad_request"),
        ({"more": 1}, 400, "bad_request"),
    ],
)
def test_a_beat_that_cannot_be_taken_leaves_a_record(
    changes: dict[str, Any], status: int, code: str, behind: Journey
) -> None:
    reply = lend(**changes)
    assert (reply["statusCode"], problem(reply)) == (status, code)
    assert audited() == [("agent.refused", code)]


def test_a_flood_of_refusals_leaves_one_more_record(behind: Journey) -> None:
    for number in range(MOST_RECORDS + 5):
        assert problem(lend(request=str(number), more=1)) == "bad_request"
    assert sorted(audited()) == [("agent.refused", "bad_request")] * MOST_RECORDS + [
        ("agent.refused", "too_many_tries")
    ]


def test_a_flood_of_loans_is_stopped(behind: Journey) -> None:
    replies = [lend(request=str(number)) for number in range(MOST_LOANS + 3)]
    assert [one["statusCode"] for one in replies] == [200] * MOST_LOANS + [429] * 3
    assert problem(replies[-1]) == "too_many_tries"
    assert sorted(audited()) == [("agent.lent", "lent")] * MOST_LOANS + [
        ("agent.refused", "too_many_tries")
    ]


def test_a_study_is_published_from_behind_an_agent(behind: Journey) -> None:
    """From the report to the images, each question to the PACS is a job."""
    behind.archive_study()
    agent = Agent(behind)
    assert asked(behind)["outcome"] == PARKED
    (wait,) = stores().site.waits.all()
    assert wait.thing == "agent", "nobody was seen of late"
    lend()
    assert tick() >= 1
    woken(behind)
    assert behind.step(index_study)["outcome"] == PARKED
    (wait,) = stores().site.waits.all()
    assert wait.thing.startswith("job/index#")
    assert agent.work() == ["answered"]
    tick()
    woken(behind)
    assert (behind.change["waited"]["wake"], behind.change["at"]) == (2, Step.INDEX_STUDY)
    for function in (index_study, build_manifest, publish_manifest, settle_publication):
        assert behind.step(function)["outcome"] == CONTINUE
    assert len(behind.manifests()) == 1
    # The series is brought by the agent, judged, and served.
    assert agent.work() == ["asked"]
    assert deliver_fills() == {"batchItemFailures": []}
    assert ("series.cached", "success") in audited()
    (document,) = behind.manifests()
    reply = retrieve_study(wado(document["unique_id"], STUDY, SERIES), CONTEXT)
    assert reply["statusCode"] == 200
    assert b"DICM" in body_of(reply)
    assert behind.outside.asked.count("GET pacs.example/dicom-web/studies") == 0
    text = behind.log.getvalue()
    assert not any(name in text for name in (CASE.ipp, CASE.orders[0].accession, CASE.ins))
    asked_for = json.dumps(jobs())
    assert not any(name in asked_for for name in (CASE.ipp, CASE.ins))


def test_a_study_that_is_not_there_is_looked_for_by_the_agent(behind: Journey) -> None:
    agent = Agent(behind)
    lend()
    assert asked(behind)["outcome"] == PARKED
    assert agent.work() == ["answered"]
    tick()
    woken(behind)
    assert behind.step(index_study)["outcome"] == PARKED
    (wait,) = stores().site.waits.all()
    assert wait.thing == f"study/{STUDY}"


def test_a_job_that_has_its_answer_is_over(behind: Journey) -> None:
    behind.archive_study()
    lend()
    asked(behind)
    (message,) = rung()
    job = message["job"]
    assert message == {"tenant": "demo", "job": job, "kind": "index", "protocol": 1}
    answer = {"protocol": 1, "attempt": 1, "outcome": "answered", "answer": {"found": False}}
    assert told(post(job, answer)) == {"job": job, "state": "answered"}
    for reply in (show(job), post(job, answer)):
        assert (reply["statusCode"], problem(reply)) == (409, "job_ended")
    assert [one for one in audited() if one[0] == "agent.refused"] == []


@pytest.mark.parametrize("job", [JOB, "index#0", "other-" + "0" * 64, f"fill-{'0' * 64}"])
def test_a_job_that_nobody_asked_for_is_absent(behind: Journey, job: str) -> None:
    answer = {"protocol": 1, "attempt": 1, "outcome": "failed", "reason": "agent_failed"}
    for reply in (show(job), post(job, answer)):
        assert (reply["statusCode"], problem(reply)) == (404, "absent")


def test_a_lie_is_refused_and_recorded_and_the_job_stays(behind: Journey) -> None:
    lend()
    asked(behind)
    (message,) = rung()
    answer = {"protocol": 1, "attempt": 1, "outcome": "answered"}
    lie = {"found": True, "index": {"study_instance_uid": "1.2.3"}}
    reply = post(message["job"], {**answer, "answer": lie})
    assert (reply["statusCode"], problem(reply)) == (400, "bad_request")
    assert ("agent.refused", "bad_request") in audited()
    assert show(message["job"])["statusCode"] == 200


def test_an_answer_above_4_mib_is_put_as_an_object(behind: Journey) -> None:
    lend()
    asked(behind)
    (message,) = rung()
    answer = {
        "protocol": 1,
        "attempt": 1,
        "outcome": "answered",
        "answer": " " * MOST,
    }
    reply = post(message["job"], answer)
    assert (reply["statusCode"], problem(reply)) == (413, "too_large")


def test_a_queue_that_is_away_is_asked_again(
    behind: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job is written first: the next try of the step rings again."""
    lend()
    behind.start()
    behind.step(read_report)

    def away(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("queue send: InternalError")

    with monkeypatch.context() as patched:
        patched.setattr(questions.SqsBell, "ring", away)
        with pytest.raises(Exception, match="queue send"):
            behind.step(index_study)
    assert rung() == []
    assert behind.step(index_study)["outcome"] == PARKED
    assert len(rung()) == 1


def test_a_pacs_that_the_agent_does_not_reach_is_waited_for(behind: Journey) -> None:
    lend()
    asked(behind)
    behind.outside.hosts["pacs.example"] = lambda _: httpx.Response(503)
    (message,) = rung()
    failed = {"protocol": 1, "attempt": 1, "outcome": "failed", "reason": "pacs_unavailable"}
    assert told(post(message["job"], failed))["state"] == "failed"
    tick()
    woken(behind)
    assert behind.step(index_study)["outcome"] == PARKED
    (wait,) = stores().site.waits.all()
    assert wait.thing == f"pacs/study/{STUDY}"
    assert wait.until - wait.since <= timedelta(hours=1)
    assert clients.dynamodb().scan(TableName="circuits")["Items"] == [], "no circuit before it"
