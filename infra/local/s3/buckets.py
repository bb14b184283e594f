"""Buckets as the templates configure them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.local.s3.policies import Denial, read_denials
from infra.local.template import Deployment, Resource, TemplateError


@dataclass(frozen=True, slots=True)
class Retention:
    """The default retention of a locked bucket (S3 "Object Lock")."""

    mode: str
    period: timedelta


@dataclass(frozen=True, slots=True)
class CorsRule:
    """One rule of the bucket's CORS configuration."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    max_age_seconds: int | None


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """The expiry of objects under a prefix, with all of the ``tags``; None: never."""

    prefix: str
    expire: timedelta | None
    expire_noncurrent: timedelta | None
    abort_uploads: timedelta | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket. ``locked`` says that Object Lock is on, which implies versions; ``denials`` are
    the Deny statements of its policy."""

    name: str
    region: str
    versioned: bool
    locked: bool
    retention: Retention | None
    cors: tuple[CorsRule, ...]
    lifecycle: tuple[LifecycleRule, ...]
    denials: tuple[Denial, ...]


def read_buckets(deployment: Deployment) -> dict[str, Bucket]:
    """Every bucket of the deployment by name.

    Raises:
        TemplateError: a rule, or a statement of a policy, that is not known here.
    """
    denials = read_denials(deployment)
    return {
        resource.reference: _bucket(resource, denials.get(resource.reference, ()))
        for resource in deployment.of_type("AWS::S3::Bucket")
    }


def _bucket(resource: Resource, denials: tuple[Denial, ...]) -> Bucket:
    properties = resource.properties
    locked = bool(properties.get("ObjectLockEnabled", False))
    versioned = properties.get("VersioningConfiguration", {}).get("Status") == "Enabled"
    lock = properties.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    lifecycle = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    return Bucket(
        name=resource.reference,
        region=resource.region,
        versioned=versioned or locked,
        locked=locked,
        retention=_retention(lock) if locked and lock else None,
        cors=tuple(
            CorsRule(
                origins=tuple(rule["AllowedOrigins"]),
                methods=tuple(rule["AllowedMethods"]),
                headers=tuple(rule.get("AllowedHeaders", ())),
                exposed=tuple(rule.get("ExposedHeaders", ())),
                max_age_seconds=rule.get("MaxAge"),
            )
            for rule in properties.get("CorsConfiguration", {}).get("CorsRules", [])
        ),
        lifecycle=tuple(_lifecycle(resource, lifecycle)),
        denials=denials,
    )


def _retention(lock: Mapping[str, Any]) -> Retention:
    days = int(lock.get("Days", 0)) + 365 * int(lock.get("Years", 0))
    return Retention(str(lock["Mode"]), timedelta(days=days))


def _lifecycle(resource: Resource, rules: list[Mapping[str, Any]]) -> Iterator[LifecycleRule]:
    known = {
        *("Id", "Status", "Prefix", "TagFilters", "ExpirationInDays"),
        "NoncurrentVersionExpiration",
        *("AbortIncompleteMultipartUpload", "ExpiredObjectDeleteMarker"),
        # Storage classes have no meaning on one disk.
        *("Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpirationInDays"),
    }
    for rule in rules:
        if not rule.keys() <= known:
            raise TemplateError(f"{resource.place}: a lifecycle rule says more than is known here")
        if rule["Status"] != "Enabled":
            continue
        noncurrent = rule.get("NoncurrentVersionExpiration", {}).get(
            "NoncurrentDays", rule.get("NoncurrentVersionExpirationInDays")
        )
        uploads = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
        tags = {str(one["Key"]): str(one["Value"]) for one in rule.get("TagFilters", ())}
        if tags and uploads is not None:
            raise TemplateError(f"{resource.place}: S3 aborts no uploads by their tags")
        yield LifecycleRule(
            str(rule.get("Prefix", "")),
            _days(rule.get("ExpirationInDays")),
            _days(noncurrent),
            _days(uploads),
            tags,
        )


def _days(number: Any) -> timedelta | None:
    return None if number is None else timedelta(days=float(number))


def cors_headers(
    bucket: Bucket, origin: str, method: str, asked: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...] | None:
    """The headers that allow a cross-origin request; None when no rule does."""
    for rule in bucket.cors:
        if (
            method in rule.methods
            and any(_like(pattern, origin) for pattern in rule.origins)
            and all(any(_like(one.lower(), name) for one in rule.headers) for name in asked)
        ):
            allowed = "*" if rule.origins == ("*",) else origin
            headers = [
                ("Access-Control-Allow-Origin", allowed),
                ("Access-Control-Allow-Methods", ", ".join(rule.methods)),
                ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
            ]
            if asked:
                headers.append(("Access-Control-Allow-Headers", ", ".join(asked)))
            if rule.exposed:
                headers.append(("Access-Control-Expose-Headers", ", ".join(rule.exposed)))
            if rule.max_age_seconds is not None:
                headers.append(("Access-Control-Max-Age", str(rule.max_age_seconds)))
            return tuple(headers)
    return None


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None
