"""The reason of every publication that stops."""

from __future__ import annotations

import json

import pytest

from functions.aws import clients
from functions.aws.stores import for_tenant
from functions.drimbox.errors import (
    ConfigurationError,
)
from functions.hold_publication.handler import handler as hold_publication
from functions.hold_publication.settings import Settings as HoldSettings
from functions.read_operations.handler import handler as read_operations
from functions.read_report.handler import handler as read_report
from tests.fakes.aws import sns
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.operation_scenes import answer


def test_a_hold_opens_a_cause_that_is_told_and_listed(journey: Journey) -> None:
    topic = "arn:aws:sns:eu-west-3:123456789012:alarms"
    url = clients.sqs().create_queue(QueueName="told")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-3:123456789012:told"
    sns().subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    journey.start()
    error = {"Error": "Held", "Cause": json.dumps({"errorMessage": "study_not_found"})}
    for _ in range(2):
        hold_publication({**journey.change, "error": error}, CONTEXT)
    (cause,) = answer(read_operations(event("read_operations/causes"), CONTEXT))["causes"]
    assert (cause["reason"], cause["studies"]) == ("study_not_found", 1)
    (told,) = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=9)["Messages"]
    note = json.loads(told["Body"])
    assert note["Subject"] == "demo: study_not_found opened"
    assert "The study is not in the PACS." in note["Message"]
    for secret in (CASE.ins, CASE.traits.family, CASE.orders[0].accession, STUDY):
        assert secret not in told["Body"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"Error": "DmpUnavailable", "Cause": "{}"}, "dmp_unreachable"),
        ({"Error": "Held", "Cause": '{"errorMessage": "not a reason"}'}, "internal_error"),
        ({"Error": "InternalFailure", "Cause": '{"errorMessage": "KeyError"}'}, "internal_error"),
        ({"Error": "States.Timeout"}, "internal_error"),
        ({"Error": "Held", "Cause": "[]"}, "internal_error"),
        ({"Error": "Held", "Cause": "not JSON"}, "internal_error"),
        ({}, "internal_error"),
    ],
)
def test_whatever_stops_a_publication_has_a_reason(
    journey: Journey, error: dict[str, str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.start()
    journey.step(read_report)
    caught = event("hold_publication/internal", **journey.change, error=error)
    assert hold_publication(caught, CONTEXT)["reason"] == reason
    assert '"HeldPublications": 1' in capsys.readouterr().out


def test_an_execution_that_ended_without_a_message_is_held_too(journey: Journey) -> None:
    journey.start()
    journey.step(read_report)
    caught = event("hold_publication/internal", **journey.change)
    assert hold_publication(caught, CONTEXT)["reason"] == "internal_error"


def test_a_step_without_a_store_may_not_use_it(journey: Journey) -> None:
    """The roles say the same: only what the settings name is open."""
    site = for_tenant(HoldSettings.current(), "demo").site
    for store in (site.inbox, site.archive):
        with pytest.raises(ConfigurationError, match=r"this function has no (inbox|archive)"):
            store.get("k")
    with pytest.raises(ConfigurationError, match="no circuits"):
        site.breaker.admit  # noqa: B018
