"""A search of exams, as a professional's application writes it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.errors import BadRequest
from functions.drimbox.identity.ins import Ins, is_ins_oid
from functions.drimbox.identity.traits import plain_name
from functions.drimbox.oid import Oid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS: Final = frozenset({"ins", "oid", "modality", "region", "from", "to", "traits"})
_TRAITS: Final = frozenset({"birth_family", "birth_given", "birth_date", "sex"})
_SEXES: Final = frozenset({"M", "F", "O", "U"})
_LONGEST: Final = 100
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@frozen
class SearchedPatient:
    """The patient as the caller of a search knows him; see ``document_patient.KnownPatient``."""

    ins: Ins
    birth_family: str
    birth_given: str
    birth_date: str
    sex: str
    birth_place: str = ""

    def __repr__(self) -> str:
        return "SearchedPatient(…)"


def read_query(facts: Mapping[str, Any]) -> DocumentQuery:
    """The body of a search: ``{ins, oid, modality?, region?, from?, to?, traits?}``.

    ``modality`` is a DICOM code (CT), ``region`` a SNOMED CT code, ``from`` and ``to`` days
    (YYYY-MM-DD) of the exam, both included; ``traits`` are those of :func:`read_patient`. Raises
    BadRequest naming the field, never its value.
    """
    unknown = set(facts) - _FIELDS
    if unknown:
        raise BadRequest("body", code="unknown_field")
    for name, value in facts.items():
        if name != "traits" and not isinstance(value, str):
            raise BadRequest(f"/{name}", code=f"bad_{name}")
    oid = facts.get("oid", "")
    if not is_ins_oid(oid):
        raise BadRequest("/oid", code="bad_ins")
    try:
        patient = Ins(facts.get("ins", ""), Oid(oid))
    except ValueError:
        raise BadRequest("/ins", code="bad_ins") from None
    first, last = _day(facts, "from"), _day(facts, "to")
    if first and last and first > last:
        raise BadRequest("/from", code="bad_from")
    return DocumentQuery(
        patient=patient,
        modality=_code(facts, "modality"),
        region=_code(facts, "region"),
        service_from=first,
        service_to=last,
    )


def read_patient(facts: Mapping[str, Any], ins: Ins) -> SearchedPatient | None:
    """The patient of a search by ``traits``, None where it has none:
    ``{birth_family, birth_given, birth_date, sex}``, all four.

    ``birth_date`` is a day (YYYY-MM-DD), ``sex`` M, F, O or U. Raises BadRequest ``bad_traits``.
    """
    if "traits" not in facts:
        return None
    traits = facts["traits"]
    if not isinstance(traits, dict) or traits.keys() != _TRAITS or not _are_texts(traits.values()):
        raise BadRequest("/traits", code="bad_traits")
    names = traits["birth_family"], traits["birth_given"]
    if traits["sex"] not in _SEXES or not all(map(plain_name, names)):
        raise BadRequest("/traits", code="bad_traits")
    return SearchedPatient(ins, *names, _birth_date(traits), traits["sex"])


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(one, str) and len(one) <= _LONGEST for one in values)


def _birth_date(traits: Mapping[str, str]) -> str:
    """YYYYMMDD."""
    day = _day(traits, "birth_date", within="/traits", code="bad_traits")
    if day is None:
        raise BadRequest("/traits", code="bad_traits")
    return day.isoformat().replace("-", "")


def _code(facts: Mapping[str, Any], name: str) -> str:
    value: str = facts.get(name, "")
    if value and not _CODE.fullmatch(value):
        raise BadRequest(f"/{name}", code=f"bad_{name}")
    return value


def _day(facts: Mapping[str, Any], name: str, *, within: str = "", code: str = "") -> date | None:
    value: str = facts.get(name, "")
    if not value:
        return None
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(name)
        return date.fromisoformat(value)
    except ValueError:
        raise BadRequest(f"{within}/{name}", code=code or f"bad_{name}") from None
