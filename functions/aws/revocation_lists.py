"""The kept revocation lists in S3, one object for each authority; they serve all tenants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.revoked import RevokedCertificates, decode

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_UNCHANGED: Final = frozenset({"NotModified", "304"})
# Seconds. A revoked certificate is refused that long after its list was kept.
TTL: Final = 300.0
# While the store gives no answer, a list that was read serves for that long.
PATIENCE: Final = 3600.0
# By bucket and authority: when it was read, its ETag, the list.
_read: dict[tuple[str, str], tuple[float, str, RevokedCertificates | None]] = {}


class S3RevokedLists:
    """Implements ``identity.revocation_refresh.RevokedStore``."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def get(self, authority: str) -> RevokedCertificates | None:
        """Read now; None when there is none."""
        return self._get(authority, None)[1]

    def recent(self, authority: str) -> RevokedCertificates | None:
        """Read within the last five minutes; from memory most often."""
        key = (self._bucket, authority)
        known = _read.get(key)
        now = time.monotonic()
        if known is not None and now - known[0] < TTL:
            return known[2]
        try:
            etag, found = self._get(authority, known)
        except StorageUnavailable:
            if known is None or now - known[0] >= PATIENCE:
                raise
            return known[2]
        _read[key] = (now, etag, found)
        return found

    def put(self, kept: RevokedCertificates) -> None:
        """Keep it in place of the former one."""
        with storage("revocation list put"):
            clients.s3().put_object(
                Bucket=self._bucket,
                Key=_key(kept.authority),
                Body=kept.encode(),
                ContentType="application/octet-stream",
            )

    def _get(
        self, authority: str, known: tuple[float, str, RevokedCertificates | None] | None
    ) -> tuple[str, RevokedCertificates | None]:
        """The ETag and the list; the ``known`` one where it is still that one."""
        asked: GetObjectRequestTypeDef = {"Bucket": self._bucket, "Key": _key(authority)}
        if known is not None and known[1]:
            asked["IfNoneMatch"] = known[1]
        with storage("revocation list get"):
            try:
                answer = clients.s3().get_object(**asked)
                return answer["ETag"], decode(answer["Body"].read())
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return "", None
                if known is not None and code_of(error) in _UNCHANGED:
                    return known[1], known[2]
                raise


def _key(authority: str) -> str:
    return f"authorities/{authority}"
