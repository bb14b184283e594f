"""The waits in DynamoDB, beyond the contract: pages, failures, and the ceiling of all starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.aws import clients
from functions.aws.waits import DynamoStarts, DynamoWaits
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.waiting.wait import Wait
from tests.fakes.failing import failing
from tests.fakes.memory import VirtualClock

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def wait(number: int) -> Wait:
    change = Change("demo", f"m{number}", Uid("1.2.3"), 0, 0, Waited(1, "dmp", 0, AT))
    return Wait(change, Step.PUBLISH_MANIFEST, "dmp", AT, AT, AT)


def test_every_page_of_a_tenant_s_waits_is_read(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = DynamoWaits("waits", "demo")
    for number in range(5):
        waits.put(wait(number))
    DynamoWaits("waits", "other").put(wait(9))
    query = clients.dynamodb().query
    monkeypatch.setattr(clients.dynamodb(), "query", lambda **more: query(**more, Limit=2))
    assert {one.change.message_id for one in waits.all()} == {f"m{n}" for n in range(5)}


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem", "Query", "GetItem"])
def test_a_table_that_is_away_is_told_by_our_own_error(aws: None, operation: str) -> None:
    waits = DynamoWaits("waits", "demo")
    act = {
        "PutItem": lambda: waits.put(wait(1)),
        "DeleteItem": lambda: waits.forget(wait(1)),
        "Query": waits.all,
        "GetItem": waits.ticker,
    }[operation]
    with (
        failing(clients.dynamodb(), operation, "InternalServerError"),
        pytest.raises(StorageUnavailable),
    ):
        act()


def test_all_tenants_together_start_so_many_a_second(aws: None) -> None:
    clock = VirtualClock()
    starts = DynamoStarts("waits", 100, clock)
    assert [starts.take(50), starts.take(30), starts.take(50), starts.take(1)] == [50, 30, 20, 0]
    clock.advance(timedelta(seconds=1))
    assert starts.take(200) == 100


def test_starts_that_too_many_count_at_once_are_for_later(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.aws.waits.put_over", lambda *_: False)
    assert DynamoStarts("waits", 100, VirtualClock()).take(5) == 0


def test_a_wait_ends_long_after_its_patience(aws: None) -> None:
    DynamoWaits("waits", "demo").put(replace(wait(1), until=AT + timedelta(days=4)))
    (item,) = clients.dynamodb().scan(TableName="waits")["Items"]
    assert int(item["ends_at"]["N"]) == int((AT + timedelta(days=34)).timestamp())
