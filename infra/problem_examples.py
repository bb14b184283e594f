"""The examples of the problem documents: for each refusal of a route, a code that it may have."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from functions.aws import replies
from functions.drimbox.wording.refusals import PROBLEMS
from infra.routes import JSON

if TYPE_CHECKING:
    from infra.examples import Examples
    from infra.routes import Route

# API Gateway answers these itself, and names the request.
BY_THE_GATEWAY: Final = {429: "too_many_requests"}
REQUEST_ID: Final = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
_CODES: Final = {
    400: ("bad_request",),
    401: ("not_authenticated",),
    403: ("forbidden",),
    404: ("absent",),
    406: ("not_acceptable",),
    409: ("conflict",),
    413: ("too_large",),
    415: ("unsupported_media",),
    426: ("agent_outdated",),
    503: ("storage_unavailable",),
}
_OVERRIDES: Final = ("may_be_in_dmp", "too_many_overrides")
# By the function, or the end of the path, where others are more telling.
_OWN: Final[dict[tuple[str, int], tuple[str, ...]]] = {
    ("receive_message", 400): ("not_hl7",),
    ("acknowledge_upload", 400): ("not_hl7",),
    ("retrieve_study", 409): ("object_unservable",),
    ("retrieve_study", 503): ("not_ready",),
    ("check_health", 503): ("not_ready",),
    ("search_exams", 503): ("dmp_unavailable", "identity_unavailable"),
    ("renew_agent", 409): ("renewal_not_due",),
    ("serve_agents", 409): ("job_ended",),
    ("/filters", 409): ("too_many_filters",),
    ("/override", 409): _OVERRIDES,
    ("/identity", 409): _OVERRIDES,
    ("/release", 409): ("imported_again", "too_many_overrides"),
    ("/traits", 409): ("traits_changed", "too_many_overrides"),
}
# The field that a 400 names, by the function; else the route's first one.
_FIELDS: Final = {"follow_message": "sender", "request_upload": "/size", "receive_note": "body"}


def problem_examples(route: Route, status: int) -> Examples:
    """The problem documents of ``route`` with that status, by code."""
    if status in BY_THE_GATEWAY:
        body = {**_body(status, BY_THE_GATEWAY[status], ""), "request_id": REQUEST_ID}
        return {body["code"]: _told(body)}
    last = "/" + route.path.rpartition("/")[2]
    codes = _OWN.get((route.function, status)) or _OWN.get((last, status)) or _CODES[status]
    field = _field(route) if status == 400 else ""
    return {code: _told(_body(status, code, field)) for code in codes}


def _told(body: dict[str, Any]) -> dict[str, Any]:
    return {"summary": PROBLEMS[body["code"]].en, "value": body}


def _field(route: Route) -> str:
    if route.function in _FIELDS:
        return _FIELDS[route.function]
    if route.body is not None and route.body.media_type == JSON:
        schema: Any = route.body.schema
        return f"/{next(iter(schema['properties']))}"
    if route.body is not None:
        return "body"
    wanted = [one.name for one in route.inputs if one.name not in ("Authorization", "Accept")]
    return (*wanted, "body")[0]


def _body(status: int, code: str, field: str) -> dict[str, Any]:
    """The document as the functions answer it."""
    made: dict[str, Any] = json.loads(
        base64.b64decode(replies.problem(status, code, field=field)["body"])
    )
    return made
