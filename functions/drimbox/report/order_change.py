"""OMI^O23: the content of an exam has changed, or the exam was cancelled (HL7 v2.5.1 4.4.15).

It carries no report. The PACS decides which images remain, not ORC-1: the message only names the
studies to look at again, and ORC-1 CA says that their absence is expected. A study is IPC-3, never
a position in the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.oid import Uid
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.consistency import (
    QUALIFIED,
    read_patient_identifiers,
    require_known,
    require_validated,
)
from functions.drimbox.report.hl7 import MAX_BYTES, attempt, read_message
from functions.drimbox.report.period import day_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.errors import MessageError
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.report.model import MessageHeader
    from functions.drimbox.report.segment import Segment

EVENT: Final = ("OMI", "O23")


@frozen
class OrderChange:
    """The studies to look at again, none twice, and the patient to whom they must belong.

    ``cancelled``: every ORC says CA, the exam was taken back.
    """

    header: MessageHeader
    patient: Ins
    studies: tuple[Uid, ...]
    cancelled: bool

    def __repr__(self) -> str:
        return f"OrderChange({len(self.studies)} studies)"


def is_order_change(header: MessageHeader) -> bool:
    """True for an OMI^O23."""
    return header.event[:2] == EVENT


def read_order_change(raw: bytes, *, max_bytes: int = MAX_BYTES) -> OrderChange:
    """Read and check a whole OMI^O23.

    Raises NotHl7, and MessageError: ``control_id_missing`` (MSH-10), those of PID-3 and PID-32,
    ``study_missing`` without an IPC or with an empty IPC-3, ``study_uid`` when it is no UID,
    ``field_repeated`` for a second value in MSH-10, ORC-1 or IPC-3.
    """
    found, faults = inspect_order_change(raw, max_bytes=max_bytes)
    if found is None:
        raise faults[0]
    return found


def inspect_order_change(
    raw: bytes, *, max_bytes: int = MAX_BYTES
) -> tuple[OrderChange | None, tuple[MessageError, ...]]:
    """The same, or None and every fault: one at most of each field. Raises NotHl7."""
    faults: list[MessageError] = []
    message = attempt(faults, read_message, raw, max_bytes=max_bytes)
    if message is None:
        return None, tuple(faults)
    msh = message.segments[0]
    attempt(faults, msh.required, 10, "control_id_missing", "MSH-10 is empty")
    pid = attempt(faults, message.single, "PID")
    identifiers = None
    if pid:
        identifiers = attempt(faults, read_patient_identifiers, pid, day_of(msh.text(7)))
        attempt(faults, require_known, pid)
        attempt(faults, require_validated, pid)
    named = message.all("IPC")
    if not named:
        attempt(faults, message.single, "IPC")
    studies = [attempt(faults, _study, one) for one in named]
    controls = [attempt(faults, orc.single, 1) for orc in message.all("ORC")]
    if faults or identifiers is None:
        return None, tuple(faults)
    return OrderChange(
        header=message.header,
        patient=identifiers.ins,
        studies=tuple(dict.fromkeys(one for one in studies if one)),
        cancelled={one.alone() for one in controls if one} == {"CA"},
    ), ()


def _study(segment: Segment) -> Uid:
    value = segment.required(3, "study_missing", "IPC-3 (Study Instance UID) is empty")
    try:
        return Uid(value)
    except ValueError:
        raise segment.error("study_uid", 3, Condition.DATA_TYPE, "IPC-3 is not a UID") from None


def write_order_change(
    *, study: Uid, patient: Ins, who: tuple[str, str], control_id: str, at: datetime
) -> bytes:
    """The smallest OMI^O23 that :func:`read_order_change` takes: ``study`` has changed (ORC-1 XO).

    ``who`` is MSH-3 and MSH-4, ``at`` on the site's clock.
    """
    application, facility = who
    pid = [""] * 32
    pid[2] = f"{patient.value}^^^{patient.issuer}&{patient.oid}&ISO^INS"
    pid[31] = QUALIFIED
    stamp = at.strftime("%Y%m%d%H%M%S%z")
    ends = f"{application}|{facility}|{application}|{facility}"
    segments = (
        f"MSH|^~\\&|{ends}|{stamp}||OMI^O23^OMI_O23|{control_id}|P|2.5||||||UNICODE UTF-8",
        f"PID|{'|'.join(pid)}",
        "ORC|XO",
        f"IPC|||{study}",
    )
    return "\r".join(segments).encode()
