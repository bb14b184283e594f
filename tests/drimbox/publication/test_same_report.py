"""Two messages about one report are recognised as such, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.publication.same_report import same_report
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.fakes.memory import VirtualClock
from tests.fakes.world import SENDER, case

FIRST = case("C")
SECOND = replace(FIRST, cda_id=f"{FIRST.cda_id}.2", version=2, replaces=FIRST.cda_id, action="RO")
THIRD = replace(FIRST, cda_id=f"{FIRST.cda_id}.3", version=3, replaces=SECOND.cda_id, action="RO")
ELSEWHERE = tuple(replace(exam, studies=("1.2.3",)) for exam in FIRST.exams)


def read(what: Case) -> Report:
    return read_report(message(what, "ORU", sender=SENDER, control_id="1", at=VirtualClock().now()))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (FIRST, True),
        (replace(FIRST, action="CA"), True),
        (SECOND, True),
        (THIRD, True),  # by its set, and the exam
        (replace(THIRD, set_id="0B8D2C1E-6A42-4B8E-9C55-3F1D7A9E2B61"), False),
        (replace(THIRD, exams=ELSEWHERE), True),  # the accession number is the same
        (replace(THIRD, exams=ELSEWHERE, orders=case("C", "x").orders), False),
        (replace(THIRD, ins="253121010141486", traits=case("D").traits), False),
        # The same set in all the official samples; another report all the same.
        (case("D"), False),
        # A correction of the patient's identity still replaces the same document.
        (replace(SECOND, ins="253121010141486"), True),
    ],
)
def test_whose_report_it_is(other: Case, expected: bool) -> None:
    one, two = read(FIRST), read(other)
    assert same_report(one, two) is expected
    assert same_report(two, one) is expected


def test_a_report_without_a_set_is_known_by_its_document_alone() -> None:
    one, third = read(FIRST), read(THIRD)
    alone = replace(one, document=replace(one.document, set_id=None))
    other = replace(third, document=replace(third.document, set_id=None))
    assert not same_report(alone, other)
    assert same_report(alone, read(SECOND))
