"""Examples of the answers, made from their schemas: every property, with plausible values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from infra.schemas import SCHEMAS, Schema

if TYPE_CHECKING:
    from collections.abc import Callable

_TIME: Final = "2026-11-24T09:00:00+00:00"
_FORMATS: Final = {
    "date-time": _TIME,
    "date": "2026-11-24",
    "uri": "https://bucket.s3.eu-west-3.amazonaws.com/signed",
}
# One of these has the pattern of any text that has one: a UID, a SHA-256, a job's name.
_PATTERNED: Final = (
    "1.2.250.1.213.4.5.2.1.103",
    "0123456789abcdef" * 4,
    f"index-{'0123456789abcdef' * 4}",
)
# Texts whose schema tells no more than that they are texts.
_TEXTS: Final = {
    "accession": "ACN103",
    "act": "CT Head W contrast IV",
    "birth_date": "19790328",
    "birth_family": "PAT-TROIS",
    "birth_given": "DOMINIQUE",
    "control_id": "MSG-0001",
    "host": "db.drimbox.example",
    "id": "026592181e9b4c7f8a1d2e3f40516273",
    "ins": "279035121518989",
    "ins_oid": "1.2.250.1.213.1.4.10",
    "location": "PID^1^3",
    "modality": "CT",
    "page": "https://vi.drimbox.example/v1/tenants/demo/operations/publications/0265…",
    "status_url": "https://in.drimbox.example/v1/tenants/demo/hl7v2/messages/0265…",
    "patient": "PAT-TROIS DOMINIQUE",
    "sender": "DRIM_RIS|AMBROISE",
    "sex": "F",
    "fr": "L'examen n'est pas dans le PACS.",
    "en": "The study is not in the PACS.",
}


def example(schema: Schema, name: str = "") -> Any:
    """A value that ``schema`` accepts; ``name`` is the property's that holds it."""
    if "$ref" in schema:
        return example(SCHEMAS[schema["$ref"].rpartition("/")[2]], name)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], name)
    if "enum" in schema:
        return next((one for one in schema["enum"] if one), schema["enum"][0])
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    return _OF_KIND[kind](schema, name)


def _object(schema: Schema, _: str) -> Any:
    if "properties" in schema:
        return {name: example(one, name) for name, one in schema["properties"].items()}
    more = schema.get("additionalProperties")
    return {"1.2.250.1.213.4.5.2.1.103": example(more)} if more else {}


def _text(schema: Schema, name: str) -> str:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        return next(one for one in _PATTERNED if re.fullmatch(schema["pattern"], one))
    if "contentEncoding" in schema:
        return "TVNI"
    return _TEXTS.get(name, "…")


_OF_KIND: Final[dict[str, Callable[[Schema, str], Any]]] = {
    "object": _object,
    "array": lambda schema, name: [example(schema["items"], name)],
    "string": _text,
    "integer": lambda schema, _: max(1, schema.get("minimum", 1)),
    "number": lambda *_: 0.9,
    "boolean": lambda *_: True,
}
