"""Flags to XDS confidentiality codes, and reports that are not shared at all."""

from __future__ import annotations

import itertools

import pytest

from functions.drimbox.report.masking import Sharing, confidentiality_codes, cumulates, sharing
from functions.drimbox.report.model import Visibility
from functions.drimbox.report.reading import read_report
from tests.drimbox.report.build import PARTS, cda, message, visibility

DMP = "1.2.250.1.213.1.1.4.13"
CODES = ("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX")


@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=3)))
def test_normal_always_and_one_code_per_flag(flags: tuple[bool, bool, bool]) -> None:
    codes = confidentiality_codes(Visibility(*flags, False, False, to_dmp=True))
    assert (codes[0].code, codes[0].system) == ("N", "2.16.840.1.113883.5.25")
    expected = [(code, DMP) for code, flag in zip(CODES, flags, strict=True) if flag]
    assert [(code.code, code.system) for code in codes[1:]] == expected
    assert all(code.display for code in codes)


def test_the_other_flags_give_no_code() -> None:
    others = visibility(secret_connection=True, confidentiality_change_only=True, to_dmp=False)
    assert [code.code for code in confidentiality_codes(others)] == ["N"]


@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=3)))
def test_a_document_cumulates_when_patient_and_professionals_are_both_kept_out(
    flags: tuple[bool, bool, bool],
) -> None:
    masked, invisible, _ = flags
    assert cumulates(
        visibility(masked_to_professionals=masked, invisible_to_patient=invisible)
    ) is (masked and invisible)


@pytest.mark.parametrize(
    ("destdmp", "confidentiality", "expected"),
    [
        ("Y", "N", Sharing(True)),
        ("N", "N", Sharing(False, "not_for_dmp")),
        ("Y", "R", Sharing(False, "restricted_document")),
        ("Y", "V", Sharing(False, "restricted_document")),
        ("N", "V", Sharing(False, "not_for_dmp")),
    ],
)
def test_sharing(destdmp: str, confidentiality: str, expected: Sharing) -> None:
    document = cda(confidentiality=PARTS["confidentiality"].replace('"N"', f'"{confidentiality}"'))
    report = read_report(message(document=document, flags={"DESTDMP": destdmp}))
    assert sharing(report) == expected
