"""A job as the cloud tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agent.work.wire import Asked
from tests.drimbox.images.samples import STUDY

NAME = "index-" + "a" * 64
JOB: dict[str, Any] = {
    "job": NAME,
    "kind": "index",
    "protocol": 1,
    "attempt": 2,
    "expires_at": "2026-11-30T05:40:00Z",
    "ask": {"study_instance_uid": STUDY},
    "incoming": {"key": "demo/incoming/1"},
}
ASKED = Asked(
    NAME,
    "index",
    2,
    datetime(2026, 11, 30, 5, 40, tzinfo=UTC),
    {"study_instance_uid": STUDY},
    "demo/incoming/1",
)
