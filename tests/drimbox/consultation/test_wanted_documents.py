"""The criteria of the call: they hide the exams that certainly do not meet them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.wanted_documents import is_wanted
from functions.drimbox.dmp import xds
from functions.drimbox.oid import Uid
from tests.drimbox.consultation.histories import ISSUER, documents, exam, reference, report

EXAM = exam("1.2.3", "20260102")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (WantedExams(), True),
        (WantedExams(study=Uid("1.2.3")), True),
        (WantedExams(study=Uid("1.2.4")), False),
        (WantedExams(modality="CT"), True),
        (WantedExams(modality="MR"), False),
        (WantedExams(region="51185008"), True),
        (WantedExams(region="1"), False),
        (WantedExams(study_from=date(2026, 1, 2), study_to=date(2026, 1, 2)), True),
        (WantedExams(study_from=date(2026, 1, 3)), False),
        (WantedExams(accession="A1.2.3"), True),
        (WantedExams(accession="B"), False),
    ],
)
def test_an_exam_meets_the_criteria(wanted: WantedExams, found: bool) -> None:
    assert is_wanted(documents(EXAM), wanted) is found


def test_an_exam_that_does_not_say_may_be_wanted() -> None:
    silent = exam("1", "", modality="", region=None, reference_ids=())
    whole = WantedExams(
        study=Uid("1.2.4"),
        modality="MR",
        region="1",
        accession="B",
        study_from=date(2026, 1, 1),
        study_to=date(2026, 1, 2),
    )
    assert is_wanted(documents(silent), whole)


def test_the_exams_of_a_group_decide_and_its_reports_where_there_is_none() -> None:
    wanted = WantedExams(study=Uid("1.2.3"))
    group = documents(exam("1.2.4", "2026"), report(["1.2.3", "1.2.4"], "2026"))
    assert not is_wanted(group, wanted)
    assert is_wanted(group[1:], wanted)
    assert is_wanted([*group, *documents(EXAM)], wanted)


@pytest.mark.parametrize(
    ("asked", "given", "found"),
    [
        ("", ISSUER, True),
        (ISSUER, ISSUER, True),
        (f"urn:oid:{ISSUER}", ISSUER, True),
        (f"RIS&{ISSUER}&ISO", ISSUER, True),
        ("1.2.9", ISSUER, False),
        ("RIS de la clinique", ISSUER, True),
        (ISSUER, "", True),
    ],
)
def test_one_number_of_two_issuers_is_two_exams(asked: str, given: str, found: bool) -> None:
    ids = (reference("A1", xds.ACCESSION, given),)
    wanted = WantedExams(accession="A1", accession_issuer=asked)
    assert is_wanted(documents(replace(EXAM, reference_ids=ids)), wanted) is found
