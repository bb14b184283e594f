"""The operators' routes of ``in``, each in this process with AWS by moto."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from functions.aws import clients
from functions.aws.stores import for_tenant
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import MessageEntry, Outcome, StudyOutcome
from functions.hold_publication.handler import handler as hold_publication
from functions.keep_filters.handler import handler as keep_filters
from functions.list_publications.handler import handler as list_publications
from functions.mend_publication.handler import handler as mend_publication
from functions.replay_publication.handler import handler as replay_publication
from functions.report_activity.handler import handler as report_activity
from functions.view_publication.handler import handler as view_publication
from functions.withdraw_publication.handler import handler as withdraw_publication
from tests.handlers.conftest import CONTEXT, WATCHER, audit_records, audited, event, now
from tests.handlers.journey import CASE, STUDY, Journey, journey

__all__ = ["journey"]

Handler = Callable[[Any, Any], dict[str, Any]]


def asked(facts: dict[str, Any], message_id: str, body: Any = None) -> dict[str, Any]:
    facts["pathParameters"] = {"tenant": "demo", "publication": message_id}
    if body is not None:
        facts["body"] = json.dumps(body)
    return facts


def answer(reply: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return facts


def queued() -> list[dict[str, Any]]:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(one["Body"]) for one in found.get("Messages", [])]


def test_a_publication_is_viewed_and_exported(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = journey.change["message_id"]
    reply = view_publication(asked(event("view_publication/one"), message_id), CONTEXT)
    assert (reply["statusCode"], reply["headers"]["Cache-Control"]) == (200, "no-store")
    seen = answer(reply)
    assert seen["state"] == "published"
    assert seen["report"]["patient"]["ins"] == CASE.ins
    assert seen["studies"][0]["images"]["patient_id"] == CASE.ipp
    given = answer(view_publication(asked(event("view_publication/export"), message_id), CONTEXT))
    assert base64.b64decode(given["message"]).startswith(b"MSH|")
    assert any(one["name"].endswith("/manifest.dcm") for one in given["archived"])
    assert {("publication.viewed", "shown"), ("publication.exported", "given")} <= set(audited())
    assert CASE.ins not in journey.log.getvalue()


def test_a_published_study_is_ordered_away(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = journey.change["message_id"]
    body = {"study_instance_uid": STUDY}
    reply = withdraw_publication(
        asked(event("withdraw_publication/one"), message_id, body), CONTEXT
    )
    assert reply["statusCode"] == 202
    (sent,) = queued()
    assert sent["message_id"] == answer(reply)["id"] != message_id
    wrong = withdraw_publication(asked(event("withdraw_publication/one"), "m", body), CONTEXT)
    assert wrong["statusCode"] == 404


def test_a_held_report_is_mended(journey: Journey) -> None:
    journey.start()
    message_id = journey.change["message_id"]
    log = for_tenant("/drimbox/tenants/", "demo").messages("messages")
    log.set_outcome(message_id, Uid(STUDY), StudyOutcome(Outcome.HELD, "study_not_found", now()))
    body = {"studies": {STUDY: "1.2.4"}}
    reply = mend_publication(asked(event("mend_publication/study"), message_id, body), CONTEXT)
    assert (reply["statusCode"], answer(reply)) == (201, {"id": message_id, "mend": 1})
    seen = answer(view_publication(asked(event("view_publication/one"), message_id), CONTEXT))
    assert seen["mended"][0]["studies"] == {STUDY: "1.2.4"}
    for wrong in ({"studies": {}, "x": 1}, {"sender": "NO|BODY"}):
        refused = mend_publication(
            asked(event("mend_publication/study"), message_id, wrong), CONTEXT
        )
        assert refused["statusCode"] == 400


def test_a_whole_cause_is_replayed(site: None) -> None:
    log = for_tenant("/drimbox/tenants/", "demo").messages("messages")
    for number in range(3):
        held = StudyOutcome(Outcome.HELD, "study_not_found", now())
        log.open(MessageEntry(f"m{number}", now(), 0, "", {Uid("1.2.3"): held}))
    reply = replay_publication(event("replay_publication/cause"), CONTEXT)
    assert reply["statusCode"] == 202
    facts = answer(reply)
    assert (sorted(facts["replayed"]), facts["next"]) == (["m0", "m1", "m2"], None)
    assert sorted(one["message_id"] for one in queued()) == ["m0", "m1", "m2"]
    assert audited().count(("publication.replayed", "queued")) == 3


@pytest.mark.parametrize(
    ("name", "handler", "permission"),
    [
        ("view_publication/export", view_publication, "export"),
        ("replay_publication/cause", replay_publication, "bulk"),
        ("mend_publication/study", mend_publication, "edit"),
        ("withdraw_publication/one", withdraw_publication, "withdraw"),
    ],
)
def test_each_route_asks_its_own_permission(
    site: None, name: str, handler: Handler, permission: str
) -> None:
    facts = event(name)
    facts["requestContext"]["authorizer"] |= {"caller": "operating", "subject": WATCHER}
    assert handler(facts, CONTEXT)["statusCode"] == 403
    (refused,) = audit_records()
    assert (refused["event"], refused["for_permission"]) == ("operation.refused", permission)


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("view_publication/one", view_publication),
        ("view_publication/export", view_publication),
        ("mend_publication/study", mend_publication),
        ("withdraw_publication/one", withdraw_publication),
    ],
)
def test_what_is_unknown_or_foreign_is_absent(site: None, name: str, handler: Handler) -> None:
    assert handler(event(name), CONTEXT)["statusCode"] == 404
    facts = event(name)
    facts["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert handler(facts, CONTEXT)["statusCode"] == 404


def test_a_hold_opens_a_cause_that_is_told_and_listed(journey: Journey) -> None:
    topic = "arn:aws:sns:eu-west-3:123456789012:alarms"
    url = clients.sqs().create_queue(QueueName="told")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-3:123456789012:told"
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    journey.start()
    error = {"Error": "Held", "Cause": json.dumps({"errorMessage": "study_not_found"})}
    for _ in range(2):
        hold_publication({**journey.change, "error": error}, CONTEXT)
    (cause,) = answer(list_publications(event("list_publications/causes"), CONTEXT))["causes"]
    assert (cause["reason"], cause["studies"]) == ("study_not_found", 1)
    (told,) = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=9)["Messages"]
    note = json.loads(told["Body"])
    assert note["Subject"] == "demo: study_not_found opened"
    assert "The study is not in the PACS." in note["Message"]
    for secret in (CASE.ins, CASE.traits.family, CASE.orders[0].accession, STUDY):
        assert secret not in told["Body"]


def test_a_week_is_counted(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    told = answer(report_activity(event("report_activity/week"), CONTEXT))
    assert len(told["days"]) == 7
    assert (told["days"][-1]["received"], told["days"][-1]["published"]) == (1, 1)
    wrong = event("report_activity/week", queryStringParameters={"days": "400"})
    assert report_activity(wrong, CONTEXT)["statusCode"] == 400


def test_an_operator_s_filters(site: None) -> None:
    kept = answer(keep_filters(event("keep_filters/one"), CONTEXT))
    assert kept == {"filters": {"Refused": {"state": "held", "reason": "dmp_refused"}}}
    assert answer(keep_filters(event("keep_filters/own"), CONTEXT)) == kept
    other = event("keep_filters/own")
    other["requestContext"]["authorizer"] |= {"caller": "operating", "subject": WATCHER}
    assert answer(keep_filters(other, CONTEXT)) == {"filters": {}}
    forget = event("keep_filters/one", body=json.dumps({"name": "Refused", "filter": None}))
    assert answer(keep_filters(forget, CONTEXT)) == {"filters": {}}
    assert keep_filters(forget, CONTEXT)["statusCode"] == 404
