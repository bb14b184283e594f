"""The check's answer in a few lines: the verdict first, then the faults and the holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.drimbox.consultation.call_facts import describe as describe_call
from functions.drimbox.consultation.contextual_call import read_pairs
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.feed_check.facts import describe
from infra.demo.verdict import lines
from simulators.ris.cases import CASES
from simulators.ris.messages import message
from simulators.ris.page import call
from tests.fakes.memory import (
    MemoryBlobs,
    MemoryFoundCertificates,
    MemoryRecords,
    VirtualClock,
)
from tests.fakes.world import SUBJECT, TENANT

ASKED = "  neither the PACS nor the DMP was asked"


def checked(raw: bytes) -> dict[str, Any]:
    """The facts of the check, as JSON has them."""
    found = check_message(
        raw,
        SUBJECT,
        tenant=TENANT,
        inbox=MemoryBlobs(),
        records=MemoryRecords(),
        certificates=MemoryFoundCertificates(),
        clock=VirtualClock(),
    )
    return describe(found)


def report() -> bytes:
    return message(CASES["C"], "ORU", control_id="M1", at=datetime(2026, 1, 1, tzinfo=UTC))


def test_an_accepted_message_takes_one_line() -> None:
    assert list(lines(checked(report()))) == ["AA: It would be published.", ASKED]


def test_a_correction_and_a_withdrawal_are_told_as_such() -> None:
    for case, would in (("G1_MAJ", "replace the former"), ("I_Depublication", "withdraw the")):
        raw = message(CASES[case], "ORU", control_id="M1", at=datetime(2026, 1, 1, tzinfo=UTC))
        told, _ = lines(checked(raw))
        assert told.startswith(f"AA: It would {would}")


def test_each_fault_tells_its_place_and_clause() -> None:
    told = list(lines(checked(report().replace(b"ORC|NW", b"ORC|CA"))))
    assert told[0].startswith("AE: The gateway does not accept the message")
    assert told[1].startswith("  OBX^1^11 action_disagreement: ")
    assert told[2:] == [
        "    read: F",
        "    expected: D (ORC-1 is CA)",
        "    Correct the message, then send it.",
        "    CISIS_CDA_HL7_V2, segment ORC",
        ASKED,
    ]


def test_a_hold_is_told_with_its_reason() -> None:
    facts = checked(report())
    facts["publication"]["studies"] = [
        {
            "study_instance_uid": "1.2",
            "hold": {"reason": "study_not_found", "words": {"en": "W"}, "todo": {"en": "T"}},
        }
    ]
    assert list(lines(facts)) == [
        "AA: It would be held.",
        "  1.2 study_not_found: W",
        "    T",
        ASKED,
    ]


def test_every_reason_of_a_hold_is_told_once_with_its_values() -> None:
    told = list(lines(checked(report().replace(b"750803447\r", b"750803448\r"))))
    assert told == [
        "AA: It would be held.",
        (
            "  hold structure_mismatch: "
            "The structure of the message (PRT-8) is not that of the report's legal authenticator."
        ),
        "    at: PRT-8.10 (SB)",
        "    read: 1750803448",
        "    expected: 1750803447",
        "    Correct the sender in the RIS, then send the report again.",
        ASKED,
    ]


def test_a_call_tells_its_status_and_its_faults() -> None:
    right = describe_call(read_pairs(tuple(call(CASES["C"]).items())))
    assert list(lines(right)) == ["303: It would open the patient's page."]
    wrong = describe_call(read_pairs((*call(CASES["C"]).items(), ("Modality", "ct"), ("x", ""))))
    told = list(lines(wrong))
    assert told[:4] == [
        "400: It is refused.",
        "  Modality call_modality: The modality is not a DICOM code (CT, MR…).",
        "    read: ct",
        "    expected: From 2 to 16 capital letters, such as CT or MR.",
    ]
    assert "  (no parameter) call_name_unknown: " in "".join(told)


def test_a_fault_without_place_or_clause_and_a_problem_document_are_told() -> None:
    fault = {"location": None, "code": "x", "words": {"en": "W"}, "todo": {"en": "T"}}
    fault |= dict.fromkeys(("clause", "value", "accepted"))
    facts = checked(report()) | {"faults": [fault]}
    assert "  (no place) x: W" in list(lines(facts))
    problem = {"status": 404, "code": "not_found", "title": "Not found"}
    assert list(lines(problem)) == ["refused: 404, not_found, Not found"]
