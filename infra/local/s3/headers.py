"""Headers of requests and responses: the facts of an object, read from them and written to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from infra.local.aws.web import Request
from infra.local.s3.errors import S3Error
from infra.local.s3.payload import CHECKSUM_PREFIX
from infra.local.s3.store import Condition, Facts, Version
from infra.local.s3.xml import timestamp

DEFAULT_TYPE: Final = "binary/octet-stream"
MAX_METADATA_BYTES: Final = 2048
META_PREFIX: Final = "x-amz-meta-"
TAGGING: Final = "x-amz-tagging"
MAX_TAGS: Final = 10
_KEPT: Final = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Expires",
)
_ENCRYPTION: Final = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
)
_LOCK: Final = "x-amz-object-lock-"


def given_facts(request: Request) -> Facts:
    """The facts that the headers of a PUT, or of CreateMultipartUpload, give of the new object.

    Raises:
        S3Error: MetadataTooLarge, or InvalidTag.
    """
    headers = {"Content-Type": request.header("Content-Type") or DEFAULT_TYPE}
    for name in _KEPT:
        value = request.header(name)
        # aws-chunked is how the body was sent, not what the object is.
        if name == "Content-Encoding" and value is not None:
            codings = [one.strip() for one in value.split(",")]
            value = ", ".join(one for one in codings if one != "aws-chunked") or None
        if value is not None:
            headers[name] = value
    metadata = {
        name[len(META_PREFIX) :].lower(): str(value)
        for name, value in request.headers.items()
        if name.lower().startswith(META_PREFIX)
    }
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise S3Error("MetadataTooLarge")
    encryption = {
        name: value for name in _ENCRYPTION if (value := request.header(name)) is not None
    }
    tags = _tags(request.header(TAGGING))
    return Facts(headers=headers, metadata=metadata, encryption=encryption, tags=tags)


def _tags(header: str | None) -> dict[str, str]:
    """The tags that a write names as a query ("Categorizing your storage using tags").

    Raises:
        S3Error: InvalidTag.
    """
    try:
        pairs = parse_qsl(header or "", keep_blank_values=True, strict_parsing=bool(header))
    except ValueError:
        raise S3Error("InvalidArgument", "The header x-amz-tagging is malformed") from None
    tags = dict(pairs)
    short = all(0 < len(name) <= 128 and len(text) <= 256 for name, text in pairs)
    if len(pairs) > MAX_TAGS or len(tags) != len(pairs) or not short:
        raise S3Error("InvalidTag", "The tags are too many, too long or twice the same")
    return tags


def given_condition(request: Request) -> Condition:
    """If-None-Match and If-Match of a write.

    Raises:
        S3Error: NotImplemented for an If-None-Match other than ``*``, as S3 answers.
    """
    none_match = request.header("If-None-Match")
    if none_match not in {None, "*"}:
        raise S3Error("NotImplemented", "Only If-None-Match: * is served for writes")
    match = request.header("If-Match")
    return Condition(none_match == "*", None if match is None else match.strip('"'))


def object_headers(found: Version, request: Request, *, versioned: bool) -> dict[str, str]:
    """The headers of GET and HEAD, with the overrides (``response-…``) of the request."""
    facts = found.facts
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{facts.etag}"',
        "Last-Modified": formatdate(int(found.modified), usegmt=True),
        **facts.headers,
        **{f"{META_PREFIX}{name}": value for name, value in facts.metadata.items()},
        **facts.encryption,
    }
    if facts.tags:
        headers["x-amz-tagging-count"] = str(len(facts.tags))
    if versioned:
        headers["x-amz-version-id"] = found.version
    if found.lock_mode is not None and found.locked_until is not None:
        headers[f"{_LOCK}mode"] = found.lock_mode
        headers[f"{_LOCK}retain-until-date"] = timestamp(found.locked_until)
    if request.header("x-amz-checksum-mode") == "ENABLED":
        headers.update(checksum_headers(facts))
    headers.update(_overrides(request.query))
    return headers


def checksum_headers(facts: Facts) -> dict[str, str]:
    """The checksums as headers."""
    headers = {f"{CHECKSUM_PREFIX}{name}": value for name, value in facts.checksums.items()}
    if headers and facts.checksum_type is not None:
        headers["x-amz-checksum-type"] = facts.checksum_type
    return headers


def _overrides(query: Mapping[str, str]) -> dict[str, str]:
    overrides = {}
    for name in ("Content-Type", *_KEPT):
        value = query.get(f"response-{name.lower()}")
        if value is not None:
            if re.search(r"[\r\n\0]", value):
                raise S3Error("InvalidArgument", "A response header is malformed")
            overrides[name] = value
    return overrides
