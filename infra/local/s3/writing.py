"""PUT, multipart uploads and deletions."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from infra.local.aws.web import CHUNK_BYTES, Request, Response
from infra.local.s3 import xml
from infra.local.s3.buckets import Bucket
from infra.local.s3.errors import S3Error
from infra.local.s3.headers import checksum_headers, given_condition, given_facts
from infra.local.s3.payload import ALGORITHMS, Digest, receive
from infra.local.s3.store import Facts, ObjectStore, Part, Upload, Version

MAX_KEY_BYTES: Final = 1024
MIN_PART_BYTES: Final = 5 << 20
MAX_PARTS: Final = 10_000
BYPASS: Final = "x-amz-bypass-governance-retention"


def put_object(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """PutObject."""
    if len(key.encode()) > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError")
    facts, condition = given_facts(request), given_condition(request)
    received = receive(request, store.new_blob())
    full = replace(
        facts,
        size=received.size,
        etag=received.md5.hex(),
        checksums=received.checksums,
        checksum_type="FULL_OBJECT" if received.checksums else None,
    )
    with _Kept(received.path):
        stored = store.put(bucket, key, full, received.path, condition=condition)
    return Response(200, tuple(_written(stored, bucket).items()))


def create_multipart_upload(
    store: ObjectStore, bucket: Bucket, key: str, request: Request
) -> Response:
    """CreateMultipartUpload."""
    algorithm = (request.header("x-amz-checksum-algorithm") or "").lower()
    if algorithm and algorithm not in ALGORITHMS:
        raise S3Error("InvalidRequest", "The checksum's algorithm is not known")
    kind = request.header("x-amz-checksum-type")
    if algorithm and kind is None:
        kind = "FULL_OBJECT" if algorithm == "crc64nvme" else "COMPOSITE"
    facts = replace(
        given_facts(request),
        checksum_type=kind,
        checksums={algorithm: ""} if algorithm else {},
    )
    upload = store.begin_upload(bucket, key, facts)
    headers = []
    if algorithm:
        headers.append(("x-amz-checksum-algorithm", algorithm.upper()))
        headers.append(("x-amz-checksum-type", str(kind)))
    content = {"Bucket": bucket.name, "Key": key, "UploadId": upload.upload}
    return xml.answer("InitiateMultipartUploadResult", content, *headers)


def upload_part(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """UploadPart."""
    upload = store.upload(bucket, key, request.query["uploadId"])
    number = request.query.get("partNumber", "")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MAX_PARTS):
        raise S3Error("InvalidArgument", "The part number is out of range")
    received = receive(request, store.new_blob())
    facts = Facts(size=received.size, etag=received.md5.hex(), checksums=received.checksums)
    with _Kept(received.path):
        store.add_part(upload, int(number), facts, received.path)
    return Response(200, (("ETag", f'"{facts.etag}"'), *checksum_headers(facts).items()))


def complete_multipart_upload(
    store: ObjectStore, bucket: Bucket, key: str, request: Request
) -> Response:
    """CompleteMultipartUpload."""
    upload = store.upload(bucket, key, request.query["uploadId"])
    condition = given_condition(request)
    claims = xml.read_parts(read_document(store, request))
    parts = _claimed_parts(store.parts(upload), claims)
    path, facts = _joined(store, upload, parts)
    with _Kept(path):
        for name in ALGORITHMS:
            given = request.header(f"x-amz-checksum-{name}")
            if given is not None and facts.checksums.get(name) not in {None, "", given}:
                raise S3Error("BadDigest")
        stored = store.put(bucket, key, facts, path, condition=condition)
    store.end_upload(upload)
    content: dict[str, Any] = {"Bucket": bucket.name, "Key": key, "ETag": f'"{facts.etag}"'}
    for name, value in facts.checksums.items():
        content[f"Checksum{name.upper()}"] = value
    if facts.checksums:
        content["ChecksumType"] = facts.checksum_type
    return xml.answer("CompleteMultipartUploadResult", content, *_written(stored, bucket).items())


def list_parts(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """ListParts: all of them, since an upload has as many as one answer may name."""
    upload = store.upload(bucket, key, request.query["uploadId"])
    parts = [
        {
            "PartNumber": part.number,
            "ETag": f'"{part.facts.etag}"',
            "Size": part.facts.size,
            **{f"Checksum{name.upper()}": text for name, text in part.facts.checksums.items()},
        }
        for part in store.parts(upload)
    ]
    content: dict[str, Any] = {"Bucket": bucket.name, "Key": key, "UploadId": upload.upload}
    content |= {"MaxParts": MAX_PARTS, "IsTruncated": "false", "Part": parts}
    return xml.answer("ListPartsResult", content)


def put_object_tagging(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """PutObjectTagging: the tags in the place of the former ones."""
    store.tag(bucket, key, xml.read_tags(read_document(store, request)))
    return Response(200)


def abort_multipart_upload(
    store: ObjectStore, bucket: Bucket, key: str, request: Request
) -> Response:
    """AbortMultipartUpload."""
    store.end_upload(store.upload(bucket, key, request.query["uploadId"]))
    return Response(204)


def delete_object(store: ObjectStore, bucket: Bucket, key: str, request: Request) -> Response:
    """DeleteObject."""
    bypass = request.header(BYPASS) == "true"
    version, marker = store.delete(bucket, key, request.query.get("versionId"), bypass=bypass)
    headers = [] if version is None else [("x-amz-version-id", version)]
    if marker:
        headers.append(("x-amz-delete-marker", "true"))
    return Response(204, headers)


def delete_objects(store: ObjectStore, bucket: Bucket, request: Request) -> Response:
    """DeleteObjects."""
    wanted, quiet = xml.read_deletions(read_document(store, request))
    bypass = request.header(BYPASS) == "true"
    deleted: list[Mapping[str, object]] = []
    errors: list[Mapping[str, object]] = []
    for key, version in wanted:
        try:
            concerned, marker = store.delete(bucket, key, version, bypass=bypass)
        except S3Error as error:
            errors.append({"Key": key, "Code": error.code, "Message": error.message})
            continue
        entry: dict[str, object] = {"Key": key, "VersionId": version}
        if marker:
            entry.update({"DeleteMarker": True, "DeleteMarkerVersionId": concerned})
        deleted.append(entry)
    return xml.answer("DeleteResult", {"Deleted": [] if quiet else deleted, "Error": errors})


def read_document(store: ObjectStore, request: Request) -> bytes:
    """A small body, with everything that the request claims of it checked."""
    received = receive(request, store.new_blob(), xml.MAX_BYTES)
    with _Dropped(received.path):
        return received.path.read_bytes()


def _written(stored: Version, bucket: Bucket) -> dict[str, str]:
    headers = {"ETag": f'"{stored.facts.etag}"', **stored.facts.encryption}
    if bucket.versioned:
        headers["x-amz-version-id"] = stored.version
    return {**headers, **checksum_headers(stored.facts)}


def _claimed_parts(stored: list[Part], claims: list[xml.PartClaim]) -> list[Part]:
    by_number = {part.number: part for part in stored}
    numbers = [claim.number for claim in claims]
    if numbers != sorted(set(numbers)):
        raise S3Error("InvalidPartOrder")
    parts = []
    for claim in claims:
        part = by_number.get(claim.number)
        if part is None or part.facts.etag != claim.etag:
            raise S3Error("InvalidPart", "One or more of the specified parts could not be found")
        for name, value in claim.checksums.items():
            if part.facts.checksums.get(name, value) != value:
                raise S3Error("InvalidPart", "A part's checksum is not as it was uploaded")
        parts.append(part)
    if any(part.facts.size < MIN_PART_BYTES for part in parts[:-1]):
        raise S3Error("EntityTooSmall")
    return parts


def _joined(store: ObjectStore, upload: Upload, parts: list[Part]) -> tuple[Path, Facts]:
    """One file of all parts, and the facts of the object that it becomes."""
    (algorithm,) = upload.facts.checksums or ("",)
    make = ALGORITHMS.get(algorithm)
    whole = make() if make and upload.facts.checksum_type == "FULL_OBJECT" else None
    path = store.new_blob()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with _Kept(path), os.fdopen(descriptor, "wb", buffering=0) as target:
        for part in parts:
            with store.blob_path(part.blob).open("rb") as source:
                while block := source.read(CHUNK_BYTES):
                    target.write(block)
                    if whole is not None:
                        whole.update(block)
        os.fsync(target.fileno())
    digest = hashlib.md5(b"".join(bytes.fromhex(one.facts.etag) for one in parts)).hexdigest()  # noqa: S324 - S3's ETag is defined with MD5
    facts = replace(
        upload.facts,
        size=sum(part.facts.size for part in parts),
        etag=f"{digest}-{len(parts)}",
        checksums=_joined_checksum(algorithm, whole, parts),
    )
    return path, facts


def _joined_checksum(algorithm: str, whole: Digest | None, parts: list[Part]) -> dict[str, str]:
    """The checksum of the whole, or S3's checksum of the parts' checksums."""
    if whole is not None:
        return {algorithm: base64.b64encode(whole.digest()).decode()}
    make = ALGORITHMS.get(algorithm)
    sums = [part.facts.checksums.get(algorithm) for part in parts]
    if make is None or None in sums:
        return {}
    digest = make()
    for one in sums:
        digest.update(base64.b64decode(str(one)))
    return {algorithm: f"{base64.b64encode(digest.digest()).decode()}-{len(parts)}"}


class _Kept:
    """Removes a file when the block that should have kept it raises."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._path.unlink(missing_ok=True)


class _Dropped(_Kept):
    """Removes a file after the block."""

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)
