"""GET and HEAD of objects, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

from infra.local.aws.web import FileSlice, Request, Response
from infra.local.s3 import xml
from infra.local.s3.buckets import Bucket
from infra.local.s3.errors import S3Error
from infra.local.s3.headers import checksum_headers, object_headers
from infra.local.s3.store import ObjectStore, Version

MAX_KEYS: Final = 1000


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


def get_object_tagging(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """GetObjectTagging: the tags of the current version."""
    del request
    tags = store.get(bucket, key).facts.tags
    entries = [{"Key": name, "Value": value} for name, value in tags.items()]
    return xml.answer("Tagging", {"TagSet": {"Tag": entries}})


def head_object(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """HeadObject: the server sends the headers of GetObject alone."""
    return get_object(store, bucket, key, request)


def list_objects_v2(store: ObjectStore, bucket: Bucket, request: Request) -> Response:
    """ListObjectsV2 of a prefix, page by page.

    Raises:
        S3Error: NotImplemented for the parameters that nobody uses.
    """
    query = request.query
    if query.get("list-type") != "2" or "delimiter" in query or "start-after" in query:
        raise S3Error("NotImplemented", "Only ListObjectsV2 of a prefix is served here")
    prefix, token = query.get("prefix", ""), query.get("continuation-token", "")
    limit = _limit(query)
    found = store.listing(bucket, prefix, _from_token(token), limit + 1)
    page, more = found[:limit], 0 < limit < len(found)
    encode = _encoder(query)
    content: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encode(prefix),
        "MaxKeys": limit,
        "KeyCount": len(page),
        "IsTruncated": more,
        "EncodingType": query.get("encoding-type"),
        "ContinuationToken": token or None,
        "NextContinuationToken": _to_token(page[-1].key) if more else None,
        "Contents": [_entry(one, encode) for one in page],
    }
    return xml.answer("ListBucketResult", content)


def list_object_versions(store: ObjectStore, bucket: Bucket, request: Request) -> Response:
    """ListObjectVersions: every version and delete marker of a prefix, page by page. A group
    that a delimiter makes is one entry of a page, and the next page begins behind it.
    """
    query = request.query
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    limit, encode = _limit(query), _encoder(query)
    after = query.get("key-marker", ""), query.get("version-id-marker", "")
    entries: dict[tuple[str, str], Version | None] = {}
    for one in store.history(bucket, prefix):
        end = one.key.find(delimiter, len(prefix)) if delimiter else -1
        group = one.key[: end + len(delimiter)] if end >= 0 else ""
        entries[(group, "") if group else (one.key, one.version)] = None if group else one
    following = _after(list(entries), after)
    page, more = following[:limit], 0 < limit < len(following)
    versions = [found for place in page if (found := entries[place]) is not None]
    content: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encode(prefix),
        "Delimiter": encode(delimiter) or None,
        "MaxKeys": limit,
        "IsTruncated": more,
        "EncodingType": query.get("encoding-type"),
        "NextKeyMarker": encode(page[-1][0]) if more else None,
        "NextVersionIdMarker": (page[-1][1] or None) if more else None,
        "Version": [_version_entry(one, encode) for one in versions if not one.marker],
        "DeleteMarker": [_version_entry(one, encode) for one in versions if one.marker],
        "CommonPrefixes": [
            {"Prefix": encode(place[0])} for place in page if entries[place] is None
        ],
    }
    return xml.answer("ListVersionsResult", content)


def _after(places: list[tuple[str, str]], marker: tuple[str, str]) -> list[tuple[str, str]]:
    """The places behind a marker: a key alone is behind all of its versions."""
    if marker in places and marker[1]:
        return places[places.index(marker) + 1 :]
    return [place for place in places if place[0] > marker[0]]


def _version_entry(found: Version, encode: Callable[[str], str]) -> dict[str, Any]:
    facts = {
        "Key": encode(found.key),
        "VersionId": found.version,
        "IsLatest": found.latest,
        "LastModified": xml.timestamp(found.modified),
    }
    if found.marker:
        return facts
    return {**facts, "ETag": f'"{found.facts.etag}"', "Size": found.facts.size}


def _to_token(key: str) -> str:
    return key.encode().hex()


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


def _entry(found: Version, encode: Callable[[str], str]) -> dict[str, Any]:
    return {
        "Key": encode(found.key),
        "LastModified": xml.timestamp(found.modified),
        "ETag": f'"{found.facts.etag}"',
        "Size": found.facts.size,
        "StorageClass": "STANDARD",
    }
