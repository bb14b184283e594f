"""The start of the publications of a message."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.aws import clients
from functions.drimbox.errors import StartRefused
from functions.drimbox.publication.change import Change, Step
from functions.receive_message.handler import handler as receive_message
from functions.start_publication.handler import handler as start_publication
from functions.sweep_inbox.handler import handler as sweep_inbox
from simulators.ris.messages import message
from tests.fakes.memory import MemoryWorkflow
from tests.fakes.world import SENDER
from tests.handlers.conftest import CONTEXT, event, now
from tests.handlers.journey import CASE, Journey, executions


def test_a_batch_gives_back_only_what_failed(journey: Journey) -> None:
    good = journey.accept()
    unknown = event("start_publication/batch")["Records"][1]
    poison = {**unknown, "messageId": "poison", "body": "{"}
    foreign = {**unknown, "messageId": "foreign"}
    foreign["body"] = json.dumps({**json.loads(good["body"]), "tenant": "nobody"})
    for records in ([good, unknown, poison, foreign], [poison, foreign, unknown, good]):
        answer = start_publication({"Records": records}, CONTEXT)
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        assert failed == {unknown["messageId"], "poison"}
    # Delivered twice, started once.
    (execution,) = executions()
    assert {**execution, "tries": 0} == {**journey.change, "at": "read_report"}


BATCH = 10


def accepted(count: int) -> list[dict[str, Any]]:
    """The queue's records of ``count`` different reports, as the consumer gets them."""
    for number in range(count):
        raw = message(CASE, control_id=f"batch-{number}", at=now(), sender=SENDER)
        sent = event("receive_message/report", body=base64.b64encode(raw).decode())
        reply = receive_message({**sent, "isBase64Encoded": True}, CONTEXT)
        assert b"MSA|AA" in base64.b64decode(reply["body"])
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    (sample, *_) = event("start_publication/batch")["Records"]
    records = [
        {**sample, "messageId": f"good-{number}", "body": one["Body"]}
        for number, one in enumerate(found)
    ]
    assert len(records) == count
    return records


# A change that spoils a good record's facts, and whether an alarm counts it as a fault.
POISON: dict[str, tuple[Callable[[dict[str, Any]], str], bool]] = {
    "not JSON": (lambda facts: "{", True),
    "empty": (lambda facts: "", True),
    "not an object": (lambda facts: json.dumps([facts]), True),
    "no tenant": (lambda facts: json.dumps(without(facts, "tenant")), True),
    "no message": (lambda facts: json.dumps(without(facts, "message_id")), True),
    "no replay": (lambda facts: json.dumps(without(facts, "replay")), True),
    "no time": (lambda facts: json.dumps(without(facts, "received_at")), True),
    "not a time": (lambda facts: json.dumps({**facts, "received_at": "then"}), True),
    "an unknown message": (lambda facts: json.dumps({**facts, "message_id": "0" * 32}), False),
}


EVERY_POSITION = {"not JSON", "no tenant", "an unknown message"}


def test_a_message_of_a_removed_tenant_is_told_once_and_stays_in_the_inbox(
    journey: Journey, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It failed a thousand times, over days, and the alarm on the queue's age was always on."""
    record = journey.accept()
    # The slug of a tenant that is gone, and a text that is none: neither is anybody's.
    foreign = {**record, "messageId": "foreign"}
    foreign["body"] = json.dumps({**json.loads(record["body"]), "tenant": "../demo"})
    with monkeypatch.context() as gone:
        gone.setattr("functions.aws.tenants._content", lambda *_: None)
        gone.setattr("functions.aws.tenants._read", {})
        answer = start_publication({"Records": [record, foreign]}, CONTEXT)
    assert (answer, executions()) == ({"batchItemFailures": []}, [])
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 2
    told = told_in(journey, "put aside")
    message_id = journey.change["message_id"]
    assert (told["tenant"], told["message_id"]) == ("demo", message_id)
    key = f"demo/messages/{message_id}.hl7"
    assert clients.s3().head_object(Bucket="inbox", Key=key)["ContentLength"] > 0
    # The tenant is back: the message has no entry, and the sweep finds it.
    monkeypatch.setattr(
        "functions.drimbox.publication.sweeping.FIRST_LOOK", timedelta(microseconds=1)
    )
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (again,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    assert start_publication({"Records": [{**record, "body": again["Body"]}]}, CONTEXT) == {
        "batchItemFailures": []
    }
    assert [one["message_id"] for one in executions()] == [message_id]


@pytest.mark.parametrize("replay", [1, 0], ids=["a replay", "a message with an entry"])
def test_what_no_sweep_brings_back_stays_in_the_queue_of_a_removed_tenant(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, replay: int
) -> None:
    """It was deleted: its message has an entry, so that no sweep queues it again."""
    record = journey.accept()
    if not replay:
        # Its entry was opened, and its starts were not taken.
        with monkeypatch.context() as away:
            away.setattr("functions.aws.queues.PublishWorkflow", lambda _: Refusing())
            start_publication({"Records": [record]}, CONTEXT)
    body = json.dumps({**json.loads(record["body"]), "replay": replay})
    with monkeypatch.context() as gone:
        gone.setattr("functions.aws.tenants._content", lambda *_: None)
        gone.setattr("functions.aws.tenants._read", {})
        answer = start_publication({"Records": [{**record, "body": body}]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    told = told_in(journey, "no such tenant: comes back")
    assert (told["tenant"], told["message_id"]) == ("demo", journey.change["message_id"])


def told_in(journey: Journey, words: str) -> dict[str, Any]:
    """The first line of the log with these words."""
    lines = journey.log.getvalue().splitlines()
    found: dict[str, Any] = next(json.loads(line) for line in lines if words in line)
    return found


def without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


class Refusing(MemoryWorkflow):
    """Step Functions, which never takes this start."""

    def start(self, change: Change, at: Step) -> None:
        raise StartRefused("workflow start: InvalidName")


def test_a_start_that_is_never_taken_is_counted_and_comes_back(
    journey: Journey, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = journey.accept()
    monkeypatch.setattr("functions.aws.queues.PublishWorkflow", lambda _: Refusing())
    answer = start_publication({"Records": [record]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 1
    told = told_in(journey, "start refused")
    assert (told["tenant"], told["message_id"]) == ("demo", journey.change["message_id"])
    assert told["detail"] == "workflow start: InvalidName"


@pytest.mark.slow
def test_one_bad_record_comes_back_alone_wherever_it_stands(
    site: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = accepted(BATCH - 1)
    expected = [json.loads(one["body"])["message_id"] for one in good]
    for name, (spoil, counted) in POISON.items():
        bad = {**good[0], "messageId": "bad", "body": spoil(json.loads(good[0]["body"]))}
        for position in range(BATCH) if name in EVERY_POSITION else (BATCH // 2,):
            capsys.readouterr()
            started = MemoryWorkflow()
            monkeypatch.setattr(
                "functions.aws.queues.PublishWorkflow", lambda _, made=started: made
            )
            batch = [*good[:position], bad, *good[position:]]
            answer = start_publication({"Records": batch}, CONTEXT)
            where = (name, position)
            assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}, where
            assert [one.message_id for one in started.started.values()] == expected, where
            assert capsys.readouterr().out.count('"InternalFailures": 1') == counted, where
