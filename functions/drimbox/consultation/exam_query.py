"""A search of exams, as a professional's application writes it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.errors import BadRequest
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS: Final = frozenset({"ins", "oid", "modality", "region", "from", "to"})
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_query(facts: Mapping[str, Any]) -> DocumentQuery:
    """The body of a search: ``{ins, oid, modality?, region?, from?, to?}``.

    ``modality`` is a DICOM code (CT), ``region`` a SNOMED CT code, ``from`` and ``to`` days
    (YYYY-MM-DD) of the exam, both included. Raises BadRequest naming the field, never its value.
    """
    unknown = set(facts) - _FIELDS
    if unknown:
        raise BadRequest("unknown field", code="unknown_field")
    for name, value in facts.items():
        if not isinstance(value, str):
            raise BadRequest(name, code=f"bad_{name}")
    try:
        patient = Ins(facts.get("ins", ""), Oid(facts.get("oid", "")))
    except ValueError as error:
        raise BadRequest(str(error), code="bad_ins") from None
    first, last = _day(facts, "from"), _day(facts, "to")
    if first and last and first > last:
        raise BadRequest("from is after to", code="bad_from")
    return DocumentQuery(
        patient=patient,
        modality=_code(facts, "modality"),
        region=_code(facts, "region"),
        service_from=first,
        service_to=last,
    )


def _code(facts: Mapping[str, Any], name: str) -> str:
    value: str = facts.get(name, "")
    if value and not _CODE.fullmatch(value):
        raise BadRequest(name, code=f"bad_{name}")
    return value


def _day(facts: Mapping[str, Any], name: str) -> date | None:
    value: str = facts.get(name, "")
    if not value:
        return None
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(name)
        return date.fromisoformat(value)
    except ValueError:
        raise BadRequest(name, code=f"bad_{name}") from None
