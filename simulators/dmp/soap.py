"""SOAP 1.2 envelopes with WS-Addressing (ITI TF-2 Appendix V): reading, answers, faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulators.dmp.markup import NAMESPACES, BadXml, children, name, parse, text

ANONYMOUS: Final = "http://www.w3.org/2005/08/addressing/anonymous"
FAULT_ACTION: Final = "http://www.w3.org/2005/08/addressing/soap/fault"
_UNDERSTOOD: Final = {NAMESPACES["wsa"], NAMESPACES["wsse"]}
# SOAP 1.2 Part 2, table 20: whose fault it is decides the HTTP status.
_STATUS: Final = {"Sender": 400, "MustUnderstand": 500, "VersionMismatch": 500}


class SoapFault(Exception):
    """The request is refused before its body is looked at.

    ``code`` is Sender, MustUnderstand or VersionMismatch (SOAP 1.2 Part 1, 5.4.6); ``subcode`` is
    ``wsse:…`` (WSS 1.1, 12) or ``wsa:…`` (WS-Addressing SOAP Binding, 6.4) or "". The reason
    names a field, never its value. ``status`` is the answer's HTTP status.
    """

    def __init__(
        self, reason: str, subcode: str = "", *, code: str = "Sender", status: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.subcode = subcode
        self.status = _STATUS[code] if status is None else status
        self.relates_to = ""


@dataclass(frozen=True, slots=True)
class Request:
    """An envelope that may be acted on: ``security`` is wsse:Security, ``payload`` the one
    child of the Body."""

    action: str
    message_id: str
    security: etree._Element | None
    payload: etree._Element


def read_envelope(data: bytes, *, action: str) -> Request:
    """Read the request of a service that takes exactly ``action``. Raises :class:`SoapFault`."""
    try:
        root = parse(data)
    except BadXml as error:
        raise SoapFault(f"the envelope cannot be read: {error}") from error
    if root.tag != name("soap:Envelope"):
        raise SoapFault("not a SOAP 1.2 envelope", code="VersionMismatch")
    header = root.find(name("soap:Header"))
    body = root.find(name("soap:Body"))
    if header is None or body is None or len(body) != 1:
        raise SoapFault("the envelope needs one Header and one Body with one child")
    message_id = _addressing(header, "MessageID")
    try:
        _check_headers(header, action)
        security = children(header, "wsse:Security")
        if len(security) > 1:
            raise SoapFault("more than one Security header", "wsse:InvalidSecurity")
    except SoapFault as fault:
        fault.relates_to = message_id
        raise
    return Request(action, message_id, security[0] if security else None, body[0])


def action_of(data: bytes) -> str:
    """The Action of a request that is still to be read; "" when it has none that can be told."""
    try:
        root = parse(data)
    except BadXml:
        return ""
    return text(root.find(f"{name('soap:Header')}/{name('wsa:Action')}"))


def _check_headers(header: etree._Element, action: str) -> None:
    for element in header:
        demanded = element.get(name("soap:mustUnderstand"), "0").strip() in {"1", "true"}
        if demanded and etree.QName(element).namespace not in _UNDERSTOOD:
            raise SoapFault("a header that must be understood is not", code="MustUnderstand")
    if _addressing(header, "Action") != action:
        raise SoapFault("Action is not that of this service", "wsa:ActionNotSupported")
    for reply in children(header, "wsa:ReplyTo"):
        if text(reply.find(name("wsa:Address"))) != ANONYMOUS:
            raise SoapFault("ReplyTo is not anonymous", "wsa:InvalidAddressingHeader")


def _addressing(header: etree._Element, local: str) -> str:
    found = children(header, f"wsa:{local}")
    if len(found) > 1:
        raise SoapFault(f"more than one {local} header", "wsa:InvalidAddressingHeader")
    value = text(found[0]) if found else ""
    if not value:
        raise SoapFault(f"no {local} header", "wsa:MessageAddressingHeaderRequired")
    return value


def write_envelope(
    payload: etree._Element, *, action: str, message_id: str, relates_to: str
) -> bytes:
    """An answer. ``message_id`` is ours, ``relates_to`` the request's ("" when unreadable)."""
    envelope = etree.Element(
        name("soap:Envelope"), nsmap={"soap": NAMESPACES["soap"], "wsa": NAMESPACES["wsa"]}
    )
    header = etree.SubElement(envelope, name("soap:Header"))
    values = {"Action": action, "MessageID": message_id, "RelatesTo": relates_to}
    for local, value in values.items():
        if value:
            etree.SubElement(header, name(f"wsa:{local}")).text = value
    etree.SubElement(envelope, name("soap:Body")).append(payload)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault_element(fault: SoapFault) -> etree._Element:
    """The Fault of SOAP 1.2 Part 1, 5.4."""
    prefix = fault.subcode.partition(":")[0]
    nsmap = {"soap": NAMESPACES["soap"]}
    if prefix:
        nsmap[prefix] = NAMESPACES[prefix]
    element = etree.Element(name("soap:Fault"), nsmap=nsmap)
    code = etree.SubElement(element, name("soap:Code"))
    etree.SubElement(code, name("soap:Value")).text = f"soap:{fault.code}"
    if fault.subcode:
        subcode = etree.SubElement(code, name("soap:Subcode"))
        etree.SubElement(subcode, name("soap:Value")).text = fault.subcode
    reason = etree.SubElement(element, name("soap:Reason"))
    line = etree.SubElement(reason, name("soap:Text"))
    line.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    line.text = fault.reason
    return element
