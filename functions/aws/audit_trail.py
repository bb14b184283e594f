"""The audit as the sealing function and an auditor read it, and its seals, in two buckets of S3."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import FlexibleChecksumError

from functions.aws import clients
from functions.aws.audit import KEY_ALIAS
from functions.aws.blobs import S3Blobs
from functions.aws.faults import storage
from functions.drimbox.audit_seals.ports import Version
from functions.drimbox.audit_seals.seal import digest_of, key_of
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.tenants.model import SLUG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

# Objects that are read at a time: fewer than the connections of the client.
_AT_ONCE: Final = 12


class S3Trail:
    """Implements ``audit_seals.ports.Trail`` for one tenant."""

    def __init__(self, bucket: str, tenant: str) -> None:
        self._bucket = bucket
        self._tenant = tenant

    def names(self) -> tuple[str, ...]:
        """The names right below ``audit/``, in order."""
        below = f"{self._tenant}/audit/"
        return tuple(one.removeprefix(below).rstrip("/") for one in _folders(self._bucket, below))

    def versions(self, name: str) -> Iterator[Version]:
        """Every version of every object below ``audit/<name>/``, delete markers too."""
        return _versions(self._bucket, self._tenant, f"audit/{name}/")

    def digests(self, versions: Sequence[Version]) -> Iterator[str]:
        """The SHA-256 of each version's bytes, "" where they are not those that S3 was given."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from pool.map(self._digest, versions)

    def _digest(self, version: Version) -> str:
        with storage("audit get"):
            try:
                return hashlib.sha256(_get(self._bucket, self._tenant, version)).hexdigest()
            except FlexibleChecksumError:
                return ""


class S3Seals:
    """Implements ``audit_seals.ports.Seals`` for one tenant."""

    def __init__(self, bucket: str, tenant: str) -> None:
        self._bucket = bucket
        self._tenant = tenant
        self._blobs = S3Blobs(bucket, tenant, encrypted_by=KEY_ALIAS)

    def versions(self) -> Iterator[Version]:
        """Every version below ``seals/``, delete markers too; of one object, the latest first."""
        return _versions(self._bucket, self._tenant, "seals/")

    def get(self, version: Version) -> bytes:
        """The bytes of that version."""
        with storage("seal get"):
            return _get(self._bucket, self._tenant, version)

    def put_once(self, day: date, data: bytes) -> bool:
        """Store the seal of ``day`` unless there is one; True when stored by this call."""
        return self._blobs.put_once(key_of(day), data, "application/jsonl")

    def progress(self, day: date) -> Iterator[bytes]:
        """The digests kept for ``day`` by runs that stopped before its end."""
        for one in _versions(self._bucket, self._tenant, f"progress/{day.isoformat()}/"):
            if not one.is_marker:
                yield self.get(one)

    def keep(self, day: date, lines: bytes) -> None:
        """Keep digests for the next run."""
        key = f"progress/{day.isoformat()}/{digest_of(lines)}.jsonl"
        self._blobs.put_once(key, lines, "application/jsonl")


def audited_tenants(bucket: str) -> tuple[str, ...]:
    """Every tenant that has a record: one whose file is gone still has its audit."""
    found = (one.rstrip("/") for one in _folders(bucket, ""))
    return tuple(one for one in found if SLUG.fullmatch(one))


def _get(bucket: str, tenant: str, version: Version) -> bytes:
    answer = clients.s3().get_object(
        Bucket=bucket, Key=f"{tenant}/{version.key}", VersionId=version.version
    )
    return answer["Body"].read()


def _versions(bucket: str, tenant: str, below: str) -> Iterator[Version]:
    for page in _pages(bucket, f"{tenant}/{below}", ""):
        found = [(one, False) for one in page.get("Versions", ())]
        found += [(one, True) for one in page.get("DeleteMarkers", ())]
        for one, is_marker in found:
            key = one["Key"].removeprefix(f"{tenant}/")
            yield Version(key, one["VersionId"], one["LastModified"], is_marker)


def _folders(bucket: str, below: str) -> tuple[str, ...]:
    pages = _pages(bucket, below, "/")
    return tuple(one["Prefix"] for page in pages for one in page.get("CommonPrefixes", ()))


def _pages(bucket: str, prefix: str, delimiter: str) -> Iterator[Any]:
    """Every page of the versions; StorageUnavailable where S3 does not say how they go on."""
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    if delimiter:
        asked["Delimiter"] = delimiter
    after: dict[str, Any] = {}
    while True:
        with storage("list versions"):
            page: Any = clients.s3().list_object_versions(**asked, **after)
        yield page
        if page.get("IsTruncated") is False:
            return
        following = {
            ours: page[theirs]
            for ours, theirs in (
                ("KeyMarker", "NextKeyMarker"),
                ("VersionIdMarker", "NextVersionIdMarker"),
            )
            if page.get(theirs)
        }
        if not page.get("IsTruncated") or "KeyMarker" not in following or following == after:
            raise StorageUnavailable("list versions: an answer without its end or its next page")
        after = following
