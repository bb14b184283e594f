"""Acknowledgements, read back by python-hl7 alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import hl7
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError, Refusal
from functions.drimbox.report.ack import acknowledge
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.model import MessageHeader
from functions.drimbox.report.reading import read_header, read_report
from tests.drimbox.report.build import INS, message

AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def ack(
    header: MessageHeader,
    code: Literal["AA", "AE", "AR"] = "AA",
    error: MessageError | None = None,
    control_id: str = "A-1",
) -> bytes:
    return acknowledge(
        header, code=code, at=AT, control_id=control_id, error=error, sending=("DRIMBOX", "OP")
    )


def parsed(answer: bytes, encoding: str = "utf-8") -> Any:
    return hl7.parse(answer.decode(encoding))


@pytest.mark.parametrize(
    ("form", "kind", "version"),
    [("ORU", "ACK^R01^ACK", "2.5"), ("MDM", "ACK^T02^ACK", "2.6")],
)
def test_acceptance(form: str, kind: str, version: str) -> None:
    answer = ack(read_header(message(form)))
    assert (
        answer
        == (
            f"MSH|^~\\&|DRIMBOX|OP|RIS|SITE|20240102030405+0000||{kind}|A-1|P|{version}"
            "|||||FRA|UNICODE UTF-8\rMSA|AA|M1\r"
        ).encode()
    )


@pytest.mark.parametrize("form", ["ORU", "MDM"])
def test_hl7apy_finds_the_acknowledgement_valid(form: str) -> None:
    error = MessageError(
        "ins_missing", location="PID^1^3", condition=101, application_code="903", detail="PID-3"
    )
    answer = ack(read_header(message(form)), "AE", error).decode()
    read = parse_message(answer, validation_level=VALIDATION_LEVEL.STRICT)
    assert read.validate()
    assert (read.msa.msa_1.value, read.err.err_2.value) == ("AE", "PID^1^3")
    spoiled = answer.replace("MSA|AE|M1", "MSA|AE").replace("|E|", "||")
    with pytest.raises(HL7apyException):
        parse_message(spoiled, validation_level=VALIDATION_LEVEL.STRICT).validate()


def test_an_error_names_the_field_and_never_its_value() -> None:
    raw = message(PID={3: f"{INS[:-1]}0^^^A&1.2.250.1.213.1.4.10&ISO^INS"})
    with pytest.raises(MessageError) as caught:
        read_report(raw)
    answer = ack(read_header(raw), "AE", caught.value)
    err = parsed(answer).segment("ERR")
    assert str(err[2]) == "PID^1^3"
    assert str(err[3]) == "102^Data type error^HL70357"
    assert (str(err[4]), str(err[5]), str(err[7])) == ("E", "", "ins_invalid")
    assert str(err[8]) == "PID-3: wrong INS key"
    said = str(parsed(answer).segment("MSA")[3])
    assert said == "L'INS est mal formée, sa clé ou ses dates sont fausses, ou il y en a deux."
    assert INS[:-1].encode() not in answer


def test_a_refusal_with_an_application_code() -> None:
    error = Refusal(
        "no_ins",
        location="PID^1^3",
        condition=Condition.REQUIRED_FIELD,
        application_code="903",
        detail="x",
    )
    err = parsed(ack(read_header(message()), "AR", error)).segment("ERR")
    assert str(err[5]) == "903^No INS in the document^HL70533"


@pytest.mark.parametrize(
    ("condition", "said"), [(199, "Other HL7 Error"), (101, "Required field missing"), (299, "x")]
)
def test_an_error_always_has_words(condition: int, said: str) -> None:
    error = MessageError("x", location="PID^1", condition=condition)
    err = parsed(ack(read_header(message()), "AE", error)).segment("ERR")
    assert str(err[8]) == said


def test_codes_of_no_table_of_ours_are_passed_on_without_text() -> None:
    error = MessageError("x", location="PID^1", condition=299, application_code="999")
    err = parsed(ack(read_header(message()), "AE", error)).segment("ERR")
    assert (str(err[2]), str(err[3]), str(err[5])) == (
        "PID^1",
        "299^^HL70357",
        "999^^HL70533",
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"MSH|^~\\&|RIS", "MSH|^~\\&|DRIMBOX|OP|RIS||20240102030405+0000||ACK|A-1|P|2.5"),
        (
            b"MSH#$%!*#RIS#SITE#####ADT$A01#7#T#2.4",
            "MSH#$%!*#DRIMBOX#OP#RIS#SITE#20240102030405+0000##ACK$A01$ACK#A-1#T#2.4",
        ),
        (
            b"MSH|^~\\&#|RIS|SITE|||||ORU|7|D|2.7",
            "MSH|^~\\&#|DRIMBOX|OP|RIS|SITE|20240102030405+0000||ACK|A-1|D|2.7",
        ),
    ],
)
def test_poor_or_strange_headers_are_acknowledged_in_their_own_terms(
    raw: bytes, expected: str
) -> None:
    assert ack(read_header(raw)).decode().split("\r")[0].startswith(expected)


@pytest.mark.parametrize(
    ("declared", "encoding", "name"),
    [
        ("8859/15", "iso8859-15", "8859/15"),
        ("8859/1", "iso8859-1", "8859/1"),
        ("UTF-8", "utf-8", "UNICODE UTF-8"),
        ("", "utf-8", "UNICODE UTF-8"),
    ],
)
def test_the_character_set_is_the_messages(declared: str, encoding: str, name: str) -> None:
    raw = message(MSH={3: "Hôpital", 18: declared}, encoding=encoding)
    answer = parsed(ack(read_header(raw)), encoding)
    assert str(answer.segment("MSH")[5]) == "Hôpital"
    assert str(answer.segment("MSH")[18]) == name


def test_a_character_outside_the_set_is_a_question_mark() -> None:
    header = read_header(message(MSH={18: "ASCII"}))
    error = MessageError("x", location="PID^1^3", condition=199, detail="à corriger")
    assert b"? corriger" in ack(header, "AE", error)


fields = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@given(fields, fields, fields, fields)
def test_no_value_can_break_out_of_its_field(
    application: str, control_id: str, detail: str, ours: str
) -> None:
    header = MessageHeader(
        separators="|^~\\&",
        sending_application=application,
        sending_facility="",
        receiving_application="",
        receiving_facility="",
        event=("ORU", "R01", "ORU_R01"),
        control_id=control_id,
        processing_id="P",
        version="2.5",
        encoding="utf-8",
    )
    error = MessageError("code", location="OBX^1^5", condition=199, detail=f"{detail}\r\nMSA|AA|")
    lines = ack(header, "AE", error, ours).decode().split("\r")
    assert [line[:4] for line in lines] == ["MSH|", "MSA|", "ERR|", ""]
    assert [line.count("|") for line in lines] == [17, 3, 8, 0]
    assert read_header("\r".join(lines).encode()).receiving_application == application.strip()
