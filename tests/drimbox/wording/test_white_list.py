"""functions.drimbox.wording.white_list: every fault has its words."""

from __future__ import annotations

from functions.drimbox.peers.faults import Fault
from functions.drimbox.wording.white_list import FAULTS


def test_every_fault_has_its_words() -> None:
    assert set(FAULTS) == set(Fault)
