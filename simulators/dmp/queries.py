"""Stored queries of ITI-18 (TF-2 3.18.4.1.2.3.7): parameters and their selections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from simulators.dmp import submission as xds
from simulators.dmp.ebrim import RegistryObject
from simulators.dmp.errors import RegistryError
from simulators.dmp.statuses import STATUSES

FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_BY_REFERENCE_ID: Final = "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492"
GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"

PATIENT_ID: Final = "$XDSDocumentEntryPatientId"
STATUS: Final = "$XDSDocumentEntryStatus"
REFERENCE_ID_LIST: Final = "$XDSDocumentEntryReferenceIdList"
ENTRY_UUID: Final = "$XDSDocumentEntryEntryUUID"
UNIQUE_ID: Final = "$XDSDocumentEntryUniqueId"

_ITEM: Final = r"'(?:[^']|'')*'"
_LIST: Final = re.compile(rf"\(\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*\)")
_NUMBER: Final = re.compile(r"[0-9]+")
_DTM: Final = re.compile(r"([0-9]{4}(?:[0-9]{2}){0,5})([+-][0-9]{4})?")
_FIRST_INSTANT: Final = "00000101000000"

Groups = tuple[tuple[str, ...], ...]
"""The values of a parameter: groups of alternatives (OR), all groups to be met (AND)."""
Matcher = Callable[[RegistryObject, Groups], bool]


class QueryRefused(Exception):
    """The query cannot be run; ``error`` is what the registry answers."""

    def __init__(self, code: str, context: str) -> None:
        super().__init__(context)
        self.error = RegistryError(code, context)


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """``required`` parameters, and all those that select, with how they do. A parameter that is not
    listed is ignored (ebRS 3.0 6.3.2.1).
    """

    required: tuple[str, ...]
    matchers: Mapping[str, Matcher]


def read_parameters(slots: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, Groups]:
    """The slots of an AdhocQuery, in order (a name may come more than once).

    A value is a number, a quoted text with '' for a quote, or a list of those. Each slot or value
    element is a group: TF-2 3.18.4.1.2.3.5 makes one list an OR and several an AND. Raises
    :class:`QueryRefused` (XDSRegistryError) for other forms.
    """
    parameters: dict[str, Groups] = {}
    for slot_name, values in slots:
        groups = tuple(_alternatives(value) for value in values)
        parameters[slot_name] = parameters.get(slot_name, ()) + groups
    return parameters


def _alternatives(value: str) -> tuple[str, ...]:
    if _NUMBER.fullmatch(value):
        return (value,)
    if not (_LIST.fullmatch(value) or re.fullmatch(_ITEM, value)):
        raise QueryRefused("XDSRegistryError", "a parameter is neither number, text nor list")
    return tuple(item[1:-1].replace("''", "'") for item in re.findall(_ITEM, value))


def single(parameters: Mapping[str, Groups], parameter: str) -> str:
    """The one value of a parameter; "" when absent. Raises :class:`QueryRefused`
    (XDSStoredQueryParamNumber) when there are several."""
    groups = parameters.get(parameter, ())
    values = [value for group in groups for value in group]
    if len(values) > 1:
        raise QueryRefused("XDSStoredQueryParamNumber", f"{parameter} takes one value")
    return values[0] if values else ""


def select(
    query_id: str, parameters: Mapping[str, Groups], entries: Iterable[RegistryObject]
) -> list[RegistryObject]:
    """The entries that FindDocuments or FindDocumentsByReferenceId selects, in order.

    Raises :class:`QueryRefused` for a parameter that is missing or ill-formed.
    """
    query = QUERIES[query_id]
    for parameter in query.required:
        if not any(parameters.get(parameter, ())):
            raise QueryRefused("XDSStoredQueryMissingParam", f"{parameter} is required")
    for parameter, groups in parameters.items():
        if parameter in _INSTANTS:
            instant(single(parameters, parameter))
        elif parameter == STATUS and not {v for g in groups for v in g} <= STATUSES:
            raise QueryRefused("XDSRegistryError", f"{parameter} holds an unknown status")
    used = [(m, parameters[p]) for p, m in query.matchers.items() if p in parameters]
    return [entry for entry in entries if all(match(entry, groups) for match, groups in used)]


def instant(dtm: str) -> datetime:
    """A DTM as an instant: missing parts are the first of their range, no offset means UTC
    (TF-3 table 4.2.3.1.7-2). Raises :class:`QueryRefused`."""
    found = _DTM.fullmatch(dtm)
    if found is None:
        raise QueryRefused("XDSRegistryError", "a time is ill-formed")
    digits, offset = found.group(1), found.group(2) or "+0000"
    try:
        local = datetime.strptime(digits + _FIRST_INSTANT[len(digits) :], "%Y%m%d%H%M%S")  # noqa: DTZ007
        shift = timedelta(hours=int(offset[:3]), minutes=int(offset[0] + offset[3:]))
        return local.replace(tzinfo=timezone(shift)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise QueryRefused("XDSRegistryError", "a time does not exist") from error


def _coded(scheme: str) -> Matcher:
    """``code^^scheme`` among the entry's codes of that classification."""

    def match(entry: RegistryObject, groups: Groups) -> bool:
        held = {f"{code.code}^^{code.scheme}" for code in entry.codes(scheme)}
        return all(not held.isdisjoint(group) for group in groups)

    return match


def _held(values: Callable[[RegistryObject], Iterable[str]]) -> Matcher:
    def match(entry: RegistryObject, groups: Groups) -> bool:
        held = set(values(entry))
        return all(not held.isdisjoint(group) for group in groups)

    return match


def _time(slot_name: str, *, start: bool) -> Matcher:
    """TF-2 3.18.4.1.2.3.7.1: from is inclusive, to is exclusive; no time never matches."""

    def match(entry: RegistryObject, groups: Groups) -> bool:
        held = entry.slot(slot_name)
        if not held:
            return False
        limit, at = instant(groups[0][0]), instant(held[0])
        return at >= limit if start else at < limit

    return match


def _author_person(entry: RegistryObject, groups: Groups) -> bool:
    """SQL LIKE: % is any text, _ any character."""
    persons = [
        person
        for classification in entry.classifications
        if classification.scheme == xds.AUTHOR
        for person in classification.slots.get("authorPerson", ())
    ]
    return all(any(_like(pattern, p) for pattern in group for p in persons) for group in groups)


def _like(pattern: str, value: str) -> bool:
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(c, re.escape(c)) for c in re.sub("%+", "%", pattern))
    return re.fullmatch(regex, value, re.DOTALL) is not None


_CODES: Final[Mapping[str, Matcher]] = {
    "$XDSDocumentEntryClassCode": _coded(xds.CLASS_CODE),
    "$XDSDocumentEntryTypeCode": _coded(xds.TYPE_CODE),
    "$XDSDocumentEntryPracticeSettingCode": _coded(xds.PRACTICE_SETTING),
    "$XDSDocumentEntryHealthcareFacilityTypeCode": _coded(xds.FACILITY_TYPE),
    "$XDSDocumentEntryEventCodeList": _coded(xds.EVENT_CODE),
    "$XDSDocumentEntryConfidentialityCode": _coded(xds.CONFIDENTIALITY),
    "$XDSDocumentEntryFormatCode": _coded(xds.FORMAT_CODE),
}
_TIMES: Final[Mapping[str, Matcher]] = {
    f"$XDSDocumentEntry{name}{limit}": _time(slot_name, start=limit == "From")
    for name, slot_name in (
        ("CreationTime", "creationTime"),
        ("ServiceStartTime", "serviceStartTime"),
        ("ServiceStopTime", "serviceStopTime"),
    )
    for limit in ("From", "To")
}
_INSTANTS: Final = frozenset(_TIMES)
_COMMON: Final[Mapping[str, Matcher]] = {
    **_CODES,
    **_TIMES,
    "$XDSDocumentEntryAuthorPerson": _author_person,
    "$XDSDocumentEntryType": _held(lambda entry: (entry.object_type,)),
    STATUS: _held(lambda entry: (entry.status,)),
}
QUERIES: Final[Mapping[str, StoredQuery]] = {
    FIND_DOCUMENTS: StoredQuery((PATIENT_ID, STATUS), _COMMON),
    FIND_BY_REFERENCE_ID: StoredQuery(
        (PATIENT_ID, STATUS, REFERENCE_ID_LIST),
        {**_COMMON, REFERENCE_ID_LIST: _held(lambda entry: entry.slot(xds.REFERENCE_IDS))},
    ),
}
