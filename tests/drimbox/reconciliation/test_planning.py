"""Automatic repairs, and the reasons against them."""

from __future__ import annotations

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation.differences import Difference, DifferenceCause
from functions.drimbox.reconciliation.planning import NotRepairedBecause, Repair, plan, too_many
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind

ALL = frozenset(DifferenceKind)
CHANGED = Difference(
    Uid("1.2"), DifferenceKind.STUDY_CHANGED, DifferenceCause.OBJECTS_ADDED, "2.25.1"
)
DEAD = Difference(Uid("1.2"), DifferenceKind.DEAD_REFERENCE, DifferenceCause.OBJECTS_GONE, "2.25.1")
GONE = Difference(Uid("1.2"), DifferenceKind.DEAD_REFERENCE, DifferenceCause.STUDY_GONE, "2.25.1")
FORGOTTEN = Difference(
    Uid("1.2"), DifferenceKind.MISSING_MANIFEST, DifferenceCause.UNKNOWN_TO_DMP, "2.25.1"
)
RETIRED = Difference(
    Uid("1.2"), DifferenceKind.MISSING_MANIFEST, DifferenceCause.NOT_ACTIVE, "2.25.1"
)
OTHER = Difference(
    Uid("1.2"), DifferenceKind.MISSING_MANIFEST, DifferenceCause.OTHER_CONTENT, "2.25.1"
)
ORPHAN = Difference(
    Uid("1.2"), DifferenceKind.ORPHAN_MANIFEST, DifferenceCause.OF_NO_RECORD, "2.25.9"
)
HELD = Difference(
    Uid("1.2"), DifferenceKind.ORPHAN_MANIFEST, DifferenceCause.OF_A_HELD_CHANGE, "2.25.9"
)


def decided(
    *differences: Difference,
    policy: frozenset[DifferenceKind] = ALL,
    crowd: frozenset[DifferenceKind] = frozenset(),
    tried: tuple[Difference, ...] = (),
) -> list[Repair | NotRepairedBecause]:
    """The repair of each, or the reason why there is none."""

    def blocked(one: Difference) -> NotRepairedBecause:
        return NotRepairedBecause.TRIED_BEFORE if one in tried else NotRepairedBecause.NONE

    found = plan(differences, policy, crowd, blocked)
    assert [one.difference for one in found] == list(differences)
    assert all(bool(one.repair) is not bool(one.reason) for one in found)
    return [one.repair or one.reason for one in found]


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (CHANGED, Repair.LOOK_AGAIN),
        (DEAD, Repair.LOOK_AGAIN),
        (GONE, Repair.LOOK_AGAIN),
        (FORGOTTEN, Repair.SEND_AGAIN),
        (RETIRED, NotRepairedBecause.NOT_SAFE),
        (OTHER, NotRepairedBecause.NOT_SAFE),
        (ORPHAN, NotRepairedBecause.NOT_SAFE),
        (HELD, NotRepairedBecause.NOT_SAFE),
    ],
)
def test_the_repair_of_each_difference(
    difference: Difference, expected: Repair | NotRepairedBecause
) -> None:
    assert decided(difference) == [expected]
    if isinstance(expected, Repair):
        assert decided(difference, policy=ALL - {difference.kind}) == [
            NotRepairedBecause.NOT_IN_POLICY
        ]
        assert decided(difference, crowd=frozenset({difference.kind})) == [
            NotRepairedBecause.TOO_MANY
        ]
        assert decided(difference, tried=(difference,)) == [NotRepairedBecause.TRIED_BEFORE]


def test_one_look_repairs_both_or_none() -> None:
    assert decided(DEAD, CHANGED) == [Repair.LOOK_AGAIN] * 2
    kept = frozenset({DifferenceKind.STUDY_CHANGED})
    # Looking again for the new objects would also drop the references that the policy keeps.
    assert decided(DEAD, CHANGED, policy=kept) == [NotRepairedBecause.NOT_IN_POLICY] * 2
    assert (
        decided(DEAD, CHANGED, crowd=frozenset({DifferenceKind.DEAD_REFERENCE}))
        == [NotRepairedBecause.TOO_MANY] * 2
    )
    assert decided(DEAD, CHANGED, tried=(CHANGED,)) == [NotRepairedBecause.TRIED_BEFORE] * 2


def test_a_missing_manifest_comes_first() -> None:
    assert decided(FORGOTTEN, CHANGED) == [Repair.SEND_AGAIN, NotRepairedBecause.MANIFEST_FIRST]
    assert decided(RETIRED, DEAD) == [
        NotRepairedBecause.NOT_SAFE,
        NotRepairedBecause.MANIFEST_FIRST,
    ]
    assert decided(FORGOTTEN, ORPHAN) == [Repair.SEND_AGAIN, NotRepairedBecause.NOT_SAFE]


@pytest.mark.parametrize(
    ("found", "compared", "expected"),
    [(10, 10, False), (11, 54, True), (11, 55, False), (0, 0, False), (1000, 4000, True)],
)
def test_many_at_once_are_no_accident(found: int, compared: int, expected: bool) -> None:
    crowd = too_many({str(DifferenceKind.DEAD_REFERENCE): found}, compared)
    assert crowd == (frozenset({DifferenceKind.DEAD_REFERENCE}) if expected else frozenset())
