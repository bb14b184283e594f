"""The loan."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from agent.cloud.door import Door
from agent.cloud.lending import Lending
from agent.work.ports import CloudAway, Health, NotServed
from tests.agent.cloud.samples import LOAN
from tests.fakes.memory import VirtualClock

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
HEALTH = Health(NOW, pacs=True, messages=3, oldest_at=NOW, disk_free_bytes=9)


class Scene:
    """A loan whose answers may be changed."""

    def __init__(self, **changes: Any) -> None:
        self.clock = VirtualClock(NOW)
        self.asked: list[Any] = []
        self.status = 200
        self.facts: Any = {**LOAN, **changes}
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.lending = Lending(Door(client, "https://in.example"), self.clock, "1.0.0")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        return httpx.Response(self.status, json=self.facts)


def test_a_beat_tells_health_and_brings_rights() -> None:
    scene = Scene()
    with pytest.raises(CloudAway, match="no rights"):
        scene.lending.lent()
    assert scene.lending.site is None
    assert scene.lending.beat(HEALTH) == NOW + timedelta(seconds=2)
    assert scene.asked == [
        {
            "version": "1.0.0",
            "protocols": [1],
            "credentials": True,
            "health": {
                "at": "2026-11-30T06:00:00Z",
                "pacs": "reachable",
                "spool": {"messages": 3, "oldest_at": "2026-11-30T06:00:00Z"},
                "disk_free_bytes": 9,
            },
        }
    ]
    lent = scene.lending.lent()
    assert (lent.credentials.access_key_id, lent.queue_url) == ("AK", "https://sqs.example/1/demo")
    assert (lent.bucket, lent.kms_key, lent.region) == ("cache", "arn:key", "eu-west-3")
    assert scene.lending.site is not None
    assert scene.lending.site["time_zone"] == "Europe/Paris"
    assert "SK" not in repr(lent)


@pytest.mark.parametrize(("pacs", "told"), [(None, "unknown"), (False, "unreachable")])
def test_a_beat_without_much_to_tell(pacs: bool | None, told: str) -> None:
    scene = Scene()
    scene.lending.beat(Health(NOW, pacs=pacs, messages=0, oldest_at=None, disk_free_bytes=9))
    assert scene.asked[0]["health"]["pacs"] == told
    assert scene.asked[0]["health"]["spool"] == {"messages": 0, "oldest_at": None}


def test_rights_are_renewed_before_they_end_and_never_used_after() -> None:
    scene = Scene()
    scene.lending.beat(HEALTH)
    first = scene.lending.lent()
    scene.facts = {**LOAN, "credentials": None}
    scene.clock.advance(timedelta(minutes=44))
    scene.lending.beat(HEALTH)
    assert scene.lending.lent() is first
    scene.clock.advance(timedelta(minutes=2))
    scene.lending.beat(HEALTH)
    assert [one["credentials"] for one in scene.asked] == [True, False, True]
    scene.clock.advance(timedelta(minutes=14))
    with pytest.raises(CloudAway, match="no rights"):
        scene.lending.lent()


def test_an_agent_that_was_removed_has_no_rights_any_more() -> None:
    scene = Scene()
    scene.lending.beat(HEALTH)
    scene.status = 404
    with pytest.raises(NotServed) as refused:
        scene.lending.beat(HEALTH)
    assert refused.value.code == "agent_unknown"
    with pytest.raises(CloudAway):
        scene.lending.lent()


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": 2},
        {"time": "yesterday"},
        {"queue": {}},
        {"credentials": {"access_key_id": "AK"}},
        {"endpoints": {"sqs": "http://sqs.example", "s3": "https://s3.example"}},
        {"incoming": {"bucket": "", "kms_key": "k"}},
        {"site": 7},
    ],
)
def test_a_loan_that_is_not_understood_is_none(changes: dict[str, Any]) -> None:
    scene = Scene(**changes)
    with pytest.raises(CloudAway, match="not understood"):
        scene.lending.beat(HEALTH)
    with pytest.raises(CloudAway):
        scene.lending.lent()


def test_another_status_is_no_loan_and_this_machine_needs_no_tls() -> None:
    scene = Scene()
    scene.status = 400
    with pytest.raises(CloudAway, match="400"):
        scene.lending.beat(HEALTH)
    local = Scene(endpoints={"sqs": "http://127.0.0.1:9/", "s3": "http://localhost:9"})
    local.lending.beat(HEALTH)
    assert local.lending.lent().sqs_url == "http://127.0.0.1:9/"


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({}, ""),
        ({"outgoing": None}, ""),
        ({"outgoing": {"url": "https://r.example"}}, "https://r.example"),
    ],
)
def test_the_place_of_imports_is_told_by_a_cloud_that_has_them(
    told: dict[str, Any], url: str
) -> None:
    scene = Scene(**told)
    assert not scene.lending.has_imports
    scene.lending.beat(HEALTH)
    assert scene.lending.lent().outgoing_url == url
    assert scene.lending.has_imports is bool(url)
    plain = Scene(outgoing={"url": "http://r.example"})
    with pytest.raises(CloudAway):
        plain.lending.beat(HEALTH)
