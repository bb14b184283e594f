"""Metrics as log lines (CloudWatch embedded metric format): no call, nothing to wait for."""

from __future__ import annotations

import json
import sys
import time
from typing import Final

NAMESPACE: Final = "DRIMbox"
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
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[], ["tenant"]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        "tenant": tenant,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
