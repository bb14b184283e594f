"""Metrics as log lines (CloudWatch embedded metric format): no call, nothing to wait for."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Final

NAMESPACE: Final = "DRIMbox"
CERTIFICATE_DAYS: Final = "CertificateDaysLeft"
# The template's alarms watch these names; a test compares both.
NAMES: Final = frozenset(
    {
        "HeldPublications",
        "IdentityContradictions",
        "ControlIdReused",
        "InstanceUidReused",
        "InternalFailures",
        "PublishedManifests",
        "ReconciliationDifferences",
        "ReconciliationRepairs",
        "RefusedMessages",
        "WithdrawnManifests",
    }
)


def count(name: str, tenant: str, value: int = 1) -> None:
    """Add ``value`` to the counter ``name`` (also per tenant); ValueError for an unknown name."""
    if name not in NAMES:
        raise ValueError("unknown metric")
    _write(name, "Count", value, {"tenant": tenant})


def certificate_days(days: int, tenant: str, structure: str) -> None:
    """Whole days until a certificate of ``structure`` ends; 0 when one of them cannot serve."""
    _write(CERTIFICATE_DAYS, "None", days, {"tenant": tenant, "structure": structure})


def _write(name: str, unit: str, value: int, dimensions: Mapping[str, str]) -> None:
    """One metric, of all together and by its dimensions."""
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[], list(dimensions)],
                    "Metrics": [{"Name": name, "Unit": unit}],
                }
            ],
        },
        **dimensions,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
