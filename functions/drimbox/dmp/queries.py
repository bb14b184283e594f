"""Stored queries of ITI-18 (ITI TF-2 3.18.4.1.2.3.7), LeafClass: the whole entries come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import STATUSES, TYPES, Kind, State
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.identity.ins import Ins

FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_BY_REFERENCE_ID: Final = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"
GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"

_Slots = Iterator[tuple[str, str]]


@frozen
class DocumentQuery:
    """A patient's imaging exams. ``modality`` (DCM) and ``region`` (SNOMED CT) narrow together; ""
    does not narrow. Dates are days on the sites' clocks, both ends included.

    ``kinds`` and ``states``: the documents asked for, active manifests unless told. A report may
    name neither modality nor region: one that names none is not found by them.
    """

    patient: Ins
    modality: str = ""
    region: str = ""
    service_from: date | None = None
    service_to: date | None = None
    created_from: date | None = None
    created_to: date | None = None
    kinds: tuple[Kind, ...] = (Kind.MANIFEST,)
    states: tuple[State, ...] = (State.ACTIVE,)


def find_documents(query: DocumentQuery) -> bytes:
    """FindDocuments: the documents of one patient, as query:AdhocQueryRequest."""
    return _request(FIND_DOCUMENTS, _find_documents(query))


def find_by_reference_id(patient: Ins, reference_id: str) -> bytes:
    """FindDocumentsByReferenceId: active documents that hold ``reference_id`` (a whole CXi)."""
    slots = [
        ("$XDSDocumentEntryPatientId", _quoted(patient.cx())),
        ("$XDSDocumentEntryReferenceIdList", _listed(reference_id)),
        ("$XDSDocumentEntryStatus", _listed(xds.APPROVED)),
    ]
    return _request(FIND_BY_REFERENCE_ID, iter(slots))


def get_documents(unique_id: str) -> bytes:
    """GetDocuments: every entry of that uniqueId, active or not."""
    return _request(GET_DOCUMENTS, iter([("$XDSDocumentEntryUniqueId", _listed(unique_id))]))


def _find_documents(query: DocumentQuery) -> _Slots:
    yield "$XDSDocumentEntryPatientId", _quoted(query.patient.cx())
    yield "$XDSDocumentEntryStatus", _listed(*(STATUSES[state] for state in query.states))
    types = (f"{code}^^{system}" for kind in query.kinds for code, system in TYPES[kind])
    yield "$XDSDocumentEntryTypeCode", _listed(*types)
    # Two slots of one name are an AND; the values of one slot are an OR: newest and older systems.
    for code, systems in (
        (query.modality, (xds.DCM, xds.MODALITY_VALUE_SET)),
        (query.region, (xds.SNOMED, xds.REGION_VALUE_SET)),
    ):
        if code:
            wanted = _listed(*(f"{code}^^{system}" for system in systems))
            yield "$XDSDocumentEntryEventCodeList", wanted
    for name, day in (
        ("$XDSDocumentEntryServiceStartTimeFrom", query.service_from),
        ("$XDSDocumentEntryServiceStartTimeTo", _day_after(query.service_to)),
        ("$XDSDocumentEntryCreationTimeFrom", query.created_from),
        ("$XDSDocumentEntryCreationTimeTo", _day_after(query.created_to)),
    ):
        if day is not None:
            yield name, f"{day.year:04}{day:%m%d}000000"


def _day_after(day: date | None) -> date | None:
    """The upper limit of a time is exclusive (ITI TF-2 3.18.4.1.2.3.7.1); no limit at year 9999."""
    return None if day is None or day == date.max else day + timedelta(days=1)


def _quoted(value: str) -> str:
    """A string of ITI TF-2 3.18.4.1.2.3.5: a quote inside is doubled."""
    return "'" + value.replace("'", "''") + "'"


def _listed(*values: str) -> str:
    return "(" + ",".join(_quoted(value) for value in values) + ")"


def _request(query_id: str, slots: _Slots) -> bytes:
    root = etree.Element(
        f"{{{xds.QUERY}}}AdhocQueryRequest", nsmap={"query": xds.QUERY, "rim": xds.RIM}
    )
    etree.SubElement(
        root,
        f"{{{xds.QUERY}}}ResponseOption",
        returnComposedObjects="true",
        returnType="LeafClass",
    )
    query = etree.SubElement(root, f"{{{xds.RIM}}}AdhocQuery", id=query_id)
    for name, value in slots:
        slot = etree.SubElement(query, f"{{{xds.RIM}}}Slot", name=name)
        listed = etree.SubElement(slot, f"{{{xds.RIM}}}ValueList")
        etree.SubElement(listed, f"{{{xds.RIM}}}Value").text = value
    return etree.tostring(root, encoding="utf-8")
