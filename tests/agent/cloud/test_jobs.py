"""The cloud's jobs over HTTPS."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from agent.cloud.door import Door
from agent.cloud.jobs import HttpsAnswers
from agent.work.ports import CloudAway, NotServed
from agent.work.wire import Failed, NotUnderstood
from tests.agent.work.samples import ASKED, JOB, NAME


def answers(
    response: httpx.Response,
    asked: list[httpx.Request] | None = None,
    *,
    known: Callable[[], object] = lambda: None,
) -> HttpsAnswers:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return response

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return HttpsAnswers(Door(client, "https://in.example/v1/tenants/demo/agents"), known)


def test_a_job_is_asked_for_by_its_name() -> None:
    asked: list[httpx.Request] = []
    assert answers(httpx.Response(200, json=JOB), asked).asked(NAME) == ASKED
    assert asked[0].url.path.endswith(f"/agents/jobs/{NAME}")


@pytest.mark.parametrize("status", [404, 409])
def test_a_job_that_has_ended_is_none_and_needs_no_answer(status: int) -> None:
    assert answers(httpx.Response(status)).asked(NAME) is None
    assert answers(httpx.Response(status)).answer(ASKED, Failed("x"))


def test_an_agent_that_was_removed_takes_no_job_for_ended() -> None:
    """A stranger finds nothing: its 404 tells nothing of the job, whose message must stay."""

    def removed() -> None:
        raise NotServed("status 404", code="agent_unknown")

    with pytest.raises(NotServed):
        answers(httpx.Response(404), known=removed).asked(NAME)
    with pytest.raises(NotServed):
        answers(httpx.Response(404), known=removed).answer(ASKED, Failed("x"))
    assert answers(httpx.Response(409), known=removed).asked(NAME) is None


def test_another_job_or_another_answer_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        answers(httpx.Response(200, json=JOB)).asked("index-" + "b" * 64)
    with pytest.raises(NotUnderstood):
        answers(httpx.Response(200, json=[])).asked(NAME)
    with pytest.raises(CloudAway):
        answers(httpx.Response(302)).asked(NAME)
    with pytest.raises(CloudAway):
        answers(httpx.Response(302)).answer(ASKED, Failed("x"))


def test_an_outcome_is_posted() -> None:
    asked: list[httpx.Request] = []
    assert answers(httpx.Response(200, json={}), asked).answer(ASKED, Failed("pacs_refused"))
    assert json.loads(asked[0].content)["reason"] == "pacs_refused"
    for status in (400, 413, 415, 422):
        assert not answers(httpx.Response(status)).answer(ASKED, Failed("x"))
