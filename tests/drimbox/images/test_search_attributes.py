"""functions.drimbox.images.search_attributes: the tables, against DICOM's own dictionary."""

from __future__ import annotations

from typing import get_args

import pytest
from pydicom.datadict import dictionary_keyword, dictionary_VR

from functions.drimbox.images.search_attributes import BY_LEVEL, KEYWORDS, Level

# PS3.18 tables 10.6.3-3 to 10.6.3-5, of the types that an answer must have.
DEMANDED = {
    "study": "StudyDate StudyTime AccessionNumber InstanceAvailability ModalitiesInStudy "
    "ReferringPhysicianName PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID "
    "StudyID NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances",
    "series": "Modality SeriesDescription SeriesInstanceUID SeriesNumber "
    "NumberOfSeriesRelatedInstances",
    "instance": "SOPClassUID SOPInstanceUID InstanceAvailability InstanceNumber",
}
# Table 10.6.1-5, but for names of persons, requests and reports.
MATCHED = {
    "study": "StudyDate StudyTime ModalitiesInStudy StudyInstanceUID",
    "series": "Modality SeriesInstanceUID SeriesNumber PerformedProcedureStepStartDate "
    "PerformedProcedureStepStartTime",
    "instance": "SOPClassUID SOPInstanceUID InstanceNumber",
}
OF_PERSONS = "PatientName PatientID PatientBirthDate AccessionNumber StudyID ReferringPhysicianName"


@pytest.mark.parametrize("level", get_args(Level))
def test_each_row_is_the_dictionary_s(level: Level) -> None:
    for one in BY_LEVEL[level]:
        assert dictionary_keyword(int(one.tag, 16)) == one.keyword
        assert dictionary_VR(int(one.tag, 16)) == one.vr
        assert KEYWORDS[one.keyword] == one.tag
    tags = [one.tag for one in BY_LEVEL[level]]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("level", get_args(Level))
def test_an_answer_has_the_attributes_that_the_standard_demands(level: Level) -> None:
    always = {one.keyword for one in BY_LEVEL[level] if one.returned == "always"}
    assert always >= set(DEMANDED[level].split())


@pytest.mark.parametrize("level", get_args(Level))
def test_no_question_names_a_person(level: Level) -> None:
    matched = {one.keyword for one in BY_LEVEL[level] if one.matching}
    assert matched == set(MATCHED[level].split())
    assert not matched & set(OF_PERSONS.split())
