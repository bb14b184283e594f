"""functions.drimbox.wording.differences: every cause has its words."""

from __future__ import annotations

from functions.drimbox.reconciliation.differences import DifferenceCause
from functions.drimbox.reconciliation.planning import NotRepairedBecause
from functions.drimbox.wording.differences import DIFFERENCES, NOT_REPAIRED


def test_every_cause_has_its_words() -> None:
    assert set(DIFFERENCES) == set(DifferenceCause)
    assert set(NOT_REPAIRED) == set(NotRepairedBecause) - {NotRepairedBecause.NONE}
