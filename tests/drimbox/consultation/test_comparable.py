"""The proposed comparison: the nearest earlier exam of the same modality and region."""

from __future__ import annotations

import pytest

from functions.drimbox.consultation.comparable import propose
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.parties import Code
from tests.drimbox.consultation.histories import ABDOMEN, documents, eleven, exam

NEWEST = exam("1", "202611121015")


def proposed(*entries: DocumentEntry, wanted: frozenset[int] = frozenset()) -> tuple[int, ...]:
    exams = [one for one in documents(*entries) if one.is_exam]
    found = propose(exams, wanted)
    return (found.exam.number, found.prior.number) if found else ()


def test_the_nearest_earlier_exam_that_is_alike() -> None:
    assert proposed(*eleven()) == (1, 5)
    assert proposed(*eleven(), wanted=frozenset({5})) == (5, 18)
    assert proposed(*eleven(), wanted=frozenset({10})) == ()
    assert proposed() == ()


@pytest.mark.parametrize(
    "prior",
    [
        exam("2", "202611121015"),
        exam("2", "20261112"),
        exam("2", "2026"),
        exam("2", ""),
        exam("2", "2025", modality="MR"),
        exam("2", "2025", modality=""),
        exam("2", "2025", region=ABDOMEN),
        exam("2", "2025", region=None),
        exam("2", "2025", status=xds.DEPRECATED),
        exam("1", "2025"),
    ],
    ids=lambda entry: entry.service_start_time or "undated",
)
def test_an_exam_that_is_not_alike_or_not_certainly_earlier_is_not_proposed(
    prior: DocumentEntry,
) -> None:
    assert proposed(NEWEST, prior) == ()
    assert proposed(NEWEST, prior, exam("3", "202611121014")) == (1, 3)


def test_two_exams_are_not_alike_because_both_have_a_structured_report() -> None:
    def both(study: str, at: str, modality: str) -> DocumentEntry:
        codes = (Code(modality, xds.DCM), Code("SR", xds.DCM), Code("51185008", xds.SNOMED))
        return exam(study, at, event_codes=codes)

    assert proposed(both("1", "2026", "CT"), both("2", "2025", "MR")) == ()
    assert proposed(both("1", "2026", "CT"), both("2", "2025", "CT")) == (1, 2)
