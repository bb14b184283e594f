"""The answers of a REQUEST authorizer: an IAM policy for this one call, and the caller's
identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unauthorized(Exception):
    """API Gateway answers 401 when an authorizer fails with exactly this message."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def allow(event: Mapping[str, Any], context: Mapping[str, str], principal: str) -> dict[str, Any]:
    """Allow exactly the called method; ``context`` reaches the handler."""
    return _policy(event, "Allow", context, principal)


def deny(event: Mapping[str, Any], principal: str) -> dict[str, Any]:
    """Deny exactly the called method: API Gateway answers 403."""
    return _policy(event, "Deny", {}, principal)


def _policy(
    event: Mapping[str, Any], effect: str, context: Mapping[str, str], principal: str
) -> dict[str, Any]:
    return {
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": effect,
                    "Resource": event["methodArn"],
                }
            ],
        },
        "context": dict(context),
    }
