"""The header of a report: a CDA R2 document of the volet IMG-CR-IMG, any level of body.

An element is mandatory here if the CI-SIS makes it mandatory and a manifest needs it; others may be
absent. Elements are chosen by meaning (root, qualifier, code system), never by position; the rules
for absent, repeated and contradictory ones are those of :mod:`cda_elements`. A time without zone is
the site's local time and stays naive; a date alone is its midnight.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import MessageError
from functions.drimbox.report.cda_elements import Fault, Node, invalid, missing, repeated
from functions.drimbox.report.cda_exams import MAX_EXAMS, read_exams, read_orders
from functions.drimbox.report.cda_parties import (
    PATIENT_PARTS,
    read_organisation,
    read_patient,
    read_professional,
)
from functions.drimbox.report.cda_xml import V3, parse_cda
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.model import ClinicalDocument
from functions.drimbox.safe_xml import UnsafeXml

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from functions.drimbox.identity.parties import Code, Identifier, Organisation, Professional

__all__ = ["MAX_EXAMS", "cda_faults", "read_cda"]

_ROOT: Final = f"{{{V3}}}ClinicalDocument"
# LOINC: diagnostic imaging report. Another document has no images to publish.
_REPORT: Final = ("18748-4", "2.16.840.1.113883.6.1")
_CONFIDENTIALITY: Final = frozenset({"N", "R", "V"})
_CONFIDENTIALITY_SYSTEM: Final = "2.16.840.1.113883.5.25"
_REPLACES: Final = "RPLC"
# x_ActRelationshipDocument: replaces, completes, transforms.
_RELATIONS: Final = frozenset({_REPLACES, "APND", "XFRM"})


def read_cda(data: bytes, *, location: str = "OBX^1^5") -> ClinicalDocument:
    """Read the header of the CDA in ``data`` (XML, as received).

    Orders and exams come in document order and are not matched here: one Exam per study id of each
    documentationOf; a screening, which has none, is left out.

    Raises MessageError at ``location`` (ERR-2) whose detail names the element:
    ``document_not_xml``, ``document_not_cda``, ``document_code``, ``cda_element_missing``,
    ``cda_element_invalid``, ``cda_element_repeated``, ``cda_null_flavor``,
    ``cda_too_many_elements``, ``ins_missing`` (903), ``ins_unknown_oid``, ``ins_invalid``,
    ``traits_incomplete`` (905), ``study_missing``, ``too_many_studies`` (more than MAX_EXAMS).
    """
    try:
        return _document(_root(data))
    except Fault as fault:
        raise _error(fault, location) from None


def cda_faults(data: bytes, *, location: str = "OBX^1^5") -> tuple[MessageError, ...]:
    """The first fault of each part of the header: :func:`read_cda` raises the first of all."""
    try:
        root = _root(data)
    except Fault as fault:
        return (_error(fault, location),)
    found: dict[tuple[str, str], MessageError] = {}
    for part in _PARTS:
        try:
            part(root)
        except Fault as fault:
            found.setdefault((fault.code, fault.element), _error(fault, location))
    return tuple(found.values())


def _error(fault: Fault, location: str) -> MessageError:
    return MessageError(
        fault.code,
        location=location,
        condition=fault.condition,
        application_code=fault.application_code,
        detail=f"CDA: {fault.element}",
    )


def _root(data: bytes) -> Node:
    try:
        root = parse_cda(data)
    except UnsafeXml as error:
        raise Fault("document_not_xml", str(error), Condition.DATA_TYPE) from None
    if root.tag != _ROOT:
        raise Fault("document_not_cda", "ClinicalDocument", Condition.DATA_TYPE)
    return Node(root)


def _document(root: Node) -> ClinicalDocument:
    return ClinicalDocument(
        id=_id(root),
        set_id=_set_id(root),
        version=_version(root),
        replaces=_replaces(root),
        code=_report_code(root),
        title=_title(root),
        effective_time=_effective_time(root),
        confidentiality=_confidentiality(root),
        patient=read_patient(root),
        author=_author(root),
        legal_authenticator=_legal_authenticator(root),
        custodian=_custodian(root),
        orders=read_orders(root),
        exams=read_exams(root),
        facility_type=_facility_type(root),
        validated_at=_validated_at(root),
    )


def _id(root: Node) -> Identifier:
    return root.required("id").identifier(uuid=True)


def _set_id(root: Node) -> Identifier | None:
    node = root.single("setId")
    return None if node is None else node.identifier(uuid=True)


def _title(root: Node) -> str:
    node = root.single("title")
    return "" if node is None else node.label()


def _effective_time(root: Node) -> datetime:
    return root.required("effectiveTime").time()


def _report_code(root: Node) -> Code:
    node = root.required("code")
    code = node.code()
    if (code.code, code.system) != _REPORT:
        raise Fault("document_code", node.path, Condition.TABLE_VALUE)
    return code


def _confidentiality(root: Node) -> str:
    node = root.required("confidentialityCode")
    code = node.attribute("code")
    if code not in _CONFIDENTIALITY or node.attribute("codeSystem") != _CONFIDENTIALITY_SYSTEM:
        raise invalid(node.path, Condition.TABLE_VALUE)
    return code


def _version(root: Node) -> int:
    node = root.required("versionNumber")
    if not re.fullmatch(r"0*[1-9][0-9]{0,8}", value := node.attribute("value")):
        raise invalid(node.path)
    return int(value)


def _replaces(root: Node) -> Identifier | None:
    """The document that this one replaces: no other than one, and never itself."""
    related = root.all("relatedDocument")
    for node in related:
        if node.attribute("typeCode") not in _RELATIONS:
            raise invalid(f"{node.path}/@typeCode", Condition.TABLE_VALUE)
    replaced = [node for node in related if node.attribute("typeCode") == _REPLACES]
    if len(replaced) > 1:
        raise repeated("relatedDocument")
    if not replaced:
        return None
    node = replaced[0].required("parentDocument").only("id")
    identifier = node.identifier(uuid=True)
    if _folded(identifier) == _folded(_id(root)):
        raise invalid(node.path)
    return identifier


def _folded(identifier: Identifier) -> tuple[str, str]:
    """The letters of a UUID may be small or capital."""
    return identifier.root.lower(), identifier.extension


def _author(root: Node) -> Professional:
    """The first author who is a person: a device may be another one."""
    assigned = (author.single("assignedAuthor") for author in root.all("author"))
    person = next((node for node in assigned if node and node.single("assignedPerson")), None)
    if person is None:
        raise missing("author/assignedAuthor/assignedPerson")
    return read_professional(person)


def _legal_authenticator(root: Node) -> Professional:
    entity = root.required("legalAuthenticator/assignedEntity")
    professional = read_professional(entity)
    # The certificates of the publication are those of this organisation.
    if professional.organisation is None:
        raise missing(entity.step("representedOrganization/id"))
    return professional


def _custodian(root: Node) -> Organisation | None:
    return read_organisation(
        root.optional("custodian/assignedCustodian/representedCustodianOrganization")
    )


def _facility_type(root: Node) -> Code | None:
    node = root.optional("componentOf/encompassingEncounter/location/healthCareFacility/code")
    return None if node is None else node.code()


def _validated_at(root: Node) -> datetime | None:
    """The time of the legal authenticator's signature; an unreadable time stops no report."""
    try:
        node = root.optional("legalAuthenticator/time")
        return None if node is None else node.time()
    except Fault:
        return None


# Each part is read by itself: a fault of one hides none of another.
_PARTS: Final[tuple[Callable[[Node], object], ...]] = (
    _id,
    _set_id,
    _version,
    _replaces,
    _report_code,
    _title,
    _effective_time,
    _confidentiality,
    *PATIENT_PARTS,
    _author,
    _legal_authenticator,
    _custodian,
    read_orders,
    read_exams,
    _facility_type,
)
