"""The judge of answers: their published schema, which forbids here all that it does not name."""

from __future__ import annotations

import json
from typing import Any, Final

from openapi_schema_validator import OAS31Validator

from infra.schemas import SCHEMAS


def closed(schema: Any) -> Any:
    """The schema, where an object has no property but those that it names."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    return {**made, "additionalProperties": False} if "required" in schema else made


_CLOSED: Final = closed(SCHEMAS)


def require(name: str, facts: Any) -> None:
    """Refuse (AssertionError) an answer that is not of the schema of that name."""
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _CLOSED}}
    faults = [
        f"{'/'.join(map(str, one.absolute_path))}: {one.message}"
        for one in OAS31Validator(root).iter_errors(json.loads(json.dumps(facts)))
    ]
    assert not faults, faults
