"""A study that a search has found answers the question, or is not shown as an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.study.found_study import FoundStudy, StudyCriteria

FOUND = FoundStudy(
    study_instance_uid=Uid("1.2.3"),
    patient_id="IPP1",
    patient_name="TROIS^DOMINIQUE",
    patient_birth_date="19790327",
    accession_number="ACN1",
    study_date="20210108",
    description="Scanner",
    modalities=("CT", "SR"),
    instances=3,
)
CRITERIA = StudyCriteria("IPP1", "ACN1", "CT", "20210105", "20210111")


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({}, True),
        ({"patient_id": "IPP2"}, False),
        ({"patient_id": ""}, True),
        ({"patient_id": "", "accession_number": ""}, False),
        ({"patient_id": "", "accession_number": "ACN2"}, False),
        ({"accession_number": "ACN2"}, False),
        ({"accession_number": ""}, True),
        ({"study_date": "20210105"}, True),
        ({"study_date": "20210111"}, True),
        ({"study_date": "20210104"}, False),
        ({"study_date": "20210112"}, False),
        ({"study_date": "2021010"}, False),
        ({"study_date": "2021-01-08"}, False),
        ({"study_date": ""}, True),
        ({"modalities": ("MR",)}, False),
        ({"modalities": ()}, True),
    ],
)
def test_an_identifier_is_given_and_nothing_differs(changes: dict[str, Any], answers: bool) -> None:
    assert replace(FOUND, **changes).answers(CRITERIA) is answers


def test_a_criterion_that_is_left_out_asks_for_nothing() -> None:
    other = replace(FOUND, accession_number="ACN2", study_date="1900", modalities=("US",))
    assert other.answers(StudyCriteria("IPP1", ""))
    assert not other.answers(StudyCriteria("", "ACN1"))


def test_nothing_of_a_patient_is_in_a_trace() -> None:
    assert "IPP1" not in repr(FOUND) + repr(CRITERIA)
