"""Bucket policies: their Deny statements, read from the templates and enforced.

("Policies and permissions in Amazon S3"; "IAM JSON policy elements: Condition operators".) Every
request here is made with the one key of the installation, which may do everything: an Allow
statement adds nothing. A statement that says more than is known here stops the start.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.local.template import Deployment, Resource, TemplateError

# The local endpoint speaks HTTP on this machine only. It stands for the endpoint of the cloud,
# which every client here would reach over TLS.
CLOUD_TRANSPORT: Final[Mapping[str, str]] = {
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
}
# Condition keys that are read from the request's headers of these names.
HEADER_KEYS: Final[Mapping[str, str]] = {
    f"s3:{name}": name
    for name in (
        "if-none-match",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
    )
}
# Whether a call makes an object: a part of an upload, or its beginning, does not.
CREATION: Final = "s3:ObjectCreationOperation"
_KEYS: Final = {*CLOUD_TRANSPORT, *HEADER_KEYS, CREATION, "s3:authType", "s3:signatureAge"}
_STATEMENT: Final = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_EVERYBODY: Final = ("*", {"AWS": "*"})


@dataclass(frozen=True, slots=True)
class _Operator:
    """``matches(present, wanted)``; a negated one holds when no wanted value matches, also for a
    key that the request does not have."""

    matches: Callable[[str, str], bool]
    negated: bool = False


_OPERATORS: Final[Mapping[str, _Operator]] = {
    "Bool": _Operator(lambda present, wanted: present == wanted.lower()),
    "NumericGreaterThan": _Operator(lambda present, wanted: float(present) > float(wanted)),
    # It wants the key to be absent.
    "Null": _Operator(lambda _present, _wanted: True, negated=True),
    "NumericLessThan": _Operator(lambda present, wanted: float(present) < float(wanted)),
    "StringEquals": _Operator(operator.eq),
    "StringNotEquals": _Operator(operator.eq, negated=True),
}
_NUMERIC: Final = ("NumericGreaterThan", "NumericLessThan")


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a Condition: its operator and the values that it names."""

    operator: str
    key: str
    wanted: tuple[str, ...]

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether it is true of a request with these ``facts`` (by condition key)."""
        known = _OPERATORS[self.operator]
        present = facts.get(self.key)
        if present is None:
            return known.negated
        return any(known.matches(present, one) for one in self.wanted) is not known.negated


@dataclass(frozen=True, slots=True)
class Denial:
    """One Deny statement for everybody. ``objects`` are the patterns of the keys that it is about;
    ``bucket``: it is about the bucket too."""

    sid: str
    actions: tuple[str, ...]
    objects: tuple[str, ...]
    bucket: bool
    conditions: tuple[Condition, ...]

    def refuses(self, action: str, *, key: str | None, facts: Mapping[str, str]) -> bool:
        """Whether it refuses ``action`` (``s3:GetObject``) on an object, or on the bucket
        (None).
        """
        return (
            (self.bucket if key is None else any(fnmatchcase(key, one) for one in self.objects))
            and any(fnmatchcase(action.lower(), one.lower()) for one in self.actions)
            and all(condition.holds(facts) for condition in self.conditions)
        )


def read_denials(deployment: Deployment) -> dict[str, tuple[Denial, ...]]:
    """The Deny statements of every bucket's policies, by the bucket's name.

    Raises:
        TemplateError: a statement that is not understood whole.
    """
    found: dict[str, tuple[Denial, ...]] = {}
    for policy in deployment.of_type("AWS::S3::BucketPolicy"):
        bucket = str(policy.properties["Bucket"])
        statements = _many(policy.properties["PolicyDocument"]["Statement"])
        denials = tuple(
            _denial(policy, bucket, one) for one in statements if one.get("Effect") != "Allow"
        )
        found[bucket] = (*found.get(bucket, ()), *denials)
    return found


def _denial(policy: Resource, bucket: str, statement: Mapping[str, Any]) -> Denial:
    sid = str(statement.get("Sid", "without a Sid"))

    def unknown(what: str) -> TemplateError:
        return TemplateError(f"{policy.place}: statement {sid}: {what} is not known here")

    for name in sorted({*statement} - _STATEMENT):
        raise unknown(name)
    if statement.get("Effect") != "Deny":
        raise unknown("its Effect")
    if statement.get("Principal") not in _EVERYBODY:
        raise unknown("a Deny that is not for everybody")
    whole, inside = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/"
    resources = [str(one) for one in _many(statement.get("Resource"))]
    if not resources or not all(one == whole or one.startswith(inside) for one in resources):
        raise unknown("a Resource other than the bucket and its objects")
    # In a policy a bracket is a bracket.
    objects = tuple(
        one.removeprefix(inside).replace("[", "[[]") for one in resources if one != whole
    )
    actions = tuple(str(one) for one in _many(statement.get("Action")))
    if not actions:
        raise unknown("a Deny of no Action")
    conditions = tuple(_conditions(statement.get("Condition", {}), unknown))
    return Denial(sid, actions, objects, whole in resources, conditions)


def _conditions(
    given: Mapping[str, Mapping[str, Any]], unknown: Callable[[str], TemplateError]
) -> Iterator[Condition]:
    for name, keys in given.items():
        if name not in _OPERATORS:
            raise unknown(f"the condition operator {name}")
        for key, value in keys.items():
            if key not in _KEYS:
                raise unknown(f"the condition key {key}")
            wanted = tuple(_text(one) for one in _many(value))
            if name == "Null" and wanted != ("true",):
                raise unknown("a Null other than true")
            if not wanted or (name in _NUMERIC and not all(_is_number(one) for one in wanted)):
                raise unknown(f"the value of {key}")
            yield Condition(name, key, wanted)


def refusal(
    denials: Iterable[Denial], action: str, *, key: str | None, facts: Mapping[str, str]
) -> str | None:
    """The Sid of the first statement that refuses, None when none does."""
    for denial in denials:
        if denial.refuses(action, key=key, facts=facts):
            return denial.sid
    return None


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
