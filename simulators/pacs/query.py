"""QIDO-RS: matching and answers (PS3.18 10.6, PS3.4 C.2.2.2)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulators.pacs.archive import Entry
from simulators.pacs.attributes import MATCHED, TAGS, Level, tag

_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_RANGE: Final = re.compile(r"[0-9.]*-?[0-9.]*")
_MODALITY: Final = tag("Modality")
_MODALITIES: Final = tag("ModalitiesInStudy")

Attributes = dict[str, Any]


class QueryError(ValueError):
    """A query that PS3.18 calls a bad request; the message names the parameter."""


@dataclass(frozen=True, slots=True)
class Query:
    """Matching keys (tag, value) and the window of the answer."""

    keys: tuple[tuple[str, str], ...] = ()
    offset: int = 0
    limit: int | None = None


def read_query(parameters: Sequence[tuple[str, str]]) -> Query:
    """A query from URL parameters. QueryError for a key that is unknown or not matched here."""
    keys: list[tuple[str, str]] = []
    window: dict[str, int | None] = {"offset": 0, "limit": None}
    for name, value in parameters:
        if name in window:
            window[name] = _count(name, value)
        elif name == "fuzzymatching" and value != "false":
            raise QueryError(name)
        elif name not in {"fuzzymatching", "includefield"}:
            # includefield changes nothing: every attribute that is held is answered.
            keys.append(_key(name, value))
    return Query(tuple(keys), window["offset"] or 0, window["limit"])


def search(entries: Sequence[Entry], level: Level, query: Query) -> list[Attributes]:
    """The matching studies, series or instances of ``entries``, in the DICOM JSON model."""
    studies = _grouped(entries, "study")
    found = []
    for group in _grouped(entries, level).values():
        answer = _answer(group, studies[group[0].study], level)
        if any(_matches({**entry.attributes, **answer}, query.keys) for entry in group):
            found.append(answer)
    end = None if query.limit is None else query.offset + query.limit
    return found[query.offset : end]


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise QueryError(name)
    return int(value)


def _key(name: str, value: str) -> tuple[str, str]:
    try:
        key = name.upper() if _TAG.fullmatch(name) else tag(name)
    except KeyError as error:
        raise QueryError("matching key") from error
    if key not in MATCHED:
        raise QueryError("matching key")
    if MATCHED[key] in {"DA", "TM"} and not _RANGE.fullmatch(value):
        raise QueryError("range")
    return key, value


def _grouped(entries: Sequence[Entry], level: Level) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(getattr(entry, level), []).append(entry)
    return groups


def _element(vr: str, *values: object) -> Attributes:
    return {"vr": vr, "Value": list(values)}


def _answer(group: list[Entry], study: list[Entry], level: Level) -> Attributes:
    held = group[0].attributes
    answer = {key: held[key] for key in TAGS[level] if key in held}
    answer[tag("InstanceAvailability")] = _element("CS", "ONLINE")
    if level == "instance":
        return answer
    if level == "series":
        answer[tag("NumberOfSeriesRelatedInstances")] = _element("IS", len(group))
        return answer
    modalities = {m for entry in study for m in _values(entry.attributes.get(_MODALITY, {}))}
    answer[_MODALITIES] = _element("CS", *sorted(modalities))
    series = {entry.series for entry in study}
    answer[tag("NumberOfStudyRelatedSeries")] = _element("IS", len(series))
    answer[tag("NumberOfStudyRelatedInstances")] = _element("IS", len(study))
    return answer


def _values(element: Attributes) -> list[str]:
    """The values of a DICOM JSON element as text; of a person name its alphabetic form."""
    return [
        str(value.get("Alphabetic", "")) if isinstance(value, dict) else str(value)
        for value in element.get("Value", [])
        if value is not None
    ]


def _matches(item: Attributes, keys: Sequence[tuple[str, str]]) -> bool:
    return all(_match(item, key, wanted) for key, wanted in keys)


def _match(item: Attributes, key: str, wanted: str) -> bool:
    """One key: universal when empty, else by the matching that its VR has."""
    if not wanted:
        return True
    # Below the study level the modality of the series stands for those of the study.
    element = item.get(key) or (item.get(_MODALITY) if key == _MODALITIES else None) or {}
    matcher = _MATCHERS.get(MATCHED[key], _wildcards)
    return any(matcher(value, wanted) for value in _values(element))


def _uids(value: str, wanted: str) -> bool:
    return value in re.split(r"[,\\]", wanted)


def _range(value: str, wanted: str) -> bool:
    low, dash, high = wanted.partition("-")
    return (
        value == wanted if not dash else (not low or value >= low) and (not high or value <= high)
    )


def _wildcards(value: str, wanted: str) -> bool:
    return fnmatch.fnmatchcase(value, wanted.replace("[", "[[]"))


def _name(value: str, wanted: str) -> bool:
    return _wildcards(value.upper(), wanted.upper())


_MATCHERS: Final[dict[str, Callable[[str, str], bool]]] = {
    "UI": _uids,
    "DA": _range,
    "TM": _range,
    "PN": _name,
}
