"""Requests of operators' programs, for the tests of several Lambdas."""

from __future__ import annotations

import base64
import json
from typing import Any


def asked(facts: dict[str, Any], message_id: str, body: Any = None) -> dict[str, Any]:
    facts["pathParameters"] = {"tenant": "demo", "publication": message_id}
    if body is not None:
        facts["body"] = json.dumps(body)
    return facts


def answer(reply: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return facts
