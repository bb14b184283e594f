"""GET and HEAD of objects, and lists of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from infra.local.aws.web import FileSlice, Request, Response
from infra.local.s3 import xml
from infra.local.s3.buckets import Bucket
from infra.local.s3.errors import S3Error
from infra.local.s3.facts import checksum_headers, object_headers
from infra.local.s3.store import ObjectStore, Version

MAX_KEYS = 1000
# Follows every key that begins with the text before it.
_LAST = "\U0010ffff"


def get_object(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """GetObject and HeadObject: conditions, one range, response overrides."""
    if "partNumber" in request.query:
        raise S3Error("NotImplemented", "Parts of an object are not served here")
    found, file = store.open(bucket, key, request.query.get("versionId"))
    try:
        headers = object_headers(found, request, versioned=bucket.versioned)
        status = _condition(found, request)
        if status is not None:
            file.close()
            return Response(status, (("ETag", headers["ETag"]),))
        span = _range(request.header("Range"), found.facts.size)
    except S3Error:
        file.close()
        raise
    if span is None:
        body = FileSlice(file, 0, found.facts.size)
        return Response(200, tuple(headers.items()), body)
    first, last = span
    headers["Content-Range"] = f"bytes {first}-{last}/{found.facts.size}"
    # A checksum is of the whole object: a client would compare it with the range.
    for name in checksum_headers(found.facts):
        headers.pop(name, None)
    return Response(206, tuple(headers.items()), FileSlice(file, first, last - first + 1))


def _condition(found: Version, request: Request) -> int | None:
    """304, or None to go on (RFC 9110 13.2.2).

    Raises:
        S3Error: PreconditionFailed.
    """
    match, none_match = request.header("If-Match"), request.header("If-None-Match")
    if match is not None and not _names(match, found.facts.etag):
        raise S3Error("PreconditionFailed")
    unmodified = _date(request.header("If-Unmodified-Since"))
    if match is None and unmodified is not None and int(found.modified) > unmodified:
        raise S3Error("PreconditionFailed")
    if none_match is not None:
        return 304 if _names(none_match, found.facts.etag) else None
    modified = _date(request.header("If-Modified-Since"))
    return 304 if modified is not None and int(found.modified) <= modified else None


def _names(header: str, etag: str) -> bool:
    tags = {one.strip().removeprefix("W/").strip('"') for one in header.split(",")}
    return bool(tags & {"*", etag})


def _date(header: str | None) -> float | None:
    """Seconds since 1970; None for no date or a malformed one, which is ignored."""
    if header is None:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte; None for the whole object (no range, several, or a malformed one).

    Raises:
        S3Error: InvalidRange.
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "", re.ASCII)
    if match is None or match.groups() == ("", ""):
        return None
    if match[1] == "":
        first, last = max(size - int(match[2]), 0), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    if first > last:
        headers = (("Content-Range", f"bytes */{size}"),)
        raise S3Error("InvalidRange", "The requested range is not satisfiable", headers)
    return first, last


def list_objects(store: ObjectStore, bucket: Bucket, request: Request) -> Response:
    """ListObjectsV2."""
    query = request.query
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    scope = _Scope(bucket, prefix, delimiter)
    limit = _limit(query)
    token = query.get("continuation-token", "")
    after = _from_token(token) if token else query.get("start-after", "")
    entries, more = _entries(store, scope, after, limit)
    encode = _encoder(query)
    objects = [found for found in entries if isinstance(found, Version)]
    content: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encode(prefix),
        "Delimiter": encode(delimiter) if delimiter else None,
        "MaxKeys": limit,
        "KeyCount": len(entries),
        "IsTruncated": more,
        "EncodingType": query.get("encoding-type"),
        "ContinuationToken": token or None,
        "NextContinuationToken": _to_token(_place(entries[-1])) if more else None,
        "Contents": [_entry(found, encode) for found in objects],
        "CommonPrefixes": [
            {"Prefix": encode(found)} for found in entries if isinstance(found, str)
        ],
    }
    return xml.answer("ListBucketResult", content)


def list_versions(store: ObjectStore, bucket: Bucket, request: Request) -> Response:
    """ListObjectVersions, the first thousand (no markers, no delimiter).

    Raises:
        S3Error: NotImplemented, when more is asked.
    """
    query = request.query
    if query.get("key-marker") or query.get("delimiter"):
        raise S3Error("NotImplemented", "Pages of versions are not served here")
    encode = _encoder(query)
    found = store.versions(bucket, query.get("prefix", ""), MAX_KEYS + 1)
    if len(found) > MAX_KEYS:
        raise S3Error("NotImplemented", "Pages of versions are not served here")
    content: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encode(query.get("prefix", "")),
        "MaxKeys": MAX_KEYS,
        "IsTruncated": False,
        "EncodingType": query.get("encoding-type"),
    }
    for name, marker in (("Version", False), ("DeleteMarker", True)):
        content[name] = [
            {
                "VersionId": one.version,
                "IsLatest": one.latest,
                **_entry(one, encode, marker=marker),
            }
            for one in found
            if one.marker == marker
        ]
    return xml.answer("ListVersionsResult", content)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is listed."""

    bucket: Bucket
    prefix: str
    delimiter: str


def _entries(
    store: ObjectStore, scope: _Scope, after: str, limit: int
) -> tuple[list[Version | str], bool]:
    """At most `limit` objects and common prefixes after `after`, and whether there are more."""
    entries: list[Version | str] = []
    while True:
        batch = store.listing(scope.bucket, scope.prefix, after, limit + 1)
        for found in batch:
            shared = _shared_prefix(found.key, scope.prefix, scope.delimiter)
            if found.key <= after:
                continue
            if len(entries) == limit:
                return entries, True
            entries.append(found if shared is None else shared)
            after = found.key if shared is None else shared + _LAST
        if len(batch) <= limit:
            return entries, False


def _shared_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    if not delimiter:
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def _place(entry: Version | str) -> str:
    return entry.key if isinstance(entry, Version) else entry + _LAST


def _to_token(place: str) -> str:
    return place.encode().hex()


def _from_token(token: str) -> str:
    try:
        return bytes.fromhex(token).decode()
    except ValueError:
        raise S3Error("InvalidArgument", "The continuation token is not one of ours") from None


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("max-keys", str(MAX_KEYS))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise S3Error("InvalidArgument", "max-keys is malformed")
    return min(int(text), MAX_KEYS)


def _encoder(query: Mapping[str, str]) -> Callable[[str], str]:
    if query.get("encoding-type") == "url":
        return lambda text: quote(text, safe="/")
    return lambda text: text


def _entry(found: Version, encode: Callable[[str], str], *, marker: bool = False) -> dict[str, Any]:
    entry = {
        "Key": encode(found.key),
        "LastModified": datetime.fromtimestamp(found.modified, UTC).strftime(
            "%Y-%m-%dT%H:%M:%S.000Z"
        ),
    }
    if marker:
        return entry
    return {
        **entry,
        "ETag": f'"{found.facts.etag}"',
        "Size": found.facts.size,
        "StorageClass": "STANDARD",
    }
