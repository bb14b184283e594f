"""When a run compares a tenant's records, PACS and DMP, and which differences it repairs."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from functions.drimbox.values import frozen


class DifferenceKind(StrEnum):
    """A kind of difference between our records, the site's PACS and the DMP."""

    MISSING_MANIFEST = "missing_manifest"
    ORPHAN_MANIFEST = "orphan_manifest"
    DEAD_REFERENCE = "dead_reference"
    STUDY_CHANGED = "study_changed"


# An orphan is in no record: nothing of ours could withdraw it (decision 0038).
REPAIRABLE: Final = frozenset(DifferenceKind) - {DifferenceKind.ORPHAN_MANIFEST}
# The bounds of each number: a week, and the most studies that one run can compare before the next.
LIMITS: Final = {"schedule_hours": (0, 168), "studies_per_run": (1, 50_000)}


@frozen
class ReconciliationPolicy:
    """``schedule_hours``: the hours between two runs, 0 when only an operator starts one.
    ``studies_per_run``: the most studies that one run compares. ``repair``: the kinds of difference
    that a run repairs by itself (decision 0038).
    """

    schedule_hours: int = 24
    studies_per_run: int = 2000
    repair: frozenset[DifferenceKind] = frozenset({DifferenceKind.STUDY_CHANGED})
