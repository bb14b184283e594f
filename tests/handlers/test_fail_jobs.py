"""The jobs that no agent could do are ended, and their askers hear so."""

from __future__ import annotations

import json

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import PARKED
from functions.drimbox.publication.serving import Served, served
from functions.fail_jobs.handler import handler as fail_jobs
from functions.index_study.handler import handler as index_study
from functions.read_report.handler import handler as read_report
from tests.handlers.agent_scenes import behind_agent, lend, rung, show, tick
from tests.handlers.conftest import CONTEXT, audited, event, stores
from tests.handlers.image_scenes import published
from tests.handlers.journey import SERIES, STUDY, Journey, deliver_fills, executions


@pytest.fixture
def behind(journey: Journey) -> Journey:
    behind_agent()
    lend()
    return journey


def in_force() -> Served:
    mine = stores()
    found = served(mine.records.get(Uid(STUDY)), mine.archive)
    assert found is not None
    return found


def letter(tenant: str = "demo") -> dict[str, object]:
    """The message that the agent left, in the queue of those that nobody could treat."""
    (message,) = rung()
    record = event("fail_jobs/batch")["Records"][0]
    return {"Records": [{**record, "body": json.dumps({**message, "tenant": tenant})}]}


def test_a_publication_is_held_when_no_agent_could_do_its_job(behind: Journey) -> None:
    behind.start()
    behind.step(read_report)
    assert behind.step(index_study)["outcome"] == PARKED
    batch = letter()
    for _ in range(2):
        assert fail_jobs(batch, CONTEXT) == {"batchItemFailures": []}
    tick()
    last = max(executions(), key=lambda one: one["waited"]["wake"])
    behind.change = {**last, "tries": 0}
    with pytest.raises(Exception, match="agent_failed"):
        behind.step(index_study)
    assert behind.log.getvalue().count("job failed") == 2


def test_a_series_that_no_agent_could_bring_is_given_up(journey: Journey) -> None:
    published(journey)
    deliver_fills()
    behind_agent()
    lend()
    stores().fills.ask(in_force().filling(Uid(SERIES)), "c1", gone=True, corrected=True)
    assert fail_jobs(letter(), CONTEXT) == {"batchItemFailures": []}
    assert deliver_fills() == {"batchItemFailures": []}
    assert ("publication.held", "agent_failed") in audited()


def test_a_job_of_a_tenant_that_is_gone_is_forgotten(behind: Journey) -> None:
    behind.start()
    behind.step(read_report)
    behind.step(index_study)
    assert fail_jobs(letter("nobody"), CONTEXT) == {"batchItemFailures": []}
    (wait,) = stores().site.waits.all()
    job = wait.thing.removeprefix("job/").replace("#", "-")
    assert show(job)["statusCode"] == 200
