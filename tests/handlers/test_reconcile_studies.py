"""One page of a reconciliation."""

from __future__ import annotations

import json

import pytest

from functions.aws import clients
from functions.drimbox.reconciliation.findings import last_run
from tests.handlers.agent_scenes import Agent, behind_agent, lend, rung
from tests.handlers.conftest import audited, stores
from tests.handlers.journey import STUDY, Journey
from tests.handlers.reconciliation_scenes import run


def test_a_site_behind_an_agent_is_surveyed(journey: Journey) -> None:
    """The workflow tries the page again while the agent's answer is on its way."""
    journey.archive_study(2)
    journey.publish()
    journey.archive_study(3)
    behind_agent()
    lend(credentials=False)
    rung()
    with pytest.raises(Exception, match="asked again later"):
        run(journey)
    assert Agent(journey).work() == ["answered"]
    assert run(journey)["outcome"] == "done"
    last = last_run(stores().site.reconciliations)
    assert last is not None
    (decision,) = last.decisions()
    assert (decision.difference.study_instance_uid, decision.repair) == (STUDY, "look_again")


def test_a_study_that_changed_is_found_and_queued(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study(2)
    journey.publish()
    journey.archive_study(3)
    state = run(journey)
    assert state["correlation_id"] == state["run"] == "20261124T090000Z"
    last = last_run(stores().site.reconciliations)
    assert last is not None
    (decision,) = last.decisions()
    assert (decision.difference.study_instance_uid, decision.repair) == (STUDY, "look_again")
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    message_id = json.loads(sent["Body"])["message_id"]
    kept = clients.s3().get_object(Bucket="inbox", Key=f"demo/messages/{message_id}.hl7")
    assert kept["Body"].read().endswith(f"IPC|||{STUDY}".encode())
    assert ("reconciliation.repaired", "look_again") in audited()
    assert ("reconciliation.ended", "differences") in audited()
    counted = capsys.readouterr().out
    assert '"ReconciliationRepairs": 1' in counted
    assert '"ReconciliationDifferences": 0' in counted
    assert STUDY not in counted
