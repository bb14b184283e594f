"""Spoiled messages, one per fault, each with the answer that it must get."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, Final

from simulators.ris.messages import Form
from tests.flows.stack import LocalStack

MIB: Final = 1024 * 1024
Spoil = Callable[[bytes], bytes]


def without(name: str, ordinal: int = 1) -> Spoil:
    """The message without one segment."""

    def spoil(raw: bytes) -> bytes:
        lines = raw.split(b"\r")
        mine = [line for line in lines if line.startswith(name.encode() + b"|")]
        lines.remove(mine[ordinal - 1])
        return b"\r".join(lines)

    return spoil


def with_field(name: str, number: int, value: str | Callable[[str], str]) -> Spoil:
    """The message with one field of the first such segment changed (MSH-n included)."""

    def spoil(raw: bytes) -> bytes:
        lines = raw.decode().split("\r")
        index = next(n for n, line in enumerate(lines) if line.startswith(f"{name}|"))
        fields = lines[index].split("|")
        place = number - 1 if name == "MSH" else number
        fields += [""] * (place + 1 - len(fields))
        fields[place] = value if isinstance(value, str) else value(fields[place])
        changed = "|".join(fields)
        assert changed != lines[index], "the spoil changes the message"
        lines[index] = changed
        return "\r".join(lines).encode()

    return spoil


def with_document(edit: Callable[[str], str]) -> Spoil:
    """The message with its clinical document changed."""

    def change(value: str) -> str:
        head, _, coded = value.rpartition("^")
        return (
            f"{head}^{base64.b64encode(edit(base64.b64decode(coded).decode()).encode()).decode()}"
        )

    return with_field("OBX", 5, change)


def replaced(pattern: str, by: str) -> Callable[[str], str]:
    """A text with every match of a pattern replaced; there is one."""

    def edit(text: str) -> str:
        changed, count = re.subn(pattern, by, text, flags=re.DOTALL)
        assert count, "the spoil finds its place"
        return changed

    return edit


def with_payload(coded: str) -> Spoil:
    """OBX-5.5 is ``coded`` as it is."""
    return with_field("OBX", 5, lambda value: f"{value.rpartition('^')[0]}^{coded}")


def of_xml(text: str) -> Spoil:
    """The document is this XML."""
    return with_payload(base64.b64encode(text.encode()).decode())


# Name: (form, spoil, (MSA-1, ERR-2, ERR-3, ERR-7)).
WRONG: Final[dict[str, tuple[Form, Spoil, tuple[str, str, str, str]]]] = {
    "no PID": ("ORU", without("PID"), ("AE", "PID^1", "100", "segment_missing")),
    "no ORC": ("ORU", without("ORC"), ("AE", "ORC^1", "100", "segment_missing")),
    "no document": ("ORU", without("OBX"), ("AE", "OBX^1^5", "101", "document_missing")),
    "an empty document": ("MDM", with_payload(""), ("AE", "OBX^1^5", "101", "document_missing")),
    "not base64": ("ORU", with_payload("@@@"), ("AE", "OBX^1^5", "102", "document_not_base64")),
    "not XML": ("ORU", of_xml("<broken"), ("AE", "OBX^1^5", "102", "document_not_xml")),
    "an entity": (
        "ORU",
        of_xml('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'),
        ("AE", "OBX^1^5", "102", "document_not_xml"),
    ),
    "XML that is no CDA": ("ORU", of_xml("<a/>"), ("AE", "OBX^1^5", "102", "document_not_cda")),
    "no study": (
        "ORU",
        with_document(replaced(r"(<serviceEvent[^>]*>)(\s*<id [^>]*/>)+", r"\1")),
        ("AE", "OBX^1^5", "101", "study_missing"),
    ),
    "no INS": (
        "ORU",
        with_field("PID", 3, lambda value: value.partition("~")[2]),
        ("AE", "PID^1^3", "101", "ins_missing"),
    ),
    "no INS in the document": (
        "ORU",
        with_document(replaced(r'<id [^>]*"1\.2\.250\.1\.213\.1\.4\.10"[^>]*/>', "")),
        ("AE", "OBX^1^5", "101", "ins_missing"),
    ),
    "an INS with a wrong key": (
        "ORU",
        with_field("PID", 3, replaced("279035121518989", "279035121518988")),
        ("AE", "PID^1^3", "102", "ins_invalid"),
    ),
    "an INS of an unknown OID": (
        "ORU",
        with_field("PID", 3, replaced(r"1\.2\.250\.1\.213\.1\.4\.10&", "1.2.250.1.213.1.4.99&")),
        ("AE", "PID^1^3", "103", "ins_unknown_oid"),
    ),
    "an identity that is not qualified": (
        "ORU",
        with_field("PID", 32, "PROV"),
        ("AE", "PID^1^32", "103", "identity_not_qualified"),
    ),
    "an identity without status": (
        "MDM",
        with_field("PID", 32, ""),
        ("AE", "PID^1^32", "101", "identity_not_qualified"),
    ),
    "the INS of another in PID-3": (
        "ORU",
        with_field("PID", 3, replaced("279035121518989", "248039263001064")),
        ("AE", "PID^1^3", "199", "ins_mismatch"),
    ),
    "the IPP of another in PID-3": (
        "ORU",
        with_field("PID", 3, replaced("IPP101", "IPP999")),
        ("AE", "PID^1^3", "199", "patient_id_mismatch"),
    ),
    "an unknown order control": (
        "ORU",
        with_field("ORC", 1, "XX"),
        ("AE", "ORC^1^1", "103", "action_unknown"),
    ),
    "OBX-11 against ORC-1": (
        "ORU",
        with_field("OBX", 11, "C"),
        ("AE", "OBX^1^11", "199", "action_disagreement"),
    ),
    "ORC-1 against OBX-11": (
        "MDM",
        with_field("ORC", 1, "CA"),
        ("AE", "OBX^1^11", "199", "action_disagreement"),
    ),
    "the event against ORC-1": (
        "MDM",
        with_field("MSH", 9, "MDM^T10^MDM_T02"),
        ("AE", "MSH^1^9", "199", "action_disagreement"),
    ),
    "TXA-12 against the document": (
        "MDM",
        with_field("TXA", 12, "1.2.3.4"),
        ("AE", "TXA^1^12", "199", "document_id_mismatch"),
    ),
    "a flag of a mistyped code": (
        "ORU",
        lambda raw: raw.replace(b"|MASQUE_PS^", b"|MASQUEPS^"),
        ("AE", "OBX^2^3", "103", "flag_unknown"),
    ),
    "a flag that is missing": (
        "MDM",
        without("OBX", 7),
        ("AE", "OBX^11", "101", "flag_missing"),
    ),
    "a flag that was deleted": (
        "MDM",
        lambda raw: re.sub(rb"(\|DESTDMP\^[^\r]*\|)F\|", rb"\1D|", raw),
        ("AE", "OBX^7^11", "103", "flag_status"),
    ),
    "two actions": (
        "ORU",
        with_field("ORC", 1, "NW~CA"),
        ("AE", "ORC^1^1", "198", "field_repeated"),
    ),
    "a line before MSH": (
        "ORU",
        lambda raw: b"PID\r" + raw,
        ("AE", "MSH^1", "100", "not_a_segment"),
    ),
    "no control id": (
        "ORU",
        with_field("MSH", 10, ""),
        ("AE", "MSH^1^10", "101", "control_id_missing"),
    ),
    "an unknown version": (
        "ORU",
        with_field("MSH", 12, "3.0"),
        ("AE", "MSH^1^12", "203", "version"),
    ),
    "another character set": (
        "ORU",
        with_field("MSH", 18, "BIG-5"),
        ("AE", "MSH^1^18", "103", "character_set"),
    ),
    "another kind of message": (
        "ORU",
        with_field("MSH", 9, "ADT^A01^ADT_A01"),
        ("AE", "MSH^1^9", "200", "unsupported_action"),
    ),
    "another event": (
        "MDM",
        with_field("MSH", 9, "MDM^T01^MDM_T02"),
        ("AE", "MSH^1^9", "201", "unsupported_action"),
    ),
    "an undeclared application": (
        "ORU",
        with_field("MSH", 3, "OTHER_RIS"),
        ("AE", "MSH^1^3", "204", "undeclared_sender"),
    ),
    "an undeclared facility": (
        "ORU",
        with_field("MSH", 4, "ELSEWHERE"),
        ("AE", "MSH^1^3", "204", "undeclared_sender"),
    ),
}


def kept(stack: LocalStack) -> tuple[Any, ...]:
    """Everything that a refused message must leave as it was.

    A job of an earlier publication may fall due meanwhile, and the tick of an earlier wait: their
    queues are no part of it.
    """
    queues = {*stack.queues} - {stack.queue_url(name) for name in ("fill-jobs", "ticks")}
    waiting = [
        stack.aws["sqs"].get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        for url in sorted(queues)
    ]
    return stack.keys("inbox"), stack.keys("archive"), waiting, len(stack.documents())
