"""A job as the cloud tells it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from agent.work.wire import Asked
from functions.drimbox.images.part10 import facts_of
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

PACK: Final = "https://readings.s3.eu-west-3.amazonaws.com/demo/readings/1?signed"


def import_ask(*objects: bytes, url: str = PACK) -> tuple[dict[str, Any], bytes]:
    """The ask for these objects (Part 10), and their pack."""
    told = [
        {
            "sop_instance_uid": facts_of(one).sop_instance_uid,
            "size": len(one),
            "sha256": hashlib.sha256(one).hexdigest(),
        }
        for one in objects
    ]
    return {"study_instance_uid": STUDY, "url": url, "objects": told}, b"".join(objects)
