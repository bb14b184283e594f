"""functions.drimbox.feed_check.fault_values: the value read, and the accepted ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.feed_check.check import Fault
from functions.drimbox.feed_check.fault_values import MOST, look
from functions.drimbox.tenants.model import Sender
from functions.drimbox.wording.accepted_values import ACCEPTED
from tests.drimbox.feed_check.scenes import SITE, check, order_change
from tests.drimbox.report.bad_messages import BAD, OTHER_INS
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    PARTS,
    STUDY,
    cda,
    exam,
    message,
    organisation,
    patient,
)
from tests.fakes.world import ISSUER, SUBJECT


def first(raw: bytes, **more: object) -> Fault:
    """The fault that the acknowledgement names."""
    return check(raw, **more).faults[0]  # type: ignore[arg-type]


def said(raw: bytes, **more: object) -> tuple[str, str | None, str]:
    """Its code, the value that was read, the accepted ones in English."""
    fault = first(raw, **more)
    assert fault.accepted is not None
    return fault.code, fault.value, fault.accepted.en


@pytest.mark.parametrize("name", BAD)
def test_each_fault_of_a_value_tells_the_accepted_ones(name: str) -> None:
    raw, code, location, _, _ = BAD[name]
    fault = first(raw)
    assert fault.accepted is not None, code
    in_a_segment = location.count("^") == 2 and b"\r" + location[:3].encode() in b"\r" + raw
    assert (fault.value is not None) == in_a_segment


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (message(ORC={1: "RO"}), ("action_disagreement", "F", "C (ORC-1 is RO)")),
        (
            message("MDM", MSH={9: "MDM^T04^MDM_T02"}),
            ("action_disagreement", "MDM^T04^MDM_T02", "MDM^T02 (ORC-1 is NW)"),
        ),
        (
            message(edit=lambda s: s.append(["ORC", "CA"])),
            ("action_disagreement", "CA", "NW (ORC-1 is NW)"),
        ),
        (
            message("MDM", TXA={13: "1.2.3"}),
            ("action_disagreement", "1.2.3", "Nothing (ORC-1 is NW)"),
        ),
        (message(ORC={1: "XX"}), ("action_unknown", "XX", "NW, RO, CA")),
        (message(ORC={1: ""}), ("action_missing", "", "NW, RO, CA")),
        (message(OBX={11: ""}), ("action_missing", "", "F (ORC-1 is NW)")),
        (message(PID={32: "PROV"}), ("identity_not_qualified", "PROV", "VALI")),
        (message(PID={31: "Y"}), ("identity_not_qualified", "Y", "N, or nothing")),
        (
            message("MDM", TXA={12: "1.2.3"}),
            ("document_id_mismatch", "1.2.3", DOCUMENT),
        ),
        (message(MSH={12: "2.3.1"}), ("version", "2.3.1", ACCEPTED["version"].en)),
        (message(flags={"MASQUE_PS": "P"}), ("flag_value", "P", ACCEPTED["flag_value"].en)),
        (order_change(IPC={3: "x"}), ("study_uid", "x", ACCEPTED["study_uid"].en)),
    ],
)
def test_the_value_and_the_accepted_ones(raw: bytes, expected: tuple[str, str, str]) -> None:
    code, value, accepted = said(raw)
    if code == "flag_value":
        value = (value or "").partition("^")[0]
    assert (code, value, accepted) == expected


def test_an_identifier_is_compared_with_the_cda_s_own() -> None:
    ids = f'<id extension="{OTHER_INS}" root="{INS_OID}"/>'
    code, value, accepted = said(message(document=cda(patient=patient(ids))))
    assert (code, accepted.partition("^")[0]) == ("ins_mismatch", OTHER_INS)
    assert (value or "").startswith(INS)
    other = cda(patient=patient().replace("IPP101", "IPP102"))
    code, _, accepted = said(message(document=other))
    assert (code, accepted) == ("patient_id_mismatch", f"IPP102^^^&{IPP_OID}&ISO")


def test_a_replaced_document_is_the_cda_s() -> None:
    related = (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.4" extension="7"/>'
        "</parentDocument></relatedDocument>"
    )

    def replacing(document: bytes, parent: str) -> bytes:
        msh = {9: "MDM^T10^MDM_T02"}
        order, result, txa = {1: "RO"}, {11: "C"}, {13: parent}
        return message("MDM", document=document, ORC=order, OBX=result, MSH=msh, TXA=txa)

    found = said(replacing(cda(related=related), "1.2.3"))
    assert found == ("parent_id_mismatch", "1.2.3", "7^^1.2.4^ISO")
    assert said(replacing(cda(), "")) == (
        "parent_document_missing",
        "",
        ACCEPTED["parent_document_missing"].en,
    )


def test_a_sender_learns_its_own_declarations_and_no_other_s() -> None:
    raw = message(MSH={3: "OTHER"})
    assert said(raw) == ("undeclared_sender", "OTHER|SITE", "RIS|SITE")
    others = (Sender("RIS2", "SITE", "CN=x,C=FR", ISSUER), Sender("RIS", "SITE", SUBJECT, ISSUER))
    assert said(raw, tenant=replace(SITE, senders=others))[2] == "RIS|SITE"
    found = said(raw, tenant=replace(SITE, senders=others[:1]))
    assert found[2] == ACCEPTED["undeclared_sender"].en


@pytest.mark.parametrize(
    ("document", "code", "value", "accepted"),
    [
        (
            cda(confidentiality=PARTS["confidentiality"].replace('"N"', '"X"')),
            "cda_element_invalid",
            'code="X" codeSystem="2.16.840.1.113883.5.25"',
            "N, R, V (codeSystem 2.16.840.1.113883.5.25)",
        ),
        (
            cda(version='<versionNumber value="0"/>'),
            "cda_element_invalid",
            'value="0"',
            "A whole number, 1 at least",
        ),
        (cda(version=""), "cda_element_missing", "", ACCEPTED["cda_element_missing"].en),
        (
            cda(exams=exam(f'<id root="{STUDY}" extension="z"/>')),
            "cda_element_invalid",
            f'root="{STUDY}" extension="z"',
            "@root the StudyInstanceUID, no @extension",
        ),
        (
            cda(exams=exam(f'<id root="{STUDY}"/><id root="x"/>')),
            "cda_element_invalid",
            'root="x"',
            "@root the StudyInstanceUID, no @extension",
        ),
        (
            cda(related='<relatedDocument typeCode="Z"/>'),
            "cda_element_invalid",
            'typeCode="Z"',
            "RPLC, APND, XFRM",
        ),
        (
            cda(
                legal_authenticator=PARTS["legal_authenticator"].replace(
                    organisation(), organisation(number="x y")
                )
            ),
            "cda_element_invalid",
            'extension="x y"',
            "@root an OID",
        ),
        (b"<a/>", "document_not_cda", "a", ACCEPTED["document_not_cda"].en),
    ],
)
def test_an_element_of_the_cda_is_shown_as_it_stands(
    document: bytes, code: str, value: str, accepted: str
) -> None:
    found = said(message(document=document))
    assert found[0] == code
    assert value in (found[1] or "")
    assert bool(value) is bool(found[1])
    assert found[2].startswith(accepted)


def test_a_document_that_nobody_can_read_is_shown_by_its_beginning() -> None:
    fault = first(message(document=b"hello " * 100))
    assert fault.code == "document_not_xml"
    assert fault.value is not None
    assert fault.value.startswith("^TEXT^XML^Base64^aGVsbG8g")
    assert len(fault.value) == MOST + 1


def test_a_place_that_is_no_value_has_none() -> None:
    for raw in (message(drop=("PID",)), b"hello"):
        fault = first(raw)
        assert fault.value is None
        assert fault.accepted == ACCEPTED[fault.code]


def test_a_message_of_which_msh_alone_is_read_has_the_values_of_msh() -> None:
    assert said(message(MSH={18: "ISO IR87"}))[1] == "ISO IR87"


def test_no_value_stands_in_a_text_form() -> None:
    raw = message(PID={3: ""}, document=cda(patient=patient()))
    seen = look(raw, None, SITE, SUBJECT)
    assert repr(seen).startswith("Seen(")
    for one in (repr(seen), repr(check(message(PID={3: "secret"})).faults)):
        assert INS not in one
        assert "secret" not in one
