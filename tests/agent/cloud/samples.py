"""A loan, as the cloud gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agent.cloud.lending import Credentials, Lent

LOAN: dict[str, Any] = {
    "protocol": 1,
    "lowest_protocol": 1,
    "time": "2026-11-30T06:00:02Z",
    "region": "eu-west-3",
    "endpoints": {"sqs": "https://sqs.example", "s3": "https://s3.example"},
    "queue": {"url": "https://sqs.example/1/demo", "visibility_seconds": 120},
    "incoming": {
        "bucket": "cache",
        "prefix": "demo/incoming/",
        "kms_key": "arn:key",
        "part_bytes": 8388608,
    },
    "credentials": {
        "access_key_id": "AK",
        "secret_access_key": "SK",
        "session_token": "ST",
        "expires_at": "2026-11-30T07:00:00Z",
    },
    "site": {"tenant": "demo", "senders": [], "time_zone": "Europe/Paris", "structures": []},
}


LENT = Lent(
    Credentials("AK", "SK", "ST", datetime(2026, 12, 1, tzinfo=UTC)),
    "eu-west-3",
    "https://sqs.example",
    "https://s3.example",
    "https://sqs.example/1/q",
    "bucket",
    "key",
)
