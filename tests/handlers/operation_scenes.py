"""Requests of operators' programs, for the tests of several Lambdas."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from infra.routes import ROUTES
from tests.infra.schema_scenes import require

Handler = Callable[[Any, Any], dict[str, Any]]


def asked(facts: dict[str, Any], message_id: str, body: Any = None) -> dict[str, Any]:
    facts["pathParameters"] = {"tenant": "demo", "publication": message_id}
    if body is not None:
        facts["body"] = json.dumps(body)
    return facts


def answer(reply: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return facts


def judged(handler: Handler) -> Handler:
    """The handler, each of whose answers is of the schema that its route publishes."""

    def ask(asks: dict[str, Any], context: Any) -> dict[str, Any]:
        reply = handler(asks, context)
        place = (asks["httpMethod"], asks["resource"], reply["statusCode"])
        for schema in (
            said.schema
            for route in ROUTES
            for said in route.answers
            if said.schema and (route.method, route.path, said.status) == place
        ):
            require(schema, answer(reply))
        return reply

    return ask
