"""Metrics as log lines (CloudWatch embedded metric format): no call, nothing to wait for.

A metric is one of all tenants together: each value of a dimension is a metric of its own, which
costs by the month. The line in the log has the tenant beside it (decision 0082).
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMESPACE: Final = "DRIMbox"
CERTIFICATE_DAYS: Final = "CertificateDaysLeft"
SEAL_AGE: Final = "HoursSinceSealedDay"
WHITE_LIST_AGE: Final = "WhiteListAgeHours"
WHITE_LIST_REFUSED: Final = "WhiteListRefused"
WHITE_LIST_LACKS_US: Final = "WhiteListLacksUs"
STALE_LISTS: Final = "StaleRevocationLists"
LIST_REFUSED: Final = "RevocationListRefused"
GAUGES: Final = frozenset(
    {
        CERTIFICATE_DAYS,
        SEAL_AGE,
        WHITE_LIST_AGE,
        WHITE_LIST_REFUSED,
        WHITE_LIST_LACKS_US,
        STALE_LISTS,
        LIST_REFUSED,
    }
)
# The template's alarms watch these names; a test compares both.
NAMES: Final = frozenset(
    {
        "AbsentImages",
        "HeldPublications",
        "IdentityContradictions",
        "ControlIdReused",
        "IncomingBodies",
        "InstanceUidReused",
        "InternalFailures",
        "LateAuditRecords",
        "PublishedManifests",
        "ReconciliationDifferences",
        "ReconciliationRepairs",
        "RefusedCallers",
        "RefusedMessages",
        "RequeuedMessages",
        "UnreadReferences",
        "UntoldNews",
        "WithdrawnManifests",
    }
)


def count(name: str, tenant: str, value: int = 1) -> None:
    """Add ``value`` to the counter ``name``, beside its tenant; ValueError for an unknown name."""
    if name not in NAMES:
        raise ValueError("unknown metric")
    _write(name, "Count", value, {"tenant": tenant})


def refused_caller(tenant: str, route: str, code: str) -> None:
    """Count one refusal of a caller who proved nothing, beside its tenant, route and code.

    The log tells the refusals per tenant, route and minute.
    """
    _write("RefusedCallers", "Count", 1, {"tenant": tenant, "route": route, "code": code})


def contextual_call(tenant: str, result: str) -> None:
    """Count one contextual call, ``succes`` or ``erreur`` (Nombre_Appel and Statut_Appel of the
    national model of statistics).
    """
    _write("ContextualCalls", "Count", 1, {"tenant": tenant, "result": result}, by=("result",))


def certificate_days(days: int, tenant: str, structure: str) -> None:
    """Whole days until a certificate of ``structure`` ends; 0 when one of them cannot serve."""
    _write(CERTIFICATE_DAYS, "None", days, {"tenant": tenant, "structure": structure})


def seal_age(hours: int, tenant: str) -> None:
    """Whole hours since the end of the last day that the tenant's seals cover; ``tenant`` is "" for
    an installation without a record."""
    _write(SEAL_AGE, "None", hours, {"tenant": tenant} if tenant else {})


def white_list(age_hours: int, *, refused: bool, lacks_us: bool) -> None:
    """How the national white list stands: all three at every look, so that each alarm ends.

    ``age_hours``: whole hours since a list was last downloaded and verified.
    """
    _write(WHITE_LIST_AGE, "None", age_hours, {})
    _write(WHITE_LIST_REFUSED, "None", int(refused), {})
    _write(WHITE_LIST_LACKS_US, "None", int(lacks_us), {})


def revocation_lists(stale: int, *, refused: bool) -> None:
    """How the revocation lists of the senders' authorities stand: both at every look.

    ``stale``: how many authorities have no list, or one that should have been replaced.
    """
    _write(STALE_LISTS, "None", stale, {})
    _write(LIST_REFUSED, "None", int(refused), {})


def _write(
    name: str,
    unit: str,
    value: int,
    facts: Mapping[str, str],
    *,
    by: Sequence[str] = (),
) -> None:
    """One metric, of all together and by the facts ``by``; the others stand in its line alone."""
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[], list(by)] if by else [[]],
                    "Metrics": [{"Name": name, "Unit": unit}],
                }
            ],
        },
        **facts,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
