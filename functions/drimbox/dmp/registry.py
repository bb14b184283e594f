"""Answers of a registry or repository: status, errors, document entries (ITI TF-3 4.2.4)."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from functools import lru_cache
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import Kind, State, kind_of, restricting, state_of
from functions.drimbox.dmp.soap import AnswerUnreadable, safe_code
from functions.drimbox.identity.parties import Code
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from functions.drimbox.dmp.queries import DocumentQuery

ENTRY: Final = f"{{{xds.RIM}}}ExtrinsicObject"
_SLOT: Final = f"{{{xds.RIM}}}Slot"
_LIST: Final = f"{{{xds.RIM}}}ValueList"
_VALUE: Final = f"{{{xds.RIM}}}Value"
_NAME: Final = f"{{{xds.RIM}}}Name"
_LOCALIZED: Final = f"{{{xds.RIM}}}LocalizedString"
_CLASSIFICATION: Final = f"{{{xds.RIM}}}Classification"
_IDENTIFIER: Final = f"{{{xds.RIM}}}ExternalIdentifier"
_VERSION: Final = f"{{{xds.RIM}}}VersionInfo"
# Classifications that are codes and are kept.
_CODED: Final = frozenset(
    {
        xds.TYPE_CODE,
        xds.EVENT_CODE,
        xds.CONFIDENTIALITY_CODE,
        xds.FORMAT_CODE,
    }
)
# Slots that are kept: of the entry, of an author, of a code.
_TOLD: Final = frozenset(
    {
        "hash",
        "size",
        "legalAuthenticator",
        "creationTime",
        "serviceStartTime",
        "serviceStopTime",
        "repositoryUniqueId",
        "sourcePatientInfo",
        xds.REFERENCE_IDS,
    }
)
_OF_AUTHORS: Final = frozenset({"authorPerson", "authorInstitution"})
_Slots = dict[str, tuple[str, ...]]
_MAX_ERRORS: Final = 100
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
SUCCESS: Final = _STATUS + "Success"
FAILURE: Final = _STATUS + "Failure"
WARNING: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


@frozen
class RegistryError:
    """One rs:RegistryError: its code, and whether it is only a warning.

    ``codeContext`` is not kept: registries write the patient's identifier in it.
    """

    code: str
    is_warning: bool


@frozen
class RegistryResponse:
    """``status`` is SUCCESS, FAILURE or another URN (partial success)."""

    status: str
    errors: tuple[RegistryError, ...]

    @property
    def error_codes(self) -> tuple[str, ...]:
        """Codes of the errors that are not warnings, in the registry's order."""
        return tuple(e.code for e in self.errors if not e.is_warning)


@frozen
class ReferenceId:
    """One value of referenceIdList: CXi.1, the OID of CXi.4 ("" when absent), the URN of CXi.5."""

    value: str
    authority: str
    kind: str

    def __repr__(self) -> str:
        return f"ReferenceId({self.kind})"


@frozen
class DocumentEntry:
    """A document entry as the registry gives it (ITI TF-3 table 4.2.3.2-1).

    Times are HL7 DTM strings, not converted: entries are written in UTC by the standard, in local
    time by the official samples, and nothing tells which. Attributes that are absent are "" or
    empty; ``size`` is None. ``patient_id`` is a CX, ``author_persons`` XCN, ``author_institutions``
    XON. Event codes name code systems, also where the entry names the older value sets.
    ``source_patient_info``: PID segments in the author's own words ("PID-5|FAMILY^GIVEN").
    ``given_at``: the time (ISO 8601) at which a file gave the document while the DMP was away, ""
    for an entry of the registry. The state of such a document in the DMP is unknown.
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
    reference_ids: tuple[ReferenceId, ...]
    author_persons: tuple[str, ...]
    author_institutions: tuple[str, ...]
    legal_authenticator: str
    creation_time: str
    service_start_time: str
    service_stop_time: str
    title: str
    repository_unique_id: str
    format_code: Code | None = None
    source_patient_info: tuple[str, ...] = ()
    given_at: str = ""

    @property
    def kind(self) -> Kind | None:
        """A manifest, a report, or None for another type of document."""
        return kind_of(self.type_code)

    @property
    def state(self) -> State | None:
        """The state in the DMP, None for a status that is not shown (withdrawn, unknown)."""
        return state_of(self.status)

    @property
    def restrictions(self) -> tuple[Code, ...]:
        """The codes that hide the document from somebody, unknown ones too."""
        return restricting(self.confidentiality_codes)

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

    @property
    def establishment(self) -> tuple[str, str]:
        """(identifier, name) of the author's institution: components 10 and 1 of the XON (ITI TF-3
        table 4.2.3.1.7-2); "" where the entry tells none.
        """
        parts = [*next(iter(self.author_institutions), "").split("^"), *[""] * 9]
        return parts[9].strip(), parts[0].strip()

    @property
    def signatory(self) -> tuple[str, str, str]:
        """(identifier, family name, given name) of the legal authenticator: components 1 to 3 of
        the XCN; "" where the entry tells none.
        """
        parts = [*self.legal_authenticator.split("^"), "", ""]
        return parts[0].strip(), parts[1].strip(), parts[2].strip()

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
    listed = _list_of(element)
    entries = tuple(map(_entry, listed.iterchildren(ENTRY)))
    counted = element.get("totalResultCount", "0").strip()
    if not entries and (len(listed) or counted not in {"0", ""}):
        raise AnswerUnreadable("a query answer that hides its objects")
    return entries


# A restriction that nobody can name: an entry did not tell to whom its document may be shown.
UNTOLD: Final = Code("", "")


@frozen
class DocumentList:
    """The documents that a query found; ``unreadable`` more of them are not shown, since their
    entries cannot be read whole or are not of those asked for."""

    entries: tuple[DocumentEntry, ...]
    unreadable: int = 0

    def __repr__(self) -> str:
        return f"DocumentList({len(self.entries)}, unreadable={self.unreadable})"


@frozen
class _Version:
    """An entry as one version of its document's metadata (ITI-57): its lid, its VersionInfo (0
    where none is readable)."""

    entry: DocumentEntry
    lid: str
    number: int

    @property
    def rank(self) -> tuple[int, bool]:
        """The newest version of a document has the highest; without numbers, one in use has."""
        return self.number, self.entry.status != xds.DEPRECATED


class Gathering:
    """Takes the entries of one answer one by one: memory never holds the whole tree.

    No restriction is lost: an entry without status or confidentiality code, of another
    patient, type or status than asked for, too long, or given twice in two ways, is counted and not
    shown. A change of metadata (ITI-57) makes several entries of one document, of one uniqueId and
    lid: the newest one is shown, once, with the restrictions of all. Where an entry of a lid does
    not tell its restrictions, its other documents are shown with :data:`UNTOLD`.
    """

    def __init__(self, query: DocumentQuery) -> None:
        self._query = query
        self._found: dict[str, _Version] = {}
        # Documents, by uniqueId.
        self._spoilt: set[str] = set()
        # Logical documents, by lid, of which an entry does not tell its restrictions.
        self._untold: set[str] = set()
        self._taken = self._repeated = 0

    def take(self, element: etree._Element) -> None:
        """One rim:ExtrinsicObject; never raises."""
        self._taken += 1
        try:
            version = _read(element)
        except AnswerUnreadable:
            self._untold.add(element.get("lid", ""))
            return
        entry = version.entry
        is_bounded = _is_bounded(entry)
        if not (is_bounded and self._is_whole(entry)):
            self._spoilt.add(entry.unique_id)
        told = tuple(one for one in entry.confidentiality_codes if one.code) if is_bounded else ()
        if not told or len(told) < len(entry.confidentiality_codes):
            self._untold.add(element.get("lid", ""))
            entry = dataclasses.replace(entry, confidentiality_codes=told)
            version = dataclasses.replace(version, entry=entry)
        former = self._found.setdefault(entry.entry_uuid, version)
        if former is version:
            return
        self._repeated += 1
        if former != version:
            self._spoilt |= {former.entry.unique_id, entry.unique_id}

    def finish(self, element: etree._Element) -> DocumentList:
        """The list, from the query:AdhocQueryResponse whose entries were taken.

        Objects that are only pointed at, and those that the registry counts without giving them,
        are unreadable too. Raises AnswerUnreadable when the list is missing, or is not the place
        of each entry.
        """
        listed = _list_of(element)
        if sum(1 for one in listed if one.tag == ENTRY) != self._taken:
            raise AnswerUnreadable("an entry outside the list")
        documents: dict[str, list[_Version]] = defaultdict(list)
        hiding: dict[str, dict[str, Code]] = defaultdict(dict)
        for lid in self._untold - {""}:
            hiding[lid][UNTOLD.code] = UNTOLD
        for one in self._found.values():
            documents[one.entry.unique_id].append(one)
            for code in one.entry.confidentiality_codes:
                if code.code != xds.NORMAL:
                    hiding[one.lid][code.code] = code
        merged = (
            _merged(versions, hiding)
            for unique_id, versions in documents.items()
            if unique_id not in self._spoilt
        )
        shown = tuple(one for one in merged if one)
        older = len(self._found) - len(documents)
        told = _size(element.get("totalResultCount", "").strip()) or 0
        return DocumentList(shown, max(len(listed), told) - self._repeated - older - len(shown))

    def _is_whole(self, entry: DocumentEntry) -> bool:
        cx = [*entry.patient_id.split("^"), "", "", ""]
        patient = self._query.patient
        return (
            (cx[0], cx[3]) == (patient.value, f"&{patient.oid}&ISO")
            and entry.kind in self._query.kinds
            and entry.state in self._query.states
            and bool(entry.confidentiality_codes)
            and all(one.code for one in entry.confidentiality_codes)
        )


def _merged(
    versions: list[_Version], hiding: Mapping[str, Mapping[str, Code]]
) -> DocumentEntry | None:
    """The newest of one document's ``versions``, with the restrictions of them all, and of those
    of their lids (``hiding``); None where two of them may be the newest.
    """
    newest = max(versions, key=lambda one: one.rank)
    if sum(one.rank == newest.rank for one in versions) > 1:
        return None
    if len(versions) == 1 and newest.lid not in hiding:
        return newest.entry
    own = newest.entry.confidentiality_codes
    known = {code.code for code in own}
    more = {name: code for one in versions for name, code in hiding[one.lid].items()}
    added = tuple(code for name, code in more.items() if name not in known)
    return dataclasses.replace(newest.entry, confidentiality_codes=own + added)


# No document of imaging says as much: a longer entry would not fit where the page keeps it.
_MOST_VALUES: Final = 256
_MOST_TEXT: Final = 16_000
_LISTS: Final = (
    "event_codes",
    "confidentiality_codes",
    "reference_ids",
    "author_persons",
    "author_institutions",
    "source_patient_info",
)
_TYPES: Final = DocumentEntry.__annotations__
_texts_of: Final = attrgetter(*(name for name, kind in _TYPES.items() if kind == "str"))
_texts_lists_of: Final = attrgetter(
    *(name for name, kind in _TYPES.items() if kind == "tuple[str, ...]")
)
_codes_of: Final = attrgetter(*(name for name, kind in _TYPES.items() if kind == "Code | None"))
_lists_of: Final = attrgetter(*_LISTS)
_parts_of_code: Final = attrgetter("code", "system", "display")
_parts_of_reference: Final = attrgetter("value", "authority", "kind")


def _is_bounded(entry: DocumentEntry) -> bool:
    if any(len(one) > _MOST_VALUES for one in _lists_of(entry)):
        return False
    codes = [*entry.event_codes, *entry.confidentiality_codes, *filter(None, _codes_of(entry))]
    size = sum(map(len, _texts_of(entry)))
    size += sum(map(len, chain.from_iterable(_texts_lists_of(entry))))
    size += sum(map(len, chain.from_iterable(map(_parts_of_code, codes))))
    size += sum(map(len, chain.from_iterable(map(_parts_of_reference, entry.reference_ids))))
    return size <= _MOST_TEXT


def _list_of(element: etree._Element) -> etree._Element:
    listed = element.find(f"{{{xds.RIM}}}RegistryObjectList")
    if element.tag != f"{{{xds.QUERY}}}AdhocQueryResponse" or listed is None:
        raise AnswerUnreadable("a query answer without its list")
    return listed


def _entry(element: etree._Element) -> DocumentEntry:
    return _read(element).entry


def _read(element: etree._Element) -> _Version:
    """One pass over the children: a list may have thousands of entries of a hundred elements.

    Children are compared by their names: an iterator of lxml that chooses by name is made slowly.
    """
    slots: _Slots = {}
    codes: dict[str, list[Code]] = {}
    authors: list[_Slots] = []
    identifiers: dict[str, str] = {}
    title = version = ""
    for child in element:
        tag = child.tag
        if tag == _CLASSIFICATION:
            _classify(child, codes, authors)
        elif tag == _SLOT:
            name = child.get("name", "")
            if name in _TOLD:
                slots[name] = _values(child)
        elif tag == _IDENTIFIER:
            identifiers[child.get("identificationScheme", "")] = child.get("value", "")
        elif tag == _NAME:
            title = _localized(child)
        elif tag == _VERSION:
            version = version or child.get("versionName", "")
    unique_id = identifiers.get(xds.ENTRY_UNIQUE_ID, "")
    entry_uuid = element.get("id", "")
    if not unique_id or not entry_uuid:
        raise AnswerUnreadable("a document entry without its identifiers")
    entry = DocumentEntry(
        unique_id=unique_id,
        entry_uuid=entry_uuid,
        sha1=_one(slots, "hash").lower(),
        size=_size(_one(slots, "size")),
        status=element.get("status", ""),
        patient_id=identifiers.get(xds.ENTRY_PATIENT_ID, ""),
        mime_type=element.get("mimeType", ""),
        type_code=_first(codes, xds.TYPE_CODE),
        event_codes=tuple(codes.get(xds.EVENT_CODE, ())),
        confidentiality_codes=tuple(codes.get(xds.CONFIDENTIALITY_CODE, ())),
        reference_ids=tuple(map(read_reference_id, slots.get(xds.REFERENCE_IDS, ()))),
        author_persons=tuple([v for a in authors for v in a.get("authorPerson", ())]),
        author_institutions=tuple([v for a in authors for v in a.get("authorInstitution", ())]),
        legal_authenticator=_one(slots, "legalAuthenticator"),
        creation_time=_one(slots, "creationTime"),
        service_start_time=_one(slots, "serviceStartTime"),
        service_stop_time=_one(slots, "serviceStopTime"),
        title=title,
        repository_unique_id=_one(slots, "repositoryUniqueId"),
        format_code=_first(codes, xds.FORMAT_CODE),
        source_patient_info=slots.get("sourcePatientInfo", ()),
    )
    # "1", or "1.1" where a registry counts in the older way.
    number = _size(version.partition(".")[0]) or 0
    return _Version(entry, element.get("lid", "") or entry_uuid, number)


def _classify(
    classification: etree._Element, codes: dict[str, list[Code]], authors: list[_Slots]
) -> None:
    scheme = classification.get("classificationScheme", "")
    if scheme == xds.AUTHOR:
        authors.append(_slots(classification))
    elif scheme in _CODED:
        codes.setdefault(scheme, []).append(_code(classification))


def read_entry(element: etree._Element) -> DocumentEntry:
    """One rim:ExtrinsicObject of stored metadata. Raises AnswerUnreadable for one without its
    identifiers, or longer than any document of imaging."""
    entry = _entry(element)
    if not _is_bounded(entry):
        raise AnswerUnreadable("a document entry longer than accepted")
    return entry


def read_reference_id(cxi: str) -> ReferenceId:
    """``value^^^&oid&ISO^kind`` or ``value^^^^kind``; never raises, missing parts are ""."""
    components = [*cxi.split("^"), "", "", "", ""][:5]
    authority = [*components[3].split("&"), ""][1]
    return ReferenceId(components[0], authority, components[4])


def _slots(author: etree._Element) -> _Slots:
    return {
        name: _values(slot)
        for slot in author
        if slot.tag == _SLOT and (name := slot.get("name", "")) in _OF_AUTHORS
    }


def _values(slot: etree._Element) -> tuple[str, ...]:
    return tuple(
        [
            (value.text or "").strip()
            for listed in slot
            if listed.tag == _LIST
            for value in listed
            if value.tag == _VALUE
        ]
    )


def _one(slots: _Slots, name: str) -> str:
    values = slots.get(name)
    return values[0] if values else ""


def _first(codes: dict[str, list[Code]], scheme: str) -> Code | None:
    found = codes.get(scheme)
    return found[0] if found else None


def _code(element: etree._Element) -> Code:
    system = ""
    display: str | None = None
    for child in element:
        tag = child.tag
        if tag == _SLOT and child.get("name") == "codingScheme":
            system = next(iter(_values(child)), "")
        elif tag == _NAME and display is None:
            display = _localized(child)
    return _same(element.get("nodeRepresentation", ""), system, display or "")


@lru_cache(maxsize=4096)
def _same(code: str, system: str, display: str) -> Code:
    """One object for each code: the entries of a history name few codes many times."""
    return Code(code, xds.CODE_SYSTEM_OF.get(system, system), display)


def _localized(name: etree._Element) -> str:
    for one in name:
        if one.tag == _LOCALIZED:
            return one.get("value", "")
    return ""


_SIZE: Final = re.compile(r"[0-9]{1,15}")


def _size(text: str) -> int | None:
    return int(text) if _SIZE.fullmatch(text) else None
