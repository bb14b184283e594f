"""The document, the action and the studies that a message names."""

from __future__ import annotations

import base64

from tests.drimbox.feed_check.scenes import order_change
from tests.drimbox.report.bad_messages import OTHER, other_document
from tests.drimbox.report.build import DOCUMENT, Segments, cda, message
from tests.restrictions.outcomes import outcome_of_message
from tests.restrictions.table import Variants, case

_DOCUMENT = "document of the message (OBX of type ED)"
_ENCODED = base64.b64encode(cda()).decode()


def _holding(content: str) -> str:
    return outcome_of_message(message(OBX={5: content}))


@case(_DOCUMENT, "unknown")
def _unknown_document() -> Variants:
    yield "a PDF", _holding("^APPLICATION^PDF^Base64^JVBERi0=")
    yield "in hexadecimal", _holding(f"^TEXT^XML^Hex^{cda().hex()}")


@case(_DOCUMENT, "missing")
def _no_document() -> Variants:
    yield "empty", _holding("^TEXT^XML^Base64^")
    yield "of type ST", outcome_of_message(message(OBX={2: "ST"}))


@case(_DOCUMENT, "repeated")
def _two_in_a_field() -> Variants:
    yield "two in OBX-5", _holding(f"^TEXT^XML^Base64^{_ENCODED}~{OTHER}")


@case(_DOCUMENT, "ambiguous")
def _which_document() -> Variants:
    def more(segments: Segments) -> None:
        segments.append(other_document("18748-4", OTHER))

    for form in ("ORU", "MDM"):
        yield f"two of the same code, {form}", outcome_of_message(message(form, edit=more))


@case(_DOCUMENT, "ill-formed")
def _ill_formed_document() -> Variants:
    yield "not base64", _holding("^TEXT^XML^Base64^*?*")
    yield "two subcomponents", _holding(f"^TEXT^XML^Base64^{_ENCODED}&{_ENCODED}")


@case(_DOCUMENT, "partial")
def _cut_document() -> Variants:
    yield "cut", _holding("^TEXT^XML^Base64^QUJDR")


@case("message", "partial")
def _part_of_a_message() -> Variants:
    yield "a continuation pointer", outcome_of_message(message(MSH={14: "12"}))
    yield "a continued segment", outcome_of_message(message(edit=lambda s: s.append(["ADD", "Y"])))
    yield "continued later", outcome_of_message(message(edit=lambda s: s.append(["DSC", "12"])))


_ACTION = "action (ORC-1, OBX-11)"


@case(_ACTION, "unknown")
def _unknown_action() -> Variants:
    yield "XO", outcome_of_message(message(ORC={1: "XO"}))


@case(_ACTION, "missing")
def _no_action() -> Variants:
    yield "ORC-1", outcome_of_message(message(ORC={1: ""}))
    yield "OBX-11", outcome_of_message(message(OBX={11: ""}))


@case(_ACTION, "repeated")
def _two_actions() -> Variants:
    yield "ORC-1", outcome_of_message(message(ORC={1: "NW~CA"}))
    yield "OBX-11", outcome_of_message(message(OBX={11: "F~D"}))
    yield "ORC-1 of an order change", outcome_of_message(order_change(ORC={1: "CA~NW"}))


@case(_ACTION, "ambiguous")
def _which_action() -> Variants:
    yield "ORC-1 and OBX-11", outcome_of_message(message(ORC={1: "CA"}))
    yield "two ORC", outcome_of_message(message(edit=lambda s: s.append(["ORC", "CA"])))


@case(_ACTION, "ill-formed")
def _ill_formed_action() -> Variants:
    yield "small letters", outcome_of_message(message(ORC={1: "nw"}))


_PARENT = "replaced document (TXA-13)"


def _replacing(parent: str) -> str:
    related = (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3"/></parentDocument>'
        "</relatedDocument>"
    )
    raw = message(
        "MDM",
        document=cda(related=related),
        MSH={9: "MDM^T10^MDM_T02"},
        ORC={1: "RO"},
        OBX={11: "C"},
        TXA={13: parent},
    )
    return outcome_of_message(raw)


@case(_PARENT, "unknown")
def _unknown_parent() -> Variants:
    yield "not that of the CDA", _replacing("1.2.4")


@case(_PARENT, "missing")
def _no_parent() -> Variants:
    yield "empty", _replacing("")


@case(_PARENT, "repeated")
def _two_parents() -> Variants:
    yield "two", _replacing("1.2.3~1.2.4")


@case(_PARENT, "ambiguous")
def _parent_of_none() -> Variants:
    yield "in a first publication", outcome_of_message(message("MDM", TXA={13: DOCUMENT}))


_SENDER = "sender (PRT of participation SB)"


@case(_SENDER, "missing")
def _no_sender() -> Variants:
    yield "none", outcome_of_message(message(drop=("PRT",)))


@case(_SENDER, "repeated")
def _two_in_a_segment() -> Variants:
    yield "two persons", outcome_of_message(message(PRT={5: "801^A~802^B"}))
    yield "two structures", outcome_of_message(message(PRT={8: "A~B"}))


@case(_SENDER, "ambiguous")
def _two_senders() -> Variants:
    other = ["PRT", "", "UC", "", "SB^^participation", "802^AUTRE", "", "", ""]
    yield "two segments", outcome_of_message(message(edit=lambda s: s.append(other)))


_STUDY = "study of an order change (IPC-3)"


@case(_STUDY, "missing")
def _no_study() -> Variants:
    yield "empty", outcome_of_message(order_change(IPC={3: ""}))


@case(_STUDY, "repeated")
def _two_studies() -> Variants:
    yield "two", outcome_of_message(order_change(IPC={3: "1.2.3~1.2.4"}))


@case(_STUDY, "ill-formed")
def _ill_formed_study() -> Variants:
    yield "letters", outcome_of_message(order_change(IPC={3: "1.2.x"}))
    yield "a leading zero", outcome_of_message(order_change(IPC={3: "1.2.03"}))
