"""The submission set: submitter, content type, patient and source."""

from __future__ import annotations

import pytest

from functions.drimbox.dmp import xds
from tests.drimbox.dmp import samples
from tests.drimbox.dmp.elements import (
    DEVICE,
    PATIENT_ID,
    XON,
    build,
    codes,
    identifiers,
    part,
    slots,
)


def test_the_submission_set() -> None:
    found = part(build(), "SubmissionSet01")
    assert slots(found) == {"submissionTime": ["20260302103015"]}
    assert codes(found, xds.CONTENT_TYPE_CODE) == [("07", "1.2.250.1.213.2.2", "Consultation")]
    assert identifiers(found) == {
        xds.SUBMISSION_PATIENT_ID: PATIENT_ID,
        xds.SUBMISSION_SOURCE_ID: "1.2.250.1.999.1",
        xds.SUBMISSION_UNIQUE_ID: "2.25.1001",
    }
    author = found.find(f"*[@classificationScheme='{xds.SUBMISSION_AUTHOR}']")
    assert author is not None
    assert slots(author) == {"authorPerson": [DEVICE], "authorInstitution": [XON]}
    assert found.find(f"*[@classificationNode='{xds.SUBMISSION_SET}']") is not None


@pytest.mark.parametrize(
    ("patient_class", "code"),
    [("I", "03"), ("O", "07"), ("R", "19"), ("N", "97"), ("E", "07"), ("", "97"), ("P", "97")],
)
def test_patient_class_to_content_type(patient_class: str, code: str) -> None:
    found = part(build(report=samples.report(patient_class=patient_class)), "SubmissionSet01")
    assert [c[0] for c in codes(found, xds.CONTENT_TYPE_CODE)] == [code]
