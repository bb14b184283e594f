"""The site's queue."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from agent.cloud import queue as module
from agent.cloud.queue import SqsBell
from agent.work.ports import CloudAway, Ring
from agent.work.wire import Pointer
from tests.agent.cloud.aws_scenes import Lends, aws_server, client, lent_at, rented
from tests.agent.cloud.samples import LENT
from tests.agent.work.samples import NAME


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with aws_server() as found:
        yield found


def test_a_message_rings_is_held_and_goes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONG_POLL", 0)
    lent = lent_at(url)
    bell = SqsBell(rented(Lends(lent)))
    assert bell.ring() is None
    sqs = client("sqs", url)
    body = json.dumps({"job": NAME, "kind": "index", "protocol": 1})
    sqs.send_message(QueueUrl=lent.queue_url, MessageBody=body)
    ring = bell.ring()
    assert ring is not None
    assert ring.pointer == Pointer(NAME, "index")
    assert bell.ring() is None
    bell.hold(ring)
    bell.done(ring)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=lent.queue_url, AttributeNames=names)["Attributes"]
    assert set(left.values()) == {"0"}
    sqs.send_message(QueueUrl=lent.queue_url, MessageBody="nothing of ours")
    ring = bell.ring()
    assert ring is not None
    assert ring.pointer is None


def test_a_message_is_given_back_by_the_rights_that_brought_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONG_POLL", 0)
    lends = Lends(lent_at(url))
    assert lends.now is not None
    bell = SqsBell(rented(lends))
    body = json.dumps({"job": NAME, "kind": "index", "protocol": 1})
    client("sqs", url).send_message(QueueUrl=lends.now.queue_url, MessageBody=body)
    lent, ring = lends.now, bell.ring()
    assert ring is not None
    lends.now = None
    bell.give_back(ring)
    lends.now = lent
    again = bell.ring()
    assert again is not None
    assert again.pointer == ring.pointer


def test_a_message_of_no_loan_is_not_given_back() -> None:
    lends = Lends(LENT)
    lends.now = None
    with pytest.raises(CloudAway, match="no rights"):
        SqsBell(rented(lends)).give_back(Ring(None, "h"))


def test_a_queue_that_is_not_ours_is_the_cloud_s_absence(url: str) -> None:
    lent = lent_at(url)
    lends = Lends(lent)
    bell = SqsBell(rented(lends))
    object.__setattr__(lent, "queue_url", lent.queue_url + "x")
    for call in (bell.ring, lambda: bell.hold(Ring(None, "h")), lambda: bell.done(Ring(None, "h"))):
        with pytest.raises(CloudAway, match="status 400"):
            call()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"Messages": [{}]}', b'{"Messages": 7}'])
def test_an_answer_that_is_not_understood_is_none(body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with pytest.raises(CloudAway, match="not understood"):
        SqsBell(rented(Lends(LENT), transport)).ring()
