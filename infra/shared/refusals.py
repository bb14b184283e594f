"""The answers of API Gateway itself to a caller: RFC 9457 problems, without any of its input.

``code`` is stable, as in ``functions.drimbox.errors``; ``$context.requestId`` finds the log line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from functions.drimbox.wording.refusals import GATEWAY_TITLES, TITLES

_TYPES: Final = apigateway.ResponseType

# Nothing that we answer may be kept by a cache on the way or read as another type.
GUARDS: Final = (
    ("Content-Type", "application/problem+json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
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


_BEARER: Final = (("WWW-Authenticate", "Bearer"),)
_LATER: Final = (("Retry-After", "5"),)

REFUSALS: Final = (
    GatewayRefusal(_TYPES.UNAUTHORIZED, 401, "not_authenticated", _BEARER),
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


def add_refusals(api: apigateway.RestApi) -> None:
    """Give ``api`` our answers."""
    for refusal in REFUSALS:
        api.add_gateway_response(
            "Refusal" + refusal.type.response_type.title().replace("_", ""),
            type=refusal.type,
            status_code=None if refusal.status is None else str(refusal.status),
            response_headers={name: f"'{text}'" for name, text in GUARDS + refusal.headers},
            templates={"application/json": refusal.body()},
        )
