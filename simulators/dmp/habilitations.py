"""TD0.3: a structure adds its authorisation to consult a DMP (setAuthorization)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from simulators.dmp.markup import children, name, text
from simulators.dmp.patients import Patient, refusal_code
from simulators.dmp.soap import SoapFault

_NAMESPACE: Final = "urn:si-dmp-habilitations"
DONE: Final = "DMPOk"
_CONTEXTS: Final = {DONE: "", "DMPAuthorizationRefused": "the patient opposes it"}


def check_request(payload: etree._Element) -> None:
    """Take setAuthorization with the one action AJOUT. Raises :class:`SoapFault`."""
    if payload.tag != name("hab:setAuthorization"):
        raise SoapFault("the body is not a setAuthorization")
    if children(payload, "hab:role"):
        raise SoapFault("a role that is not this structure's to give")
    actions = [text(action) for action in children(payload, "hab:action")]
    if actions != ["AJOUT"]:
        raise SoapFault("the action is not AJOUT")


def authorize(patient: Patient) -> tuple[str, Patient]:
    """The status to answer, and the patient then."""
    code = refusal_code(patient)
    if code is None and patient.authorization == "refused":
        code = "DMPAuthorizationRefused"
    return (DONE, patient.authorized()) if code is None else (code, patient)


def response(status: str) -> etree._Element:
    """setAuthorizationResponse."""
    element = etree.Element(name("hab:setAuthorizationResponse"), nsmap={"ns1": _NAMESPACE})
    output = etree.SubElement(element, name("hab:output"))
    etree.SubElement(output, name("hab:status")).text = status
    etree.SubElement(output, name("hab:context")).text = _CONTEXTS.get(status, "refused")
    return element
