"""A publication's message as it came, and its document: as texts, for a person to read.

The permission is that of the export, which gives the same bytes as a file; each look is audited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.errors import Absent
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.raw_text import raw_text
from functions.drimbox.publication.messages import (
    OrderChangeMessage,
    RepairMessage,
    ReportMessage,
    SiteAcceptedMessage,
    load_judged,
)
from functions.drimbox.report.cda_xml import parse_cda
from functions.drimbox.report.header import read_header
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.publication.ports import Site


def read_raw(site: Site, caller: Caller, message_id: str) -> dict[str, Any]:
    """``message`` (HL7 v2, one segment a line) and ``document`` (the CDA's XML, None for a message
    without one), each with ``text`` and ``complete``: false where the end is left out.

    Forbidden without the permission ``export``; Absent when the publication is unknown, or is no
    HL7 message.
    """
    operator = demand(site.audit, caller, Permission.EXPORT)
    entry_of(site, message_id)
    patient, cda = "", b""
    match load_judged(site, message_id):
        case ReportMessage(raw=raw, report=report):
            patient, cda = report.document.patient.ins.value, report.cda
        case OrderChangeMessage(raw=raw, order=order) | RepairMessage(raw=raw, order=order):
            patient = order.patient.value
        case SiteAcceptedMessage(raw=raw):
            pass  # nobody can say whose it is
        case _:
            raise Absent("message")
    shown = {
        "id": message_id,
        "message": raw_text(raw, read_header(raw).encoding),
        "document": raw_text(cda, _encoding_of(cda)) if cda else None,
    }
    # The last step: a text that cannot be made leaves no record, a record that fails shows no text.
    site.audit.record(
        "publication.message_shown",
        key=f"{message_id}/{caller.request_id}",
        result="shown",
        who=operator.subject,
        facts={"message_id": message_id, **({"ins": patient} if patient else {})},
    )
    return shown


def _encoding_of(cda: bytes) -> str:
    """The one by which the document was read."""
    return parse_cda(cda).getroottree().docinfo.encoding or "utf-8"
