"""The sweep of the tenants' inboxes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.inbox_sweep import DynamoLastSweep, S3Arrivals
from functions.drimbox.errors import StorageUnavailable
from functions.start_publication.handler import handler as start_publication
from functions.sweep_inbox.handler import handler as sweep_inbox
from tests.handlers.conftest import CONTEXT, another_tenant, event, now, stores
from tests.handlers.journey import Journey, executions


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in the inbox came an hour ago."""
    under = S3Arrivals.under

    def listed(self: S3Arrivals, folder: str) -> Any:
        return ((key, at - timedelta(hours=1)) for key, at in under(self, folder))

    monkeypatch.setattr(S3Arrivals, "under", listed)


def swept_at(tenant: str = "demo") -> datetime | None:
    return DynamoLastSweep("operations", tenant).get()


def test_a_message_that_its_queue_lost_is_published_after_all(
    journey: Journey, older: None, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = journey.accept()
    assert sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT) == {"outcome": "swept"}
    assert '"RequeuedMessages": 1' in capsys.readouterr().out
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    (again,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    record = {**lost, "body": again["Body"]}
    assert start_publication({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    message_id = journey.change["message_id"]
    assert [one["message_id"] for one in executions()] == [message_id]
    assert stores().messages.get(message_id) is not None
    assert swept_at() is not None


def test_one_tenant_stops_no_other_and_the_one_longest_ago_comes_first(
    site: None,
    older: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for slug in ("apart", "fresh", "unread", "zz-never"):
        another_tenant(slug)
    another_tenant("broken", time_zone="Nowhere")
    DynamoLastSweep("operations", "fresh").put(now())
    DynamoLastSweep("operations", "apart").put(now() - timedelta(hours=3))
    under, get, order = S3Arrivals.under, DynamoLastSweep.get, []

    def listed(self: S3Arrivals, folder: str) -> Any:
        if folder == "notes/":
            order.append(self._tenant)
        if self._tenant == "demo":
            raise StorageUnavailable("inbox list")
        return under(self, folder)

    def read(self: DynamoLastSweep) -> datetime | None:
        if self._key["tenant"] == {"S": "unread"}:
            raise StorageUnavailable("sweep get")
        return get(self)

    monkeypatch.setattr(S3Arrivals, "under", listed)
    monkeypatch.setattr(DynamoLastSweep, "get", read)
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    assert order == ["demo", "zz-never", "apart", "fresh"]
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 3
    assert (swept_at(), swept_at("zz-never") is None) == (None, False)


def test_a_sweep_ends_in_time_and_the_rest_has_its_turn_next(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.sweep_inbox.handler._BUDGET", timedelta(seconds=-1))
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    assert swept_at() is None


def test_the_inbox_is_listed_page_after_page(aws: None) -> None:
    for number in range(3):
        clients.s3().put_object(Bucket="inbox", Key=f"demo/messages/{number}.hl7", Body=b"x")
    clients.s3().put_object(Bucket="inbox", Key="demo2/messages/9.hl7", Body=b"x")
    listed = [key for key, _ in S3Arrivals("inbox", "demo").under("messages/")]
    assert listed == [f"messages/{number}.hl7" for number in range(3)]
