"""The sealing of every tenant's audit: its seals, its metrics, its tolerance of faults."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.aws import clients, stores
from functions.aws.audit import S3Audit
from functions.aws.audit_trail import S3Seals
from functions.drimbox.errors import StorageUnavailable
from functions.seal_audit import handler as module
from functions.seal_audit.handler import handler as seal_audit
from tests.fakes.memory import VirtualClock
from tests.handlers.conftest import CONTEXT, event

DAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    made = VirtualClock(DAY)
    monkeypatch.setattr(stores, "CLOCK", made)
    monkeypatch.setattr(module, "CLOCK", made)
    return made


def _record(tenant: str, clock: VirtualClock, key: str = "1") -> None:
    S3Audit("audit", tenant, clock).record("e", key=key, result="ok", who="1", facts={})


def _seal() -> None:
    assert seal_audit(event("seal_audit/scheduled"), CONTEXT) == {"outcome": "sealed"}


def _metrics(name: str, output: str) -> list[tuple[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines() if f'"{name}":' in line]
    return [(line.get("tenant", ""), line[name]) for line in lines]


def _seals() -> list[str]:
    listed = clients.s3().list_objects_v2(Bucket="seals").get("Contents", [])
    return [one["Key"] for one in listed]


def test_every_tenant_with_a_record_is_sealed(
    site: None, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one whose file is gone: its last days need their seals too."""
    _record("demo", clock)
    _record("gone", clock)
    _seal()
    assert _seals() == []
    assert _metrics("HoursSinceSealedDay", capsys.readouterr().out) == [("demo", 0), ("gone", 0)]
    clock.at = DAY.replace(hour=2) + timedelta(days=1)
    _seal()
    assert _seals() == ["demo/seals/2026-11-24.jsonl", "gone/seals/2026-11-24.jsonl"]
    assert _metrics("HoursSinceSealedDay", capsys.readouterr().out) == [("demo", 26), ("gone", 26)]
    clock.at += timedelta(days=1)
    _seal()
    (first, second, *_) = _seals()
    bodies = [
        clients.s3().get_object(Bucket="seals", Key=key)["Body"].read() for key in (first, second)
    ]
    assert json.loads(bodies[1])["previous"] == hashlib.sha256(bodies[0]).hexdigest()


def test_an_installation_without_a_record_is_not_behind(
    site: None, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    _seal()
    assert _metrics("HoursSinceSealedDay", capsys.readouterr().out) == [("", 0)]


def test_a_late_record_is_counted(
    site: None, clock: VirtualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    _record("demo", clock)
    clock.at = DAY + timedelta(days=1)
    _seal()
    _record("demo", VirtualClock(DAY), "2")
    clock.at = DAY + timedelta(days=2)
    capsys.readouterr()
    _seal()
    assert _metrics("LateAuditRecords", capsys.readouterr().out) == [("demo", 1)]


@pytest.mark.parametrize(
    "error", [StorageUnavailable("s3 put: SlowDown"), KeyError("a field that we never wrote")]
)
def test_a_tenant_that_cannot_be_sealed_stops_nobody_and_still_tells_its_age(
    site: None,
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    _record("demo", clock)
    _record("other", clock)
    clock.at = DAY + timedelta(days=3)
    write = S3Seals.put_once

    def fail(self: S3Seals, *given: Any) -> bool:
        if self._tenant == "demo":
            raise error
        return write(self, *given)

    monkeypatch.setattr(S3Seals, "put_once", fail)
    _seal()
    output = capsys.readouterr().out
    assert _metrics("HoursSinceSealedDay", output) == [("demo", 81), ("other", 81)]
    assert _metrics("InternalFailures", output) == [("demo", 1)]
    assert [key.partition("/")[0] for key in _seals()] == ["other"] * 3


def test_a_run_without_time_goes_on_at_the_next_one(
    site: None,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _record("demo", clock)
    clock.at = DAY + timedelta(days=1)
    monkeypatch.setattr(module, "TIME", timedelta())
    _seal()
    assert _seals() == []
    monkeypatch.setattr(module, "TIME", timedelta(minutes=10))
    _seal()
    assert _seals() == ["demo/seals/2026-11-24.jsonl"]
