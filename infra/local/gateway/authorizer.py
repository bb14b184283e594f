"""The answer of a REQUEST authorizer ("Output from an API Gateway Lambda authorizer")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.gateway.event import Asked
from infra.local.gateway.model import Authorizer


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refusal`` is the type of gateway response, or None when the request may go on."""

    refusal: str | None
    context: Mapping[str, str]


UNAUTHORIZED: Final = Verdict("UNAUTHORIZED", {})
FAILURE: Final = Verdict("AUTHORIZER_FAILURE", {})
MISCONFIGURED: Final = Verdict("AUTHORIZER_CONFIGURATION_ERROR", {})


def identity_is_complete(authorizer: Authorizer, asked: Asked, query: Mapping[str, str]) -> bool:
    """Whether every identity source has a value; without one, nobody is asked."""
    for source in authorizer.sources:
        kind, _, name = source.removeprefix("method.request.").partition(".")
        if kind == "header" and not asked.header(name):
            return False
        if kind == "querystring" and not query.get(name):
            return False
    return True


def read_failure(payload: bytes) -> Verdict:
    """The verdict of an authorizer that raised: the message ``Unauthorized`` means 401."""
    try:
        error = json.loads(payload)
    except ValueError:
        return FAILURE
    if isinstance(error, dict) and error.get("errorMessage") == "Unauthorized":
        return UNAUTHORIZED
    return FAILURE


def read_answer(payload: bytes, arn: str) -> Verdict:
    """The verdict of an authorizer that answered, on the method ``arn``."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return MISCONFIGURED
    if not isinstance(answer, dict) or not isinstance(answer.get("principalId"), str):
        return MISCONFIGURED
    context = _context(answer)
    statements = _statements(answer)
    if context is None or statements is None:
        return MISCONFIGURED
    effects = {statement.get("Effect") for statement in statements if _applies(statement, arn)}
    if effects == {"Allow"}:
        return Verdict(None, context)
    return Verdict("ACCESS_DENIED", context)


def _context(answer: Mapping[str, Any]) -> dict[str, str] | None:
    """The context as text; None when a value is not a scalar, which API Gateway refuses."""
    given = answer.get("context") or {}
    if not isinstance(given, dict):
        return None
    context = {"principalId": str(answer["principalId"])}
    for name, value in given.items():
        if value is None:
            continue
        if not isinstance(value, str | int | float):
            return None
        context[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return context


def _statements(answer: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    policy = answer.get("policyDocument")
    if not isinstance(policy, dict):
        return None
    statements = policy.get("Statement")
    found = [statements] if isinstance(statements, dict) else statements
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return found


def _applies(statement: Mapping[str, Any], arn: str) -> bool:
    actions = _texts(statement.get("Action"))
    resources = _texts(statement.get("Resource"))
    return any(_like(action, "execute-api:Invoke") for action in actions) and any(
        _like(resource, arn) for resource in resources
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards: ``*`` any characters, ``?`` one."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None
