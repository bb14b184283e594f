"""functions.drimbox.wording.certificates: every fault and every identification has its words."""

from __future__ import annotations

from functions.drimbox.identity.certificate_findings import Fault
from functions.drimbox.tenants.model import Identification
from functions.drimbox.wording.certificates import FAULTS, IDENTIFICATION


def test_every_fault_and_every_identification_has_its_words() -> None:
    assert set(FAULTS) == set(Fault)
    assert set(IDENTIFICATION) == set(Identification)
