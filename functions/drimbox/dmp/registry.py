"""Answers of a registry or repository: status, errors, document entries (ITI TF-3 4.2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.soap import AnswerUnreadable, safe_code
from functions.drimbox.identity.parties import Code

_MAX_ERRORS: Final = 100
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
SUCCESS: Final = _STATUS + "Success"
FAILURE: Final = _STATUS + "Failure"
WARNING: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


@dataclass(frozen=True, slots=True)
class RegistryError:
    """One rs:RegistryError: its code, and whether it is only a warning.

    ``codeContext`` is not kept: registries write the patient's identifier in it.
    """

    code: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class RegistryResponse:
    """``status`` is SUCCESS, FAILURE or another URN (partial success)."""

    status: str
    errors: tuple[RegistryError, ...]

    @property
    def error_codes(self) -> tuple[str, ...]:
        """Codes of the errors that are not warnings, in the registry's order."""
        return tuple(e.code for e in self.errors if not e.is_warning)


@dataclass(frozen=True, slots=True)
class ReferenceId:
    """One value of referenceIdList: CXi.1, the OID of CXi.4 ("" when absent), the URN of CXi.5."""

    value: str
    authority: str
    kind: str

    def __repr__(self) -> str:
        return f"ReferenceId({self.kind})"


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document entry as the registry gives it (ITI TF-3 table 4.2.3.2-1).

    Times are HL7 DTM strings, not converted: entries are written in UTC by the standard, in local
    time by the official samples, and nothing tells which. Attributes that are absent are "" or
    empty; ``size`` is None. ``patient_id`` is a CX, ``author_persons`` XCN, ``author_institutions``
    XON. Event codes name code systems, also where the entry names the older value sets.
    """

    unique_id: str
    entry_uuid: str
    sha1: str
    size: int | None
    status: str
    patient_id: str
    mime_type: str
    type_code: Code | None
    event_codes: tuple[Code, ...]
    confidentiality_codes: tuple[Code, ...]
    facility_type: Code | None
    practice_setting: Code | None
    reference_ids: tuple[ReferenceId, ...]
    author_persons: tuple[str, ...]
    author_institutions: tuple[str, ...]
    legal_authenticator: str
    creation_time: str
    service_start_time: str
    service_stop_time: str
    title: str
    repository_unique_id: str

    @property
    def is_approved(self) -> bool:
        """True for an active document."""
        return self.status == xds.APPROVED

    @property
    def accession(self) -> ReferenceId | None:
        """The accession number, None when the entry names none."""
        return self._reference(xds.ACCESSION)

    @property
    def order(self) -> ReferenceId | None:
        """The placer's order number, None when the entry names none."""
        return self._reference(xds.ORDER)

    @property
    def study_instance_uid(self) -> str:
        """The study, "" when the entry names none."""
        found = self._reference(xds.STUDY_INSTANCE_UID)
        return found.value if found else ""

    @property
    def modalities(self) -> tuple[Code, ...]:
        """Event codes that are DICOM modalities."""
        return tuple(c for c in self.event_codes if c.system == xds.DCM)

    @property
    def regions(self) -> tuple[Code, ...]:
        """Event codes that are anatomic regions."""
        return tuple(c for c in self.event_codes if c.system == xds.SNOMED)

    def _reference(self, kind: str) -> ReferenceId | None:
        return next((r for r in self.reference_ids if r.kind == kind), None)

    def __repr__(self) -> str:
        return f"DocumentEntry({self.entry_uuid})"


def read_response(element: etree._Element) -> RegistryResponse:
    """Read rs:RegistryResponse or query:AdhocQueryResponse. Raises AnswerUnreadable."""
    if element.tag not in {f"{{{xds.RS}}}RegistryResponse", f"{{{xds.QUERY}}}AdhocQueryResponse"}:
        raise AnswerUnreadable("not a registry response")
    status = element.get("status", "")
    if not status:
        raise AnswerUnreadable("a registry response without status")
    listed = element.iterfind(f"{{{xds.RS}}}RegistryErrorList/{{{xds.RS}}}RegistryError")
    found = islice(listed, _MAX_ERRORS)
    errors = tuple(
        RegistryError(safe_code(_local_name(e.get("errorCode", ""))), e.get("severity") == WARNING)
        for e in found
    )
    return RegistryResponse(status, errors)


def _local_name(code: str) -> str:
    """Some registries prefix their codes with a URN."""
    return code.rpartition(":")[2]


def read_entries(element: etree._Element) -> tuple[DocumentEntry, ...]:
    """Document entries of a successful query:AdhocQueryResponse (LeafClass), in its order.

    Raises AnswerUnreadable when the list is missing, or when the answer points at objects without
    describing them: if we took it for "nothing found", we would publish a second time.
    """
    listed = element.find(f"{{{xds.RIM}}}RegistryObjectList")
    if element.tag != f"{{{xds.QUERY}}}AdhocQueryResponse" or listed is None:
        raise AnswerUnreadable("a query answer without its list")
    entries = tuple(_entry(e) for e in listed.iterfind(f"{{{xds.RIM}}}ExtrinsicObject"))
    counted = element.get("totalResultCount", "0").strip()
    if not entries and (len(listed) or counted not in {"0", ""}):
        raise AnswerUnreadable("a query answer that hides its objects")
    return entries


def _entry(element: etree._Element) -> DocumentEntry:
    slots = dict(_slots(element))
    classified: dict[str, list[etree._Element]] = {}
    for child in element.iterfind(f"{{{xds.RIM}}}Classification"):
        classified.setdefault(child.get("classificationScheme", ""), []).append(child)
    identifiers = {
        child.get("identificationScheme", ""): child.get("value", "")
        for child in element.iterfind(f"{{{xds.RIM}}}ExternalIdentifier")
    }
    unique_id = identifiers.get(xds.ENTRY_UNIQUE_ID, "")
    entry_uuid = element.get("id", "")
    if not unique_id or not entry_uuid:
        raise AnswerUnreadable("a document entry without its identifiers")
    codes = {scheme: tuple(map(_code, found)) for scheme, found in classified.items()}
    authors = [dict(_slots(author)) for author in classified.get(xds.AUTHOR, ())]
    return DocumentEntry(
        unique_id=unique_id,
        entry_uuid=entry_uuid,
        sha1=_one(slots, "hash").lower(),
        size=_size(_one(slots, "size")),
        status=element.get("status", ""),
        patient_id=identifiers.get(xds.ENTRY_PATIENT_ID, ""),
        mime_type=element.get("mimeType", ""),
        type_code=_first(codes, xds.TYPE_CODE),
        event_codes=codes.get(xds.EVENT_CODE, ()),
        confidentiality_codes=codes.get(xds.CONFIDENTIALITY_CODE, ()),
        facility_type=_first(codes, xds.FACILITY_TYPE_CODE),
        practice_setting=_first(codes, xds.PRACTICE_SETTING_CODE),
        reference_ids=tuple(map(read_reference_id, slots.get(xds.REFERENCE_IDS, ()))),
        author_persons=tuple(v for a in authors for v in a.get("authorPerson", ())),
        author_institutions=tuple(v for a in authors for v in a.get("authorInstitution", ())),
        legal_authenticator=_one(slots, "legalAuthenticator"),
        creation_time=_one(slots, "creationTime"),
        service_start_time=_one(slots, "serviceStartTime"),
        service_stop_time=_one(slots, "serviceStopTime"),
        title=_name(element),
        repository_unique_id=_one(slots, "repositoryUniqueId"),
    )


def read_reference_id(cxi: str) -> ReferenceId:
    """``value^^^&oid&ISO^kind`` or ``value^^^^kind``; never raises, missing parts are ""."""
    components = [*cxi.split("^"), "", "", "", ""][:5]
    authority = [*components[3].split("&"), ""][1]
    return ReferenceId(components[0], authority, components[4])


def _slots(element: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for slot in element.iterfind(f"{{{xds.RIM}}}Slot"):
        values = slot.iterfind(f"{{{xds.RIM}}}ValueList/{{{xds.RIM}}}Value")
        yield slot.get("name", ""), tuple((v.text or "").strip() for v in values)


def _one(slots: dict[str, tuple[str, ...]], name: str) -> str:
    return next(iter(slots.get(name, ())), "")


def _first(codes: dict[str, tuple[Code, ...]], scheme: str) -> Code | None:
    return next(iter(codes.get(scheme, ())), None)


def _code(element: etree._Element) -> Code:
    system = _one(dict(_slots(element)), "codingScheme")
    return Code(
        element.get("nodeRepresentation", ""),
        xds.CODE_SYSTEM_OF.get(system, system),
        _name(element),
    )


def _name(element: etree._Element) -> str:
    found = element.find(f"{{{xds.RIM}}}Name/{{{xds.RIM}}}LocalizedString")
    return "" if found is None else found.get("value", "")


_SIZE: Final = re.compile(r"[0-9]{1,15}")


def _size(text: str) -> int | None:
    return int(text) if _SIZE.fullmatch(text) else None
