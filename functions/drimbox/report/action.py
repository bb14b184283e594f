"""The action of a message, from ORC-1, OBX-11, the event, TXA-12 and TXA-13 together.

===========  =====  ======  ==========  ================  ========
action       ORC-1  OBX-11  MDM event   TXA-12            TXA-13
===========  =====  ======  ==========  ================  ========
publish      NW     F       T02         the document      absent
replace      RO     C       T10         the new document  required
withdraw     CA     D       T04         the document      absent
===========  =====  ======  ==========  ================  ========

An ORU is always R01 and has no TXA (volet CISIS_CDA_HL7_V2, "segment ORC": the receiver rejects a
message whose fields disagree).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.parties import Identifier
from functions.drimbox.report.conditions import WRONG_VERSION, Condition
from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.report.hl7 import Message
    from functions.drimbox.report.model import ClinicalDocument, MessageHeader
    from functions.drimbox.report.segment import Segment


@frozen
class Wanted:
    """An action, and the values that go with its ORC-1: OBX-11 and the event of an MDM."""

    action: Action
    result_status: str
    event: str


_ROWS: Final[dict[str, Wanted]] = {
    "NW": Wanted(Action.PUBLISH, "F", "T02"),
    "RO": Wanted(Action.REPLACE, "C", "T10"),
    "CA": Wanted(Action.WITHDRAW, "D", "T04"),
}
# Message types that carry a report, and their events.
_EVENTS: Final[dict[str, frozenset[str]]] = {
    "ORU": frozenset({"R01"}),
    "MDM": frozenset(row.event for row in _ROWS.values()),
}


def wanted_with(control: str) -> Wanted | None:
    """The row of an ORC-1, None for a value that asks for nothing here."""
    return _ROWS.get(control)


def wanted_action(message: Message) -> Wanted:
    """The row that the first ORC asks for.

    Raises MessageError: ``segment_missing`` (ORC), ``action_missing`` or ``action_unknown``
    (ORC-1), ``field_repeated`` where it says two values. The other fields are compared with the row
    by :func:`require_same_orders`, :func:`require_status` and :func:`require_event`, each of which
    raises ``action_disagreement`` at the field that contradicts ORC-1.
    """
    order = (message.all("ORC") or (message.single("ORC"),))[0]
    control = order.required(1, "action_missing", "ORC-1 is empty")
    row = _ROWS.get(control)
    if row is None:
        raise order.error("action_unknown", 1, Condition.TABLE_VALUE, "ORC-1 is not NW, RO or CA")
    return row


def require_same_orders(message: Message, row: Wanted) -> None:
    """Every ORC says the same; ``field_repeated``."""
    for order in message.all("ORC"):
        if _ROWS.get(order.single(1).text()) is not row:
            raise order.error(
                "action_disagreement", 1, Condition.OTHER, "ORC-1 is not that of the first ORC"
            )


def require_status(document: Segment, row: Wanted) -> None:
    """OBX-11 of the document; also ``action_missing``, ``field_repeated``."""
    status = document.required(11, "action_missing", "OBX-11 of the document is empty")
    if status != row.result_status:
        raise document.error(
            "action_disagreement",
            11,
            Condition.OTHER,
            f"OBX-11 disagrees with ORC-1, which goes with {row.result_status}",
        )


def require_event(message: Message, row: Wanted) -> None:
    """The event of an MDM; an ORU has one event for all actions."""
    if message.header.event[0] == "MDM" and message.header.event[1] != row.event:
        raise message.segments[0].error(
            "action_disagreement",
            9,
            Condition.OTHER,
            f"the event disagrees with ORC-1, which goes with {row.event}",
        )


def require_parent(message: Message, row: Wanted) -> None:
    """TXA-12, and TXA-13 of a replacement alone, in an MDM: also ``document_number_missing``,
    ``parent_document_missing``, ``segment_missing``."""
    if message.header.event[0] != "MDM":
        return
    txa = message.single("TXA")
    if _document_number(txa, 12) is None:
        raise txa.error("document_number_missing", 12, Condition.REQUIRED_FIELD, "TXA-12 is empty")
    parent = _document_number(txa, 13)
    if row.action is Action.REPLACE and parent is None:
        raise txa.error(
            "parent_document_missing",
            13,
            Condition.REQUIRED_FIELD,
            "TXA-13 is required to replace",
        )
    if row.action is not Action.REPLACE and parent is not None:
        raise txa.error(
            "action_disagreement", 13, Condition.OTHER, "TXA-13 is only there to replace"
        )


def _document_number(txa: Segment, field: int) -> Identifier | None:
    """TXA-12 or -13: ``extension^^root^ISO``, or the OID alone (volet, "segment TXA", note 1)."""
    number = txa.single(field)
    root, extension = number.whole(3), number.whole()
    if root:
        return Identifier(root, extension)
    return Identifier(extension) if extension else None


def check_document_id(message: Message, document: ClinicalDocument) -> None:
    """TXA-12 is the CDA's id; an ORU has none. MessageError ``document_id_mismatch``."""
    for txa in message.all("TXA"):
        if _document_number(txa, 12) != document.id:
            raise txa.error(
                "document_id_mismatch", 12, Condition.OTHER, "TXA-12 is not the id of the CDA"
            )


def check_parent_id(message: Message, document: ClinicalDocument) -> None:
    """TXA-13 and the CDA's relatedDocument name the same replaced document, where both are there.

    Raises MessageError ``parent_id_mismatch``.
    """
    for txa in message.all("TXA"):
        parent = _document_number(txa, 13)
        if parent is not None and document.replaces not in (None, parent):
            raise txa.error(
                "parent_id_mismatch",
                13,
                Condition.OTHER,
                "TXA-13 is not the document that the CDA replaces",
                WRONG_VERSION,
            )


def _unsupported(location: str, condition: Condition, detail: str) -> MessageError:
    return MessageError("unsupported_action", location=location, condition=condition, detail=detail)


def require_supported(header: MessageHeader) -> None:
    """Refuse the messages that carry no report: MessageError ``unsupported_action``.

    Message types (ERR-3 200) and events (201); an OMI^O23 is read by ``order_change``.
    """
    kind, event, _structure = header.event
    if kind not in _EVENTS:
        raise _unsupported("MSH^1^9", Condition.MESSAGE_TYPE, "message type not supported")
    if event not in _EVENTS[kind]:
        raise _unsupported("MSH^1^9", Condition.EVENT_CODE, "event not supported")
