"""The facts of a call: JSON values, whole, in both languages."""

from __future__ import annotations

import json

import pytest

from functions.drimbox.consultation.call_facts import describe, describe_faults
from functions.drimbox.consultation.call_parameters import PARAMETERS
from functions.drimbox.consultation.contextual_call import Call, read_call, read_pairs
from functions.drimbox.wording.call_faults import CALL_ACCEPTED, CALL_FAULTS, CALL_REMEDY
from tests.drimbox.consultation.samples import WHOLE, pairs

FORM = "application/x-www-form-urlencoded"


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
        "value": "x",
        "accepted": CALL_ACCEPTED["call_gender"].by_language(),
        "todo": CALL_REMEDY.by_language(),
        "clause": CALL_FAULTS["call_gender"].clause,
    }
    assert missing["parameter"] == "PatientID"
    assert missing["value"] is None
    assert missing["accepted"]["en"] == "The parameter PatientID, once."
    (line,) = (one for one in facts["lines"] if one["fault"])
    assert line == {"name": "Patient.gender", "value": "x", "read": None, "fault": "call_gender"}


def test_an_unreadable_call() -> None:
    facts = describe(read_call([], (), b""))
    assert (facts["status"], facts["lines"]) == (400, [])
    assert facts["faults"][0]["parameter"] is None
    assert facts["faults"][0]["value"] == ""


def test_each_fault_tells_the_accepted_values() -> None:
    """A call that has every fault of a value, and the calls that cannot be read."""
    assert set(CALL_ACCEPTED) == set(CALL_FAULTS)
    assert {one.fault for one in PARAMETERS} <= set(CALL_ACCEPTED)


@pytest.mark.parametrize(
    ("call", "code", "value", "accepted"),
    [
        (read_call(["text/plain"], (), b""), "call_content_type", "text/plain", "Once app"),
        (read_call([], ("a", "b"), b""), "call_in_query", "a, b", "No parameter"),
        (read_call([FORM], (), b"\xff"), "call_not_a_form", None, "Pairs name=value"),
        (read_pairs((("nom", "x"),)), "call_name_unknown", "nom", "A name of the"),
        (read_pairs((("patientid", "x"),)), "call_name_case", "patientid", "This name"),
        (read_pairs((("Modality", "C" * 17),)), "call_value_long", "C" * 17, "At most 16 c"),
        (read_pairs((("Modality", ""),)), "call_value_empty", "", "A value that is not"),
        (
            read_pairs(pairs(AccessionNumberIssuer="9")),
            "call_issuer_alone",
            "9",
            "With AccessionNumber",
        ),
    ],
)
def test_the_value_read_stands_beside_the_accepted_ones(
    call: Call, code: str, value: str | None, accepted: str
) -> None:
    told = next(one for one in describe(call)["faults"] if one["code"] == code)
    assert told["value"] == value
    assert told["accepted"]["en"].startswith(accepted)
    assert "{" not in told["accepted"]["fr"]
    (bare,) = (one for one in describe_faults(call.faults) if one["code"] == code)
    assert "value" not in bare, "a refusal may stand on anybody's screen"
    assert repr(value) not in repr(call.faults) or not value
