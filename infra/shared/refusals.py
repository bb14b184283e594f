"""What a caller reads when API Gateway itself answers: RFC 9457 problems, without any of its input.

``code`` is stable, as in ``functions.drimbox.errors``; ``$context.requestId`` finds the log line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_apigateway as apigateway

_TYPES: Final = apigateway.ResponseType


@dataclass(frozen=True, slots=True)
class GatewayRefusal:
    """``status`` None keeps the one that API Gateway chose."""

    construct_id: str
    type: apigateway.ResponseType
    status: int | None
    code: str
    title: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self) -> str:
        """The template of the answer's body."""
        facts: dict[str, str | int] = {"type": "about:blank", "title": self.title}
        if self.status is not None:
            facts["status"] = self.status
        return json.dumps(
            {**facts, "code": self.code, "request_id": "$context.requestId"}, separators=(",", ":")
        )


_BEARER: Final = (("WWW-Authenticate", "Bearer"),)
_LATER: Final = (("Retry-After", "5"),)

REFUSALS: Final = (
    GatewayRefusal(
        "Unauthorized",
        _TYPES.UNAUTHORIZED,
        401,
        "not_authenticated",
        "Authentication is needed",
        _BEARER,
    ),
    GatewayRefusal("Denied", _TYPES.ACCESS_DENIED, 403, "forbidden", "Not allowed"),
    GatewayRefusal(
        "Absent", _TYPES.MISSING_AUTHENTICATION_TOKEN, 404, "absent", "There is nothing here"
    ),
    GatewayRefusal("NotFound", _TYPES.RESOURCE_NOT_FOUND, 404, "absent", "There is nothing here"),
    GatewayRefusal("TooLarge", _TYPES.REQUEST_TOO_LARGE, 413, "too_large", "The body is too large"),
    GatewayRefusal("Filtered", _TYPES.WAF_FILTERED, 403, "forbidden", "Not allowed"),
    GatewayRefusal(
        "Throttled", _TYPES.THROTTLED, 429, "too_many_requests", "Too many requests", _LATER
    ),
    GatewayRefusal(
        "AuthorizerFailure", _TYPES.AUTHORIZER_FAILURE, 500, "internal_error", "Internal error"
    ),
    GatewayRefusal(
        "AuthorizerConfiguration",
        _TYPES.AUTHORIZER_CONFIGURATION_ERROR,
        500,
        "internal_error",
        "Internal error",
    ),
    GatewayRefusal(
        "IntegrationFailure",
        _TYPES.INTEGRATION_FAILURE,
        502,
        "internal_error",
        "The service failed",
        _LATER,
    ),
    GatewayRefusal(
        "IntegrationTimeout",
        _TYPES.INTEGRATION_TIMEOUT,
        504,
        "timeout",
        "The service did not answer in time",
        _LATER,
    ),
    GatewayRefusal("Other4xx", _TYPES.DEFAULT_4_XX, None, "bad_request", "The request is refused"),
    GatewayRefusal("Other5xx", _TYPES.DEFAULT_5_XX, None, "internal_error", "Internal error"),
)


def add_refusals(api: apigateway.RestApi) -> None:
    """Give ``api`` our answers."""
    for refusal in REFUSALS:
        headers = (("Content-Type", "application/problem+json"), *refusal.headers)
        api.add_gateway_response(
            f"Refusal{refusal.construct_id}",
            type=refusal.type,
            status_code=None if refusal.status is None else str(refusal.status),
            response_headers={name: f"'{text}'" for name, text in headers},
            templates={"application/json": refusal.body()},
        )
