"""``python -m infra.openapi in|db|vi``: the OpenAPI 3.1 document of one host, from its routes; with
``--html`` a page of it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import Any, Final

from functions.version import VERSION
from infra.examples import ACKNOWLEDGEMENT, OF_BODIES, examples
from infra.openapi_page import page
from infra.problem_examples import problem_examples
from infra.routes import (
    HL7,
    HOSTS,
    JSON,
    PATH_PARAMETERS,
    PROBLEM,
    Answer,
    Host,
    Input,
    Route,
    of_host,
)
from infra.schemas import SCHEMAS, TEXT, one_of, ref
from infra.webhooks import NEWS, webhooks

_TITLES: Final[dict[Host, str]] = {
    "in": "DRIMbox: messages and operations of an imaging site",
    "db": "DRIMbox: images for other DRIMboxes",
    "vi": "DRIMbox: exams for professionals, pages for operators",
}
_PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. It names a field at most, never the field's value: each problem of "
    "status 400 that we answer ourselves does (`field`).",
    "required": ["type", "code", "title", "title_en"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: part of the interface."},
        "title": {"type": "string", "description": "The title in French."},
        "title_en": {"type": "string", "description": "The title in English."},
        "field": {
            "type": "string",
            "description": "The part of the request that is wrong: a JSON pointer into the body "
            "(RFC 6901, it begins with `/`), the name of a parameter or a header, `query` for all "
            "parameters together, or `body` for the body as a whole.",
            "examples": ["/studies", "after"],
        },
        "request_id": {"type": "string"},
    },
}
# Each authorizer's security scheme.
_SECURITY: Final = {
    "authorize_sender": "certificate",
    "authorize_professional": "token",
    "authorize_operator": "session",
    "authorize_reader": "reader_session",
    "authorize_pacs": "credential",
}
_SCHEMES: Final[dict[str, Any]] = {
    "certificate": {
        "type": "mutualTLS",
        "description": "A client certificate of IGC-Santé that the tenant's file declares.",
    },
    "credential": {
        "type": "http",
        "scheme": "basic",
        "description": "The tenant's slug as user-id and its PACS's credential as password; or the "
        "credential alone as a Bearer token.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A professional's access token of Pro Santé Connect.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-operator-{tenant}",
        "description": "An operator's session; without one the answer is the sign-in page.",
    },
    "reader_session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-reader-{tenant}",
        "description": "A professional's session; without one the answer is the sign-in page.",
    },
}

# The host whose callers are told of their messages' states.
_TOLD: Final[Host] = "in"

# Decision 0063.
_NOTES: Final[dict[Host, dict[str, str]]] = {
    "vi": {
        "description": "Where API Gateway itself refuses a request, the problem has the type "
        "`application/json`, or `application/problem+json` for a caller that accepts it first; a "
        "caller whose `Accept` begins with `text/html` gets a page."
    }
}


def document(host: Host, server: str) -> dict[str, Any]:
    """The document of ``host``; ``server`` is its public base, without a path."""
    paths: dict[str, dict[str, Any]] = {}
    for route in of_host(host):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    schemes = {_SECURITY[route.authorizer] for route in of_host(host) if route.authorizer}
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLES[host], "version": VERSION, **_NOTES.get(host, {})},
        "servers": [{"url": server}],
        "paths": paths,
        **({"webhooks": webhooks()} if host == _TOLD else {}),
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA, **_schemas(host)},
            "securitySchemes": {name: _SCHEMES[name] for name in sorted(schemes)},
        },
    }


def _schemas(host: Host) -> dict[str, Any]:
    """The schemas that the host's answers name, and those that these name."""
    names = [answer.schema for route in of_host(host) for answer in route.answers if answer.schema]
    names += [NEWS] if host == _TOLD else []
    found: dict[str, Any] = {}
    while names:
        name = names.pop()
        if name not in found:
            found[name] = SCHEMAS[name]
            names += re.findall(r'"#/components/schemas/(\w+)"', json.dumps(found[name]))
    return dict(sorted(found.items()))


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "tags": [_tag(route)],
        "summary": route.summary,
        **_permission(route),
        "parameters": [_path_parameter(name) for name in route.parameters]
        # OpenAPI 3.1 ignores a parameter that is named Accept or Authorization.
        + [_parameter(one) for one in route.inputs if one.name not in ("Accept", "Authorization")],
        "responses": {str(answer.status): _response(route, answer) for answer in route.answers},
        "security": [{_SECURITY[route.authorizer]: []}] if route.authorizer else [],
    }
    if route.body is not None:
        media: dict[str, Any] = {"schema": route.body.schema} if route.body.schema else {}
        if route.function in OF_BODIES:
            media["examples"] = examples(OF_BODIES[route.function])
        operation["requestBody"] = {
            "required": True,
            "description": route.body.meaning,
            "content": {route.body.media_type: media},
        }
    return operation


def _name(route: Route) -> str:
    """A name that is unique although one function may answer several paths and methods."""
    last = [part for part in route.path.split("}")[-1].split("/") if part]
    # Of db, the paths that end with the tenant's part kept their first names; the base and its
    # studies are both asked by OPTIONS.
    kept = route.host == "db" and route.parameters[-1:] == ("tenant",)
    verb = [] if kept and (route.method, last[-1]) != ("OPTIONS", "dicomweb") else last[-1:]
    parts = [route.function, *route.parameters[-1:], *verb, route.method.lower()]
    return "_".join(dict.fromkeys(parts))


def _tag(route: Route) -> str:
    """The part of the interface: the first fixed name of the path behind the tenant."""
    rest = route.path.partition("{tenant}/")[2]
    return rest.partition("/")[0] or "health" if rest else "public"


def _permission(route: Route) -> dict[str, Any]:
    if not route.permission:
        return {}
    return {
        "description": f"The caller must be an operator with the permission `{route.permission}`.",
        "x-permission": route.permission,
    }


def _path_parameter(name: str) -> dict[str, Any]:
    meaning, pattern = PATH_PARAMETERS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "schema": {"type": "string", "pattern": pattern},
    }


def _parameter(one: Input) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.where,
        "required": one.required,
        "description": one.meaning,
        "schema": one_of(one.values) if one.values else TEXT,
    }


def _response(route: Route, answer: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.meaning}
    if answer.media_types:
        response["content"] = {
            media_type: _content(route, answer, media_type) for media_type in answer.media_types
        }
    if answer.headers:
        response["headers"] = {
            name: {"required": True, "schema": {"type": "string"}} for name in answer.headers
        }
    return response


def _content(route: Route, answer: Answer, media_type: str) -> dict[str, Any]:
    """A body: its schema where it has one, and its examples."""
    if media_type == PROBLEM:
        return {"schema": ref("Problem"), "examples": problem_examples(route, answer.status)}
    if media_type == HL7:
        return {"schema": TEXT, "examples": examples(ACKNOWLEDGEMENT)}
    if media_type == JSON and answer.schema:
        return {"schema": ref(answer.schema), "examples": examples(answer.schema)}
    return {}


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(prog="python -m infra.openapi", description=__doc__)
    parser.add_argument("host", choices=HOSTS)
    parser.add_argument("--server", help="public base; by default https://<host>.drimbox.example")
    parser.add_argument("--html", action="store_true", help="a page, instead of JSON")
    options = parser.parse_args(arguments)
    server = options.server or f"https://{options.host}.drimbox.example"
    made = document(options.host, server)
    print(page(made) if options.html else json.dumps(made, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
