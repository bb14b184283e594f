"""The hourly look at the national white list: its item, its counts, its log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from functions.aws import clients
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.peers.kept import MAX_AGE
from functions.refresh_white_list.handler import handler
from simulators.pki import SIGNATURE
from simulators.whitelist.lists import Domain
from simulators.whitelist.publisher import SIGNER, Publisher, to_bytes
from simulators.whitelist.wrong import LISTS
from tests.fakes.logs import written
from tests.fakes.world import keys
from tests.handlers.conftest import CONTEXT, Outside, event

OWN = Domain("900", "db.drimbox.example", "vi.drimbox.example", "Us", "CN=db.drimbox.example,C=FR")


@dataclass
class Ans:
    """The publisher, as the network shows it; ``status`` is that of its next answers."""

    publisher: Publisher
    kind: str = ""
    status: int = 200
    asked: int = 0

    def white_list(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.kind:
            content = LISTS[self.kind].make(self.publisher)
        else:
            content = to_bytes(self.publisher.signed())
        return httpx.Response(self.status, content=content)

    def revocations(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self.publisher.revocation_list())


@pytest.fixture
def ans(site: None, outside: Outside) -> Ans:
    now = datetime.now(UTC)
    authority = keys().authority
    signer = authority.issue(SIGNER, SIGNATURE, now)
    publisher = Publisher(authority, signer, lambda: datetime.now(UTC))
    publisher.domains = (OWN, *publisher.domains)
    made = Ans(publisher)
    outside.hosts["white-list.example"] = made.white_list
    outside.hosts["igc.example"] = made.revocations
    return made


def call(*, at_once: bool = False) -> str:
    scheduled = event("refresh_white_list/scheduled")
    told = event("refresh_white_list/at_once") if at_once else scheduled
    return str(handler(told, CONTEXT)["outcome"])


def counted(output: str) -> dict[str, int]:
    """The three gauges, each without dimensions."""
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    for line in lines:
        assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    return {name: line[name] for line in lines for name in line if name.startswith("WhiteList")}


def age(kept_for: timedelta) -> None:
    """The kept list was verified that long ago."""
    store = DynamoWhiteLists("peers")
    kept = store.get()
    assert kept is not None
    at = (kept.checked_at - kept_for).isoformat()
    clients.dynamodb().update_item(
        TableName="peers",
        Key={"tenant": {"S": "*"}, "item": {"S": "white_list"}},
        UpdateExpression="SET checked_at = :at",
        ExpressionAttributeValues={":at": {"S": at}},
    )


def item() -> dict[str, Any]:
    items = clients.dynamodb().scan(TableName="peers")["Items"]
    [found] = [one for one in items if one["item"]["S"] == "white_list"]
    return found


def test_a_good_list_is_kept_and_not_asked_again_for_half_a_day(
    ans: Ans, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call() == "kept"
    kept = DynamoWhiteLists("peers").get()
    assert kept is not None
    assert kept.white_list.entry_for_host("db.drimbox.example") is not None
    assert counted(capsys.readouterr().out) == {
        "WhiteListAgeHours": 0,
        "WhiteListRefused": 0,
        "WhiteListLacksUs": 0,
    }
    assert call() == "not_due"
    assert call(at_once=True) == "kept"
    assert ans.asked == 2
    age(timedelta(hours=12, minutes=1))
    capsys.readouterr()
    ans.status = 503
    assert call() == "white_list_unreachable"
    output = capsys.readouterr().out
    assert counted(output)["WhiteListAgeHours"] == 12
    assert counted(output)["WhiteListRefused"] == 0


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("tampered", "white_list_altered"),
        ("unsigned", "white_list_unsigned"),
        ("older", "white_list_older"),
        ("revoked_signer", "white_list_revoked_signer"),
    ],
)
def test_a_refused_list_leaves_the_kept_one_and_calls_somebody(
    ans: Ans, capsys: pytest.CaptureFixture[str], kind: str, outcome: str
) -> None:
    call()
    before = item()
    ans.kind = kind
    capsys.readouterr()
    with written() as log:
        assert call(at_once=True) == outcome
    assert counted(capsys.readouterr().out) == {
        "WhiteListAgeHours": 0,
        "WhiteListRefused": 1,
        "WhiteListLacksUs": 0,
    }
    [line] = [one for one in log.getvalue().splitlines() if outcome in one and "ERROR" in one]
    assert json.loads(line)["message"] == "white list"
    assert item() == before
    ans.kind = ""
    assert call(at_once=True) == "kept"


def test_a_list_that_nobody_verified_for_three_days_lists_nobody(
    ans: Ans, capsys: pytest.CaptureFixture[str]
) -> None:
    call()
    age(MAX_AGE + timedelta(hours=1))
    ans.status = 404
    capsys.readouterr()
    with written() as log:
        assert call() == "white_list_unreachable"
    assert counted(capsys.readouterr().out)["WhiteListAgeHours"] == 73
    assert "no white list holds" in log.getvalue()


def test_before_the_first_list_its_age_is_beyond_every_limit(
    ans: Ans, capsys: pytest.CaptureFixture[str]
) -> None:
    ans.kind = "unsigned"
    assert call() == "white_list_unsigned"
    assert counted(capsys.readouterr().out)["WhiteListAgeHours"] == 365 * 24
    [refusal] = clients.dynamodb().scan(TableName="peers")["Items"]
    assert refusal["code"]["S"] == "white_list_unsigned"


def test_a_list_without_us_and_lines_that_cannot_be_told_are_shown(
    ans: Ans, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Domain("1", "", "", "", "")
    ans.publisher.domains = (*ans.publisher.domains[1:], wrong)
    with written() as log:
        assert call() == "kept"
    assert counted(capsys.readouterr().out)["WhiteListLacksUs"] == 1
    assert "does not name our own host" in log.getvalue()
    [line] = [one for one in log.getvalue().splitlines() if "cannot be told" in one]
    assert json.loads(line)["count"] == 1


def test_a_kept_list_that_nobody_wrote_so_rings_and_is_not_replaced(
    ans: Ans, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can tell whether the new list is older than it."""
    call()
    key = {"tenant": {"S": "*"}, "item": {"S": "white_list"}}
    clients.dynamodb().put_item(TableName="peers", Item={**key, "revision": {"N": "1"}})
    capsys.readouterr()
    with pytest.raises(StorageUnavailable):
        call(at_once=True)
    assert counted(capsys.readouterr().out)["WhiteListAgeHours"] == 365 * 24
    with pytest.raises(StorageUnavailable):
        DynamoWhiteLists("peers").get()


def test_a_refusal_that_nobody_wrote_so_cannot_be_read(ans: Ans) -> None:
    key = {"tenant": {"S": "*"}, "item": {"S": "white_list_refusal"}}
    clients.dynamodb().put_item(TableName="peers", Item={**key, "at": {"S": "long ago"}})
    with pytest.raises(StorageUnavailable):
        DynamoWhiteLists("peers").refusal()
