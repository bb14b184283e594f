"""Reading a report: an ORU^R01 or MDM message whose CDA names a patient and studies.

The order is: header, structure, patient, action, document, then the agreement between them. Nothing
is read by position: OBX segments are found by OBX-2 and OBX-3.1, identifiers by OID.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.parties import Organisation, Professional
from functions.drimbox.report.action import (
    check_document_id,
    check_parent_id,
    require_event,
    require_parent,
    require_same_orders,
    require_status,
    require_supported,
    wanted_action,
)
from functions.drimbox.report.cda import cda_faults, read_cda
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.consistency import (
    check_local_ids,
    check_same_ins,
    read_patient_identifiers,
    require_known,
    require_validated,
)
from functions.drimbox.report.flags import MAIL_BODY, SYSTEM, inspect_visibility
from functions.drimbox.report.header import read_header
from functions.drimbox.report.hl7 import MAX_BYTES, Message, attempt, read_message
from functions.drimbox.report.model import ClinicalDocument, Report, Visibility
from functions.drimbox.report.period import day_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.report.requested_action import Action
    from functions.drimbox.report.segment import Segment

__all__ = ["Reading", "inspect", "read_header", "read_report"]

_PROCESSING_IDS: Final = frozenset({"P", "T", "D"})
_VERSION: Final = re.compile(r"2\.5(\.[0-9]+)?|2\.6")
_REPORT_CODE: Final = "18748-4"  # LOINC: diagnostic imaging report


@frozen
class Reading:
    """The readable parts of a message, and its faults.

    ``faults``: in the order in which the parts are looked at: one at most of each field, and of
    each part of the CDA's header. A part that cannot be read is None. ``draft`` is the report of
    which every part can be read, although the parts may be at fault among each other or beside it;
    ``report`` is the same, None when there is any fault.
    """

    faults: tuple[MessageError, ...]
    action: Action | None = None
    visibility: Visibility | None = None
    document: ClinicalDocument | None = None
    report: Report | None = None
    draft: Report | None = None


def read_report(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Report:
    """Read and check a whole message of at most ``max_bytes`` bytes.

    Raises NotHl7 without a readable MSH, MessageError for anything wrong, such as
    ``unsupported_action`` for a type of message that carries no report: its code, location (ERR-2)
    and conditions are what the acknowledgement says. Replacements and withdrawals are read like
    publications.
    """
    reading = inspect(raw, max_bytes=max_bytes)
    if reading.report is None:
        raise reading.faults[0]
    return reading.report


def inspect(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Reading:
    """Read a message as far as it can be read; the first fault is the one that read_report raises.

    A fault does not hide those of the parts that do not depend on it; a message of a type that
    carries no report is not looked at any further. Raises NotHl7 without a readable MSH.
    """
    faults: list[MessageError] = []
    message = attempt(faults, read_message, raw, max_bytes=max_bytes)
    if message is not None:
        attempt(faults, _require_report, message)
    if message is None or faults:
        return Reading(tuple(faults))
    for check in (_check_control_id, _check_processing_id, _check_version):
        attempt(faults, check, message)
    pid = attempt(faults, message.single, "PID")
    today = day_of(message.segments[0].text(7))
    identifiers = attempt(faults, read_patient_identifiers, pid, today) if pid else None
    if pid:
        attempt(faults, require_known, pid)
        attempt(faults, require_validated, pid)
    body = _read_body(faults, message)
    if body.document:
        attempt(faults, check_document_id, message, body.document)
        attempt(faults, check_parent_id, message, body.document)
        if pid and identifiers:
            attempt(faults, check_same_ins, pid, identifiers, body.document.patient)
            attempt(faults, check_local_ids, pid, identifiers, body.document.patient)
    draft = _draft(message, body)
    return Reading(
        tuple(faults),
        body.action,
        body.visibility,
        body.document,
        None if faults else draft,
        draft,
    )


@frozen
class _Body:
    """The parts that follow the patient's; an unreadable part is None."""

    action: Action | None
    visibility: Visibility | None
    cda: bytes | None
    document: ClinicalDocument | None
    sender: Professional | None


def _read_body(faults: list[MessageError], message: Message) -> _Body:
    segment = attempt(faults, _document_segment, message)
    action = _read_action(faults, message, segment)
    visibility, of_flags = inspect_visibility(message)
    faults += of_flags
    cda = attempt(faults, _payload, segment) if segment else None
    document = None
    if segment and cda is not None:
        document = _read_cda(faults, cda, segment.location(5))
    sender = attempt(faults, _sender, message)
    return _Body(action, visibility, cda, document, sender)


def _read_action(
    faults: list[MessageError], message: Message, document: Segment | None
) -> Action | None:
    """The action, None where ORC-1 asks for none or another field contradicts it."""
    row = attempt(faults, wanted_action, message)
    if row is None:
        return None
    before = len(faults)
    attempt(faults, require_same_orders, message, row)
    if document:
        attempt(faults, require_status, document, row)
    attempt(faults, require_event, message, row)
    attempt(faults, require_parent, message, row)
    return row.action if len(faults) == before else None


def _read_cda(faults: list[MessageError], cda: bytes, location: str) -> ClinicalDocument | None:
    document = attempt(faults, read_cda, cda, location=location)
    if document is None:
        told = faults[-1].code, faults[-1].detail
        others = cda_faults(cda, location=location)
        faults += [one for one in others if (one.code, one.detail) != told]
    return document


def _draft(message: Message, body: _Body) -> Report | None:
    action, visibility, cda, document = body.action, body.visibility, body.cda, body.document
    if action is None or visibility is None or cda is None or document is None:
        return None
    return Report(
        header=message.header,
        action=action,
        document=document,
        visibility=visibility,
        patient_class=next((visit.text(2) for visit in message.all("PV1")), ""),
        sender=body.sender,
        cda=cda,
        cda_sha256=hashlib.sha256(cda).hexdigest(),
    )


def _require_report(message: Message) -> None:
    message.segments[0].required(9, "message_type_missing", "MSH-9 is empty")
    require_supported(message.header)


def _check_control_id(message: Message) -> None:
    message.segments[0].required(10, "control_id_missing", "MSH-10 is empty")


def _check_processing_id(message: Message) -> None:
    if message.header.processing_id not in _PROCESSING_IDS:
        raise message.segments[0].error(
            "processing_id", 11, Condition.PROCESSING_ID, "MSH-11 is not P, T or D"
        )


def _check_version(message: Message) -> None:
    if not _VERSION.fullmatch(message.header.version):
        raise message.segments[0].error(
            "version", 12, Condition.VERSION_ID, "MSH-12 is not 2.5 or 2.6"
        )


def _document_segment(message: Message) -> Segment:
    """The OBX of the report, among those of type ED that are neither metadata nor mail bodies.

    A CDA comes before another format; then the code of OBR-4 (OBX-3 = OBR-4 in the volet), then an
    imaging report. Raises MessageError ``document_missing`` at the first OBX-5;
    ``document_ambiguous`` at the second of two different documents that come first alike, or when
    OBX-5 repeats (``field_repeated``).
    """
    ordered = {request.text(4) for request in message.all("OBR")} - {""}
    documents = [
        segment
        for segment in message.all("OBX")
        if segment.text(2).upper() == "ED"
        and segment.text(3, 3).upper() != SYSTEM
        and not segment.text(3).upper().startswith(MAIL_BODY)
    ]
    if not documents:
        raise MessageError(
            "document_missing",
            location="OBX^1^5",
            condition=Condition.REQUIRED_FIELD,
            detail="no OBX of type ED holds a report",
        )

    def rank(segment: Segment) -> tuple[bool, bool, bool]:
        code = segment.text(3)
        return not _is_cda(segment), code not in ordered, code != _REPORT_CODE

    best = min(map(rank, documents))
    first, *others = (segment for segment in documents if rank(segment) == best)
    for other in others:
        if other.fields[5:6] != first.fields[5:6]:
            raise other.error(
                "document_ambiguous",
                5,
                Condition.CARDINALITY,
                "another OBX holds a document of the same kind",
            )
    first.single(5)
    return first


def _is_cda(segment: Segment) -> bool:
    """OBX-5 is ``^TEXT^XML^Base64^…``; the letters' case differs between ORU and MDM."""
    kind = tuple(segment.text(5, component).upper() for component in (2, 3, 4))
    return kind == ("TEXT", "XML", "BASE64")


def _payload(segment: Segment) -> bytes:
    """The bytes of OBX-5.5, at most those of the message. White space in them is no fault."""
    if not _is_cda(segment):
        raise segment.error(
            "document_encoding", 5, Condition.DATA_TYPE, "OBX-5 is not ^TEXT^XML^Base64^"
        )
    encoded = segment.first(5).whole(5)
    if not encoded:
        raise segment.error(
            "document_missing", 5, Condition.REQUIRED_FIELD, "OBX-5 holds no document"
        )
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        pass
    try:
        return base64.b64decode(_blank(segment).sub("", encoded), validate=True)
    except ValueError:
        raise segment.error(
            "document_not_base64", 5, Condition.DATA_TYPE, "OBX-5.5 is not base64"
        ) from None


def _blank(segment: Segment) -> re.Pattern[str]:
    r"""White space, also written as escape sequences: a value with many of them is not decoded."""
    mark = re.escape(segment.separators[3])
    return re.compile(rf"\s|{mark}(?:\.br|X(?:09|0A|0D|20)+){mark}", re.IGNORECASE)


def _sender(message: Message) -> Professional | None:
    """The professional of the participation SB (PRT-4), None when there is none or it is a device.

    PRT-8.10 may be a FINESS without its leading "1" (structure type): it is put back. Raises
    MessageError ``sender_ambiguous`` at a second professional, ``field_repeated``.
    """
    found: Professional | None = None
    for participation in message.all("PRT"):
        if participation.text(4) != "SB" or not participation.text(5):
            continue
        person, structure = participation.single(5), participation.single(8)
        number = structure.text(10)
        structure_id = f"1{number}" if len(number) == 9 else number
        sender = Professional(
            identifier=person.text(),
            family=person.text(2),
            given=person.text(3),
            organisation=Organisation(structure_id, structure.text()) if structure_id else None,
        )
        if found not in (None, sender):
            raise participation.error(
                "sender_ambiguous", 5, Condition.CARDINALITY, "another PRT names another sender"
            )
        found = sender
    return found
