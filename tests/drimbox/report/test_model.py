"""A report's text form says what it is and nothing of its patient."""

from __future__ import annotations

from tests.drimbox.dmp import samples


def test_the_text_form_of_a_report_has_no_patient() -> None:
    report = samples.report()
    assert repr(report) == "Report(publish, ClinicalDocument(version=1, 1 exams))"
    assert samples.PATIENT.birth_family not in f"{report} {report.document}"
