"""Our SQS against boto3, on its own clock."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.aws.endpoint import Endpoint
from infra.local.aws.signature import Verifier
from infra.local.aws.web import Request, Response, WebServer
from infra.local.install import Install, open_install
from infra.local.sqs.queues import MessageStore, Queue
from infra.local.sqs.service import QueueService, attributes_md5
from tests.infra.local.support import clients


@dataclass(slots=True)
class Clock:
    """A clock that the test moves, in seconds."""

    offset: float = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset


@dataclass(frozen=True, slots=True)
class Served:
    """A running SQS and its queues."""

    client: Any
    clock: Clock
    store: MessageStore
    path: Path
    queues: dict[str, Queue]
    url: str
    dead_url: str
    install: Install
    endpoint: str


def _queue(name: str, **more: Any) -> Queue:
    given: dict[str, Any] = {
        "visibility": 30.0,
        "delay": 0.0,
        "retention": 1000.0,
        "wait": 0.0,
        "max_message_bytes": 1000,
        "dead_letters": None,
        "max_receives": 0,
        **more,
    }
    return Queue(name=name, url=f"http://127.0.0.1:1/1/{name}", arn=f"arn:{name}", **given)


def _no_objects(_request: Request) -> Response:
    return Response(404)


@pytest.fixture
def sqs(tmp_path: Path) -> Iterator[Served]:
    """An SQS of the test's own."""
    clock = Clock()
    dead = _queue("dead")
    work = _queue("work", dead_letters=dead.arn, max_receives=2)
    queues = {queue.arn: queue for queue in (work, dead)}
    path = tmp_path / "messages.sqlite"
    store = MessageStore(path, queues, clock.now)
    install = open_install(tmp_path / "install")
    verifier = Verifier(install.access_key_id, install.secret_access_key, lambda: datetime.now(UTC))
    endpoint = Endpoint(verifier, {"sqs": QueueService(queues, store)}, _no_objects)
    server = WebServer(0, endpoint)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.port}"
    client = clients(install, url, "sqs")
    yield Served(client, clock, store, path, queues, work.url, dead.url, install, url)
    server.shutdown()
    server.server_close()


def _receive(sqs: Served, url: str | None = None, **more: Any) -> list[dict[str, Any]]:
    answer = sqs.client.receive_message(
        QueueUrl=url or sqs.url, MaxNumberOfMessages=10, AttributeNames=["All"], **more
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def test_send_receive_delete(sqs: Served) -> None:
    attributes = {
        "text": {"DataType": "String", "StringValue": "é"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00"},
    }
    sent = sqs.client.send_message(
        QueueUrl=sqs.url, MessageBody="one", MessageAttributes=attributes, MessageGroupId="g"
    )
    (message,) = _receive(sqs, MessageAttributeNames=["All"])
    assert message["Body"] == "one"
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00"
    assert _receive(sqs) == []
    sqs.store.delete(sqs.queues["arn:work"], message["ReceiptHandle"])
    sqs.clock.offset = 60
    assert _receive(sqs) == []


def test_md5_of_attributes() -> None:
    """The value that the service's own documentation-following clients compute."""
    one = {"a": {"DataType": "String", "StringValue": "b"}}
    data = b"\x00\x00\x00\x01a\x00\x00\x00\x06String\x01\x00\x00\x00\x01b"
    assert attributes_md5(one) == hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_message_comes_back_then_goes_to_the_dead_letters(sqs: Served) -> None:
    sent = sqs.client.send_message(QueueUrl=sqs.url, MessageBody="poison")
    for count in ("1", "2"):
        (message,) = _receive(sqs)
        assert message["Attributes"]["ApproximateReceiveCount"] == count
        sqs.clock.offset += 31
    assert _receive(sqs) == []
    (dead,) = _receive(sqs, sqs.dead_url)
    assert dead["MessageId"] == sent["MessageId"]


def test_a_message_in_flight_is_put_off_and_others_are_not(sqs: Served) -> None:
    for body in ("one", "two"):
        sqs.client.send_message(QueueUrl=sqs.url, MessageBody=body)
    (first, second) = _receive(sqs)
    answer = sqs.client.change_message_visibility_batch(
        QueueUrl=sqs.url,
        Entries=[
            {"Id": "0", "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 5},
            {"Id": "1", "ReceiptHandle": "old", "VisibilityTimeout": 5},
        ],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["0"]
    assert [one["Id"] for one in answer["Failed"]] == ["1"]
    sqs.clock.offset = 6
    assert [one["Body"] for one in _receive(sqs)] == ["one"]
    sqs.clock.offset = 31
    late = {"Id": "0", "ReceiptHandle": second["ReceiptHandle"], "VisibilityTimeout": 5}
    answer = sqs.client.change_message_visibility_batch(QueueUrl=sqs.url, Entries=[late])
    assert "Successful" not in answer or not answer["Successful"], "it is visible again"
    for entries in ([], [late] * 11):
        with pytest.raises(ClientError):
            sqs.client.change_message_visibility_batch(QueueUrl=sqs.url, Entries=entries)


def test_one_message_is_prolonged_then_deleted(sqs: Served) -> None:
    sqs.client.send_message(QueueUrl=sqs.url, MessageBody="long")
    (first,) = sqs.client.receive_message(QueueUrl=sqs.url)["Messages"]
    held = {"QueueUrl": sqs.url, "ReceiptHandle": first["ReceiptHandle"]}
    sqs.client.change_message_visibility(**held, VisibilityTimeout=120)
    sqs.clock.offset = 60.0
    assert "Messages" not in sqs.client.receive_message(QueueUrl=sqs.url)
    sqs.clock.offset = 121.0
    for seconds, told in ((30, "MessageNotInflight"), (43_201, "InvalidParameterValue")):
        with pytest.raises(ClientError, match=told):
            sqs.client.change_message_visibility(**held, VisibilityTimeout=seconds)
    (again,) = sqs.client.receive_message(QueueUrl=sqs.url)["Messages"]
    sqs.client.delete_message(QueueUrl=sqs.url, ReceiptHandle=again["ReceiptHandle"])
    sqs.clock.offset = 500.0
    assert "Messages" not in sqs.client.receive_message(QueueUrl=sqs.url)


def test_old_receipt_deletes_nothing(sqs: Served) -> None:
    work = sqs.queues["arn:work"]
    sqs.client.send_message(QueueUrl=sqs.url, MessageBody="one")
    (first,) = _receive(sqs, VisibilityTimeout=0)
    (second,) = _receive(sqs)
    sqs.store.delete(work, first["ReceiptHandle"])
    counts = sqs.client.get_queue_attributes(QueueUrl=sqs.url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.store.delete(work, second["ReceiptHandle"])
    assert sqs.store.counts(work) == (0, 0, 0)


def test_delayed_message_comes_later(sqs: Served) -> None:
    sqs.client.send_message(QueueUrl=sqs.url, MessageBody="later", DelaySeconds=10)
    assert _receive(sqs) == []
    sqs.clock.offset = 11
    assert [message["Body"] for message in _receive(sqs)] == ["later"]


def test_waiting_receiver_gets_a_message_at_once(sqs: Served) -> None:
    threading.Timer(0.3, lambda: sqs.store.send(sqs.queues["arn:work"], "now", {}, {})).start()
    began = time.monotonic()
    (message,) = _receive(sqs, WaitTimeSeconds=20)
    assert message["Body"] == "now"
    assert time.monotonic() - began < 15


def test_restart_keeps_messages_and_gives_back_those_in_flight(sqs: Served) -> None:
    for body in ("one", "two"):
        sqs.client.send_message(QueueUrl=sqs.url, MessageBody=body)
    (first, second) = _receive(sqs)
    sqs.store.delete(sqs.queues["arn:work"], first["ReceiptHandle"])
    again = MessageStore(sqs.path, sqs.queues)
    (message,) = again.receive(sqs.queues["arn:work"], 10)
    assert (message.id, message.received) == (second["MessageId"], 2)


def test_retention_and_purge(sqs: Served) -> None:
    sqs.client.send_message(QueueUrl=sqs.url, MessageBody="old")
    sqs.clock.offset = 1001
    sqs.client.send_message(QueueUrl=sqs.url, MessageBody="new")
    assert sqs.store.expire() == 1
    assert sqs.store.counts(sqs.queues["arn:work"]) == (1, 0, 0)
    sqs.client.purge_queue(QueueUrl=sqs.url)
    assert sqs.store.counts(sqs.queues["arn:work"]) == (0, 0, 0)


def test_names_and_refused_requests(sqs: Served) -> None:
    assert sqs.client.list_queues(QueueNamePrefix="d")["QueueUrls"] == [sqs.dead_url]
    with pytest.raises(sqs.client.exceptions.QueueDoesNotExist):
        sqs.client.send_message(QueueUrl="http://x/1/absent", MessageBody="x")
    for call, parameters in (
        (sqs.client.send_message, {"MessageBody": ""}),
        (sqs.client.receive_message, {"MaxNumberOfMessages": 11}),
        (sqs.client.receive_message, {"WaitTimeSeconds": 21}),
        (sqs.client.receive_message, {"VisibilityTimeout": 43_201}),
    ):
        with pytest.raises(ClientError):
            call(QueueUrl=sqs.url, **parameters)
    with pytest.raises(ClientError):
        sqs.client.create_queue(QueueName="mine")


def test_other_services_and_keys_are_refused(sqs: Served) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        clients(sqs.install, sqs.endpoint, "dynamodb").list_tables()
    stranger = Install(Path("nowhere"), bytes(32))
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        clients(stranger, sqs.endpoint, "sqs").list_queues()
