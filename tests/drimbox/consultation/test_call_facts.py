"""The facts of a call: JSON values, whole, in both languages."""

from __future__ import annotations

import json

from functions.drimbox.consultation.call_facts import describe
from functions.drimbox.consultation.contextual_call import read_call, read_pairs
from functions.drimbox.wording.call_faults import CALL_FAULTS
from tests.drimbox.consultation.samples import WHOLE, pairs


def test_a_good_call() -> None:
    facts = json.loads(json.dumps(describe(read_pairs(pairs(WHOLE, StudyDate="20250101-")))))
    assert facts["status"] == 303
    assert facts["faults"] == []
    assert [one["name"] for one in facts["lines"]] == list(WHOLE)
    read = {one["name"]: one["read"] for one in facts["lines"]}
    assert read["Patient.birthDate"] == "19790327"
    assert read["InformationEtConsentement"] is True
    assert read["StudyDate"] == ["2025-01-01", None]


def test_a_wrong_call() -> None:
    facts = describe(read_pairs(pairs(Patient_gender="x", PatientID=None)))
    assert facts["status"] == 400
    gender, missing = facts["faults"]
    assert gender == {
        "code": "call_gender",
        "parameter": "Patient.gender",
        "words": CALL_FAULTS["call_gender"].by_language(),
        "clause": CALL_FAULTS["call_gender"].clause,
    }
    assert missing["parameter"] == "PatientID"
    (line,) = (one for one in facts["lines"] if one["fault"])
    assert line == {"name": "Patient.gender", "value": "x", "read": None, "fault": "call_gender"}


def test_an_unreadable_call() -> None:
    facts = describe(read_call([], (), b""))
    assert (facts["status"], facts["lines"]) == (400, [])
    assert facts["faults"][0]["parameter"] is None
