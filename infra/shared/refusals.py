"""The answers of API Gateway itself to a caller: RFC 9457 problems, without any of its input.

``code`` is stable, as in ``functions.drimbox.errors``; ``$context.requestId`` finds the log line.
On ``vi``, the browsers' host, a caller that asks for HTML first gets a page (decision 0063).
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from functions.drimbox.pages.kit.html import DOCTYPE, join, style, tag
from functions.drimbox.wording.refusals import GATEWAY_PAGES, GATEWAY_TITLES, TITLES
from infra.routes import Host

_TYPES: Final = apigateway.ResponseType

PROBLEM: Final = "application/problem+json"
# Nothing that we answer may be kept by a cache on the way or read as another type.
GUARDS: Final = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
)
_SHEET: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:rgb(27,31,36)}"
    "main{max-width:40rem;margin:0 auto;padding:3rem 1rem}h1{font-size:1.5rem;margin:0}"
    "h2{font-size:1.1rem;margin:0}section{margin-top:1.5rem;color:rgb(74,85,96)}"
    "code{overflow-wrap:anywhere}"
)
# In the page: a fixed value of a gateway response's header stands in quotes, and cannot hold one.
_PAGE_POLICY: Final = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(_SHEET.encode()).digest()).decode()}'; "
    "form-action 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class GatewayRefusal:
    """One answer of the gateway. ``status`` None keeps the one that API Gateway chose."""

    type: apigateway.ResponseType
    status: int | None
    code: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> str:
        """The template of the answer's body."""
        title = TITLES[self.status] if self.status in TITLES else GATEWAY_TITLES[self.status]
        facts: dict[str, str | int] = {"type": "about:blank"}
        if self.status is not None:
            facts["status"] = self.status
        facts |= {"code": self.code, "title": title.fr, "title_en": title.en}
        return json.dumps({**facts, "request_id": "$context.requestId"}, ensure_ascii=False)

    def page(self) -> str:
        """The template of the page that a person gets: French, then English."""
        told = GATEWAY_PAGES[self.status]
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_PAGE_POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", told.fr),
            style(_SHEET),
        )
        main = tag(
            "main",
            tag("h1", told.fr),
            tag("p", told.todo.fr),
            tag("section", tag("h2", told.en), tag("p", told.todo.en), lang="en"),
            tag("p", tag("small", "Référence / reference: ", tag("code", "$context.requestId"))),
        )
        return DOCTYPE + tag("html", join(head, tag("body", main)), lang="fr")


# A header that the gateway itself sets: a function's own challenge leaves under another name. On db
# a PACS shows a name and a password, everybody else a token (RFC 9110 11.6.1).
_CHALLENGES: Final[Mapping[Host, str]] = {
    "in": "Bearer",
    "db": 'Bearer, Basic realm="drimbox", charset="UTF-8"',
    "vi": "Bearer",
}
_UNPROVEN: Final = 401
_LATER: Final = (("Retry-After", "5"),)

REFUSALS: Final = (
    GatewayRefusal(_TYPES.UNAUTHORIZED, 401, "not_authenticated"),
    GatewayRefusal(_TYPES.ACCESS_DENIED, 403, "forbidden"),
    GatewayRefusal(_TYPES.WAF_FILTERED, 403, "forbidden"),
    # API Gateway's answer to a path that is not declared.
    GatewayRefusal(_TYPES.MISSING_AUTHENTICATION_TOKEN, 404, "absent"),
    GatewayRefusal(_TYPES.RESOURCE_NOT_FOUND, 404, "absent"),
    GatewayRefusal(_TYPES.REQUEST_TOO_LARGE, 413, "too_large"),
    GatewayRefusal(_TYPES.THROTTLED, 429, "too_many_requests", _LATER),
    GatewayRefusal(_TYPES.AUTHORIZER_FAILURE, 500, "internal_error"),
    GatewayRefusal(_TYPES.AUTHORIZER_CONFIGURATION_ERROR, 500, "internal_error"),
    GatewayRefusal(_TYPES.INTEGRATION_FAILURE, 502, "internal_error", _LATER),
    GatewayRefusal(_TYPES.INTEGRATION_TIMEOUT, 504, "timeout", _LATER),
    GatewayRefusal(_TYPES.DEFAULT_4_XX, None, "bad_request"),
    GatewayRefusal(_TYPES.DEFAULT_5_XX, None, "internal_error"),
)


def add_refusals(api: apigateway.RestApi, host: Host) -> None:
    """Give ``api`` our answers."""
    for refusal in REFUSALS:
        api.add_gateway_response(
            "Refusal" + refusal.type.response_type.title().replace("_", ""),
            type=refusal.type,
            status_code=None if refusal.status is None else str(refusal.status),
            response_headers=_headers(refusal, host),
            templates=_templates(refusal, host),
        )


def _headers(refusal: GatewayRefusal, host: Host) -> dict[str, str]:
    # A header would name one type for both templates: on vi each has that of its key.
    kind = ("X-Frame-Options", "DENY") if host == "vi" else ("Content-Type", PROBLEM)
    challenge = (("WWW-Authenticate", _CHALLENGES[host]),) if refusal.status == _UNPROVEN else ()
    return {name: f"'{text}'" for name, text in (kind, *GUARDS, *challenge, *refusal.headers)}


def _templates(refusal: GatewayRefusal, host: Host) -> dict[str, str]:
    problem = refusal.body()
    if host != "vi":
        return {"application/json": problem}
    return {"application/json": problem, PROBLEM: problem, "text/html": refusal.page()}
