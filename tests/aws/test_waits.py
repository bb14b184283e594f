"""The waits in DynamoDB, beyond the contract: pages, failures, and the ceiling of all starts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from functions.aws import clients
from functions.aws.waits import DynamoStarts, DynamoWaits, not_started
from functions.drimbox.errors import StartRefused, StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.waiting.ticker import Ticker
from functions.drimbox.publication.waiting.wait import Wait
from tests.fakes.failing import failing
from tests.fakes.logs import written
from tests.fakes.memory import VirtualClock

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The functions' log."""
    with written() as stream:
        yield stream


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


def test_starts_that_many_count_at_once_use_the_whole_second(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each of the first writes another tenant's comes: nothing of the room is lost."""
    clock, dynamodb = VirtualClock(), clients.dynamodb()
    add, others = dynamodb.update_item, iter([20, 10, 5, 5, 4, 1])

    def beaten(**call: Any) -> Any:
        monkeypatch.setattr(dynamodb, "update_item", add)
        if other := next(others, 0):
            assert DynamoStarts("waits", 100, clock).take(other) == other
        monkeypatch.setattr(dynamodb, "update_item", beaten)
        return add(**call)

    monkeypatch.setattr(dynamodb, "update_item", beaten)
    assert DynamoStarts("waits", 100, clock).take(90) == 55
    monkeypatch.setattr(dynamodb, "update_item", add)
    assert DynamoStarts("waits", 100, clock).take(50) == 0


def test_a_ceiling_that_is_away_is_told_by_our_own_error(aws: None) -> None:
    with (
        failing(clients.dynamodb(), "UpdateItem", "InternalServerError"),
        pytest.raises(StorageUnavailable),
    ):
        DynamoStarts("waits", 100, VirtualClock()).take(1)


def kept(number: int) -> dict[str, Any]:
    """The item of a wait."""
    waits = DynamoWaits("waits", "demo")
    waits.put(wait(number))
    key = {"tenant": {"S": "demo"}, "wait": {"S": f"wait#m{number}#1.2.3"}}
    return dict(clients.dynamodb().get_item(TableName="waits", Key=key)["Item"])


@pytest.mark.parametrize(
    "changed",
    [
        None,
        {"step": {"S": "a_step_of_tomorrow"}},
        {"study_instance_uid": {"S": "01.2"}},
        {"wake": {"S": "1"}},
        {"until": {"S": "2026-11-24T09:00:00"}},
        {"not_before": {"S": "soon"}},
        {"message_id": {"S": "m7"}},
    ],
)
def test_a_wait_that_cannot_be_read_is_told_and_stays_and_stops_no_other(
    aws: None, log: io.StringIO, capsys: pytest.CaptureFixture[str], changed: Any
) -> None:
    item = kept(1)
    pointers = {"tenant": item["tenant"], "wait": item["wait"]}
    clients.dynamodb().put_item(
        TableName="waits", Item=pointers if changed is None else item | changed
    )
    waits = DynamoWaits("waits", "demo")
    waits.put(wait(2))
    assert waits.all() == (wait(2),)
    assert waits.of("m1") == ()
    first = json.loads(log.getvalue().splitlines()[0])
    assert (first["level"], first["message"]) == ("ERROR", "wait unreadable")
    assert (first["message_id"], first["study_instance_uid"]) == ("m1", "1.2.3")
    assert '"InternalFailures": 1' in capsys.readouterr().out
    assert "Item" in clients.dynamodb().get_item(TableName="waits", Key=pointers)


def test_a_key_without_pointers_is_told_too(aws: None, log: io.StringIO) -> None:
    key = {"tenant": {"S": "demo"}, "wait": {"S": "wait#"}}
    clients.dynamodb().put_item(TableName="waits", Item=key)
    assert DynamoWaits("waits", "demo").all() == ()
    assert "wait unreadable" in log.getvalue()


def test_a_ticker_that_cannot_be_read_keeps_its_number(aws: None, log: io.StringIO) -> None:
    item: dict[str, Any] = {
        "tenant": {"S": "demo"},
        "wait": {"S": "ticker"},
        "revision": {"N": "7"},
        "probes": {"L": []},
    }
    clients.dynamodb().put_item(TableName="waits", Item=item)
    waits = DynamoWaits("waits", "demo")
    assert waits.ticker() == Ticker(7)
    assert "wait unreadable" in log.getvalue()
    assert waits.put_ticker(Ticker(7, AT))
    assert waits.ticker() == Ticker(8, AT)


def test_a_change_that_cannot_be_started_is_told_by_its_pointers(
    log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    not_started(wait(1).change, StartRefused("workflow start: InvalidName"))
    not_started(wait(2).change, ValueError("a value of a patient"))
    first, second = (json.loads(line) for line in log.getvalue().splitlines())
    assert (first["level"], first["message_id"]) == ("ERROR", "m1")
    assert first["detail"] == "workflow start: InvalidName"
    assert (second["message_id"], second["detail"]) == ("m2", "")
    assert "patient" not in log.getvalue()
    assert capsys.readouterr().out.count('"InternalFailures": 1') == 2


def test_a_wait_ends_long_after_its_patience(aws: None) -> None:
    DynamoWaits("waits", "demo").put(replace(wait(1), until=AT + timedelta(days=4)))
    (item,) = clients.dynamodb().scan(TableName="waits")["Items"]
    assert int(item["ends_at"]["N"]) == int((AT + timedelta(days=34)).timestamp())


@pytest.mark.parametrize("since", [None, AT - timedelta(hours=1)])
def test_a_wait_for_an_agent_s_answer_keeps_the_wait_before_it(
    aws: None, since: datetime | None
) -> None:
    """The step that asked goes on with it: it counts its own pauses."""
    waits, key = DynamoWaits("waits", "demo"), f"index#{'0' * 64}"
    waited = Waited(3, "study/1.2.3" if since else "", 2, since, key)
    change = replace(wait(1).change, waited=waited)
    parked = Wait(change, Step.INDEX_STUDY, f"job/{key}", AT, AT, AT)
    assert waits.put(parked)
    assert waits.all() == (parked,)
