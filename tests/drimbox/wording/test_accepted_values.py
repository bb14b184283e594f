"""functions.drimbox.wording.accepted_values: every fault of a value tells the accepted ones."""

from __future__ import annotations

import re

from functions.drimbox.identity.ins import INS_KINDS
from functions.drimbox.report.action import wanted_with
from functions.drimbox.report.cda import MAX_EXAMS
from functions.drimbox.report.header import MAX_MSH
from functions.drimbox.report.hl7 import MAX_BYTES, MAX_DELIMITERS, MAX_DIRECT_BYTES, MAX_SEGMENTS
from functions.drimbox.report.masking import FLAGS
from functions.drimbox.wording.accepted_values import ACCEPTED, ELEMENTS, NO_VALUE, same
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS


def test_each_fault_tells_the_accepted_values_or_lies_in_none() -> None:
    assert set(MESSAGE_FAULTS) == set(ACCEPTED) | NO_VALUE
    assert not set(ACCEPTED) & NO_VALUE


def test_the_values_are_those_of_the_reader() -> None:
    large = ACCEPTED["message_too_large"].en.replace(",", "")
    numbers = {int(one) for one in re.findall(r"[0-9]+", large)}
    mebibyte = 1024 * 1024
    in_mebibytes = {MAX_DIRECT_BYTES // mebibyte, MAX_BYTES // mebibyte}
    assert numbers == {*in_mebibytes, MAX_SEGMENTS, MAX_DELIMITERS, MAX_MSH}
    assert str(MAX_EXAMS) in ACCEPTED["too_many_studies"].fr
    for flag in FLAGS:
        assert flag in ACCEPTED["flag_missing"].fr
        assert flag in ACCEPTED["flag_unknown"].en
    ends = re.findall(r"\.([0-9]+)(?:,|$)", ACCEPTED["ins_unknown_oid"].fr)
    assert ends == [oid.rpartition(".")[2] for oid in INS_KINDS]
    for control in ("NW", "RO", "CA"):
        wanted = wanted_with(control)
        assert wanted is not None
        assert f"{control} avec {wanted.result_status}" in ACCEPTED["action_missing"].fr


def test_a_value_of_a_standard_is_the_same_in_both_languages() -> None:
    assert same("F").fr == same("F").en == "F"
    assert all(one.fr and one.en for one in (*ACCEPTED.values(), *ELEMENTS.values()))
