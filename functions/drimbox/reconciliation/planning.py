"""Decides which differences are repaired and which are left to a human, and why (pure; decision
0038).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.reconciliation.differences import Difference, DifferenceCause
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# One kind of difference on more than this share of the compared studies, and on more than this
# number of studies, is no accident of single studies: perhaps a PACS was restored or moved, or a
# registry was lost.
_SHARE: Final = 5
_FEW: Final = 10


class Repair(StrEnum):
    """The two existing ways to repair, "" for none."""

    NONE = ""
    LOOK_AGAIN = "look_again"
    SEND_AGAIN = "send_again"


class NotRepairedBecause(StrEnum):
    """Why a difference is left to a human, "" when it is not."""

    NONE = ""
    NOT_SAFE = "not_safe"
    NOT_IN_POLICY = "not_in_policy"
    TOO_MANY = "too_many"
    TRIED_BEFORE = "tried_before"
    CHANGE_HELD = "change_held"
    MANIFEST_FIRST = "manifest_first"


@frozen
class Decision:
    """One difference, and the decision about it."""

    difference: Difference
    repair: Repair = Repair.NONE
    reason: NotRepairedBecause = NotRepairedBecause.NONE


# The repair of each difference. A cause that is not here is somebody's decision, or shows that our
# record is wrong.
_REPAIRS: Final[Mapping[DifferenceCause, Repair]] = {
    DifferenceCause.UNKNOWN_TO_DMP: Repair.SEND_AGAIN,
    DifferenceCause.STUDY_GONE: Repair.LOOK_AGAIN,
    DifferenceCause.OBJECTS_GONE: Repair.LOOK_AGAIN,
    DifferenceCause.OBJECTS_ADDED: Repair.LOOK_AGAIN,
}


def too_many(found: Mapping[str, int], compared: int) -> frozenset[DifferenceKind]:
    """The kinds that this run found too often so far: something else is wrong with them."""
    return frozenset(
        kind
        for kind in DifferenceKind
        if found.get(kind, 0) > _FEW and found.get(kind, 0) * _SHARE > compared
    )


def plan(
    differences: Iterable[Difference],
    policy: frozenset[DifferenceKind],
    crowd: frozenset[DifferenceKind],
    blocked: Callable[[Difference], NotRepairedBecause],
) -> tuple[Decision, ...]:
    """Decide on the differences of one study.

    One look at the PACS repairs dead references and new objects at once: it is taken when the
    policy wants both, where both are there. While a manifest is missing, nothing else of its study
    is repaired.
    """
    found = tuple(differences)
    missing = any(one.kind is DifferenceKind.MISSING_MANIFEST for one in found)
    judged = {one: _judge(one, policy, crowd, blocked) for one in found}
    images = [one for one in found if _REPAIRS.get(one.cause) is Repair.LOOK_AGAIN]
    stop = next((judged[one] for one in images if judged[one]), NotRepairedBecause.NONE)
    decided = []
    for one in found:
        reason = judged[one]
        if one in images:
            reason = NotRepairedBecause.MANIFEST_FIRST if missing else reason or stop
        repair = Repair.NONE if reason else _REPAIRS[one.cause]
        decided.append(Decision(one, repair, reason))
    return tuple(decided)


def _judge(
    difference: Difference,
    policy: frozenset[DifferenceKind],
    crowd: frozenset[DifferenceKind],
    blocked: Callable[[Difference], NotRepairedBecause],
) -> NotRepairedBecause:
    if difference.cause not in _REPAIRS:
        return NotRepairedBecause.NOT_SAFE
    if difference.kind not in policy:
        return NotRepairedBecause.NOT_IN_POLICY
    if difference.kind in crowd:
        return NotRepairedBecause.TOO_MANY
    return blocked(difference)
