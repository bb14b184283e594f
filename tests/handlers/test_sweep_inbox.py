"""The sweep of the tenants' inboxes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.aws import clients
from functions.aws.inbox_sweep import DynamoLastSweep, S3Arrivals
from functions.aws.incoming_bodies import S3Incoming
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.publication.sweeping import NEVER, Position
from functions.start_publication.handler import handler as start_publication
from functions.sweep_inbox.handler import handler as sweep_inbox
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.logs import written
from tests.handlers.conftest import CONTEXT, another_tenant, event, now, stores
from tests.handlers.journey import Journey, executions


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in the inbox came an hour ago."""
    under = S3Arrivals.under

    def listed(self: S3Arrivals, folder: str, after: str = "") -> Any:
        return ((key, at - timedelta(hours=1)) for key, at in under(self, folder, after))

    monkeypatch.setattr(S3Arrivals, "under", listed)


def swept_at(tenant: str = "demo") -> datetime | None:
    at = DynamoLastSweep("operations", tenant).get().swept_at
    return None if at == NEVER else at


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
    DynamoLastSweep("operations", "fresh").put(Position(now(), now()))
    _by_the_former_release("apart", now() - timedelta(hours=3))
    under, get, order = S3Arrivals.under, DynamoLastSweep.get, []

    def listed(self: S3Arrivals, folder: str, after: str = "") -> Any:
        if folder == "notes/":
            order.append(self._tenant)
        if self._tenant == "demo":
            raise StorageUnavailable("inbox list")
        return under(self, folder, after)

    def read(self: DynamoLastSweep) -> Position:
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


def _by_the_former_release(tenant: str, at: datetime) -> None:
    item = {"tenant": tenant, "item": "inbox_swept", "swept_at": at.isoformat()}
    values = {name: {"S": text} for name, text in item.items()}
    clients.dynamodb().put_item(TableName="operations", Item=values)


def test_a_large_inbox_lets_the_others_have_their_turn(
    site: None, older: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its listing outlasts the function: it came first each time, and was never done."""
    for slug in ("apart", "large"):
        another_tenant(slug)
    for slug, count in (("large", 5), ("apart", 1), ("demo", 1)):
        for number in range(count):
            key = f"{slug}/messages/{number:032x}.hl7"
            clients.s3().put_object(Bucket="inbox", Key=key, Body=b"x")
    for slug, hours in (("large", 24), ("apart", 2), ("demo", 1)):
        _by_the_former_release(slug, now() - timedelta(hours=hours))
    time, under = [now()], S3Arrivals.under

    class Clock:
        def now(self) -> datetime:
            return time[0]

    def slowly(self: S3Arrivals, folder: str, after: str = "") -> Any:
        for one in under(self, folder, after):
            time[0] += timedelta(minutes=4) if self._tenant == "large" else timedelta(0)
            yield one

    monkeypatch.setattr("functions.aws.stores.CLOCK", Clock())
    monkeypatch.setattr("functions.sweep_inbox.handler.CLOCK", Clock())
    monkeypatch.setattr("functions.sweep_inbox.handler._BUDGET", timedelta(minutes=3))
    monkeypatch.setattr(S3Arrivals, "under", slowly)
    with written() as log:
        done = [_visited() for _ in range(2)]
    # It gave way after its share, and kept its position; the next sweep began with the others.
    assert done == [{"large": 1}, {"apart": 1, "demo": 1, "large": 1}]
    assert "left for the next sweep" in log.getvalue()
    for _ in range(4):
        _visited()
    assert DynamoLastSweep("operations", "large").get().part is None


def _visited() -> dict[str, int]:
    """A sweep; how many messages of each tenant it queued."""
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found: dict[str, int] = {}
    while messages := clients.sqs().receive_message(QueueUrl=url).get("Messages", []):
        for one in messages:
            tenant = json.loads(one["Body"])["tenant"]
            found[tenant] = found.get(tenant, 0) + 1
            clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


def test_the_inbox_is_listed_page_after_page(aws: None) -> None:
    for number in range(3):
        clients.s3().put_object(Bucket="inbox", Key=f"demo/messages/{number}.hl7", Body=b"x")
    clients.s3().put_object(Bucket="inbox", Key="demo2/messages/9.hl7", Body=b"x")
    listed = [key for key, _ in S3Arrivals("inbox", "demo").under("messages/")]
    assert listed == [f"messages/{number}.hl7" for number in range(3)]
    rest = [key for key, _ in S3Arrivals("inbox", "demo").under("messages/", "messages/0.hl7")]
    assert rest == listed[1:]


@pytest.fixture
def behind(site: None) -> None:
    """The site is behind an agent, which put three bodies a day ago: one was accepted."""
    facts = tenant_facts()
    facts.pop("pacs_url")
    put_tenant({**facts, "link": "agent"})
    for key in ("demo/incoming/1.2/accepted", "demo/incoming/1.2/left", "demo/studies/1.2/own"):
        clients.s3().put_object(Bucket="cache", Key=key, Body=b"images")
    tags: Any = {"TagSet": [{"Key": "days", "Value": "2"}]}
    clients.s3().put_object_tagging(Bucket="cache", Key="demo/incoming/1.2/accepted", Tagging=tags)


def aged(monkeypatch: pytest.MonkeyPatch, age: timedelta) -> None:
    """Each body was put so long ago."""
    every = S3Incoming.all

    def listed(self: S3Incoming) -> Any:
        return (replace(one, at=one.at - age) for one in every(self))

    monkeypatch.setattr(S3Incoming, "all", listed)


def cached() -> list[str]:
    return [one["Key"] for one in clients.s3().list_objects_v2(Bucket="cache")["Contents"]]


def test_a_body_that_nobody_accepted_ends_after_a_day(
    behind: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stayed for thirty days: an agent can set no tag, which the lifecycle obeys."""
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    assert len(cached()) == 3
    aged(monkeypatch, timedelta(days=1))
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    assert cached() == ["demo/incoming/1.2/accepted", "demo/studies/1.2/own"]
    assert "IncomingBodies" not in capsys.readouterr().out


def test_a_site_that_is_reached_directly_is_not_looked_at(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: S3Incoming) -> Any:
        raise AssertionError

    monkeypatch.setattr(S3Incoming, "all", refused)
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)


def test_agents_that_put_too_much_are_counted_and_a_failure_stops_nothing(
    behind: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("functions.drimbox.agents.incoming.MOST_A_DAY", 11)
    sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT)
    out = capsys.readouterr().out
    assert '"IncomingBodies": 1' in out

    def away(_: S3Incoming) -> Any:
        raise StorageUnavailable("incoming list")

    monkeypatch.setattr(S3Incoming, "all", away)
    assert sweep_inbox(event("sweep_inbox/scheduled"), CONTEXT) == {"outcome": "swept"}
    assert '"InternalFailures": 1' in capsys.readouterr().out


def test_a_body_that_has_gone_is_not_erased_and_many_go_in_parts(site: None) -> None:
    place = S3Incoming("cache", "demo", "incoming/")
    assert place.is_kept("demo/incoming/none")
    keys = [f"demo/incoming/{number}" for number in range(1001)]
    place.erase(keys)
    with pytest.raises(StorageUnavailable):
        S3Incoming("no-such-bucket", "demo", "incoming/").is_kept("demo/incoming/1")
