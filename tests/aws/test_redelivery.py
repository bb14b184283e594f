"""The pauses before work that failed is delivered again."""

from __future__ import annotations

import json
import math

from functions.aws import clients, entry, redelivery
from functions.drimbox.errors import StorageUnavailable
from tests.fakes.failing import failing
from tests.fakes.logs import written

RECORD = {
    "messageId": "1",
    "receiptHandle": "h",
    "body": "{}",
    "attributes": {"ApproximateReceiveCount": "1"},
}


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    assert [redelivery.pause(n, 1.0) for n in (1, 2, 3, 8, 9, 1000)] == [5, 10, 20, 640, 900, 900]
    assert redelivery.pause(1, 0.0) == 2
    assert all(math.isfinite(redelivery.pause(n, 0.5)) for n in range(1, 2000))


def test_a_record_that_failed_comes_back_after_its_pause(aws: None) -> None:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    for body in ("good", "bad"):
        clients.sqs().send_message(QueueUrl=url, MessageBody=json.dumps(body))
    (good, bad) = clients.sqs().receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )["Messages"]
    with failing(clients.sqs(), "ChangeMessageVisibilityBatch", "None", times=0) as asked:
        records = [
            {**RECORD, "messageId": one["MessageId"], "receiptHandle": one["ReceiptHandle"]}
            | {"body": one["Body"]}
            for one in (good, bad)
        ]

        def treat(body: object) -> None:
            if body == "bad":
                raise StorageUnavailable("away")

        answer = entry.each_record({"Records": records}, treat, "failed", url)
    assert answer == {"batchItemFailures": [{"itemIdentifier": bad["MessageId"]}]}
    (call,) = asked
    (one,) = call["Entries"]
    assert one["ReceiptHandle"] == bad["ReceiptHandle"]
    assert 2 <= one["VisibilityTimeout"] <= 5


def test_a_queue_that_takes_no_pause_has_its_own(aws: None) -> None:
    with (
        written() as log,
        failing(clients.sqs(), "ChangeMessageVisibilityBatch", "ServiceUnavailable"),
    ):
        redelivery.put_off("https://sqs.eu-west-3.amazonaws.com/123456789012/messages", [RECORD])
    assert "not put off" in log.getvalue()


def test_a_batch_without_failure_asks_nothing(aws: None) -> None:
    with failing(clients.sqs(), "ChangeMessageVisibilityBatch", "None") as asked:
        answer = entry.each_record({"Records": [RECORD]}, lambda _: None, "failed", "url")
    assert (answer, asked) == ({"batchItemFailures": []}, [])
