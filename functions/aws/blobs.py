"""Objects in S3, one tenant's prefix of one bucket, encrypted with the tenant's own key."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.ports import Listed

_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})


def tenant_key_alias(tenant: str) -> str:
    """The alias of the tenant's customer-managed key."""
    return f"alias/drimbox/tenants/{tenant}"


def _sha256(data: bytes) -> str:
    """S3's form of the digest. Given beforehand, it is a header; otherwise botocore appends it to
    the body, which then goes in chunks.
    """
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


class S3Blobs:
    """Implements ``ports.Blobs``: every key is stored under ``<tenant>/``.

    ``encrypted_by`` is the alias of another key than the tenant's.
    """

    def __init__(self, bucket: str, tenant: str, *, encrypted_by: str = "") -> None:
        self._bucket = bucket
        self._tenant = tenant
        self._encrypted_by = encrypted_by or tenant_key_alias(tenant)

    def put_once(
        self, key: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> bool:
        """Store unless the key exists; True when stored by this call."""
        with storage("s3 put"):
            try:
                clients.s3().put_object(
                    Bucket=self._bucket,
                    Key=f"{self._tenant}/{key}",
                    Body=data,
                    ContentType=content_type,
                    IfNoneMatch="*",
                    ChecksumSHA256=_sha256(data),
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=self._encrypted_by,
                )
            except ClientError as error:
                if code_of(error) in _TAKEN:
                    return False
                raise
        return True

    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Store, replacing the former object (a new version where the bucket keeps them)."""
        with storage("s3 put"):
            clients.s3().put_object(
                Bucket=self._bucket,
                Key=f"{self._tenant}/{key}",
                Body=data,
                ContentType=content_type,
                ChecksumSHA256=_sha256(data),
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=self._encrypted_by,
            )

    def names(self, prefix: str, *, limit: int) -> tuple[Listed, ...]:
        """The objects whose key starts with ``prefix``, by key, at most ``limit`` (1,000)."""
        with storage("s3 list"):
            answer = clients.s3().list_objects_v2(
                Bucket=self._bucket, Prefix=f"{self._tenant}/{prefix}", MaxKeys=limit
            )
        return tuple(
            Listed(one["Key"].removeprefix(f"{self._tenant}/"), one["Size"])
            for one in answer.get("Contents", [])
        )

    def size(self, key: str) -> int:
        """The object's size in bytes, 0 when absent."""
        with storage("s3 head"):
            try:
                answer = clients.s3().head_object(Bucket=self._bucket, Key=f"{self._tenant}/{key}")
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return 0
                raise
        return answer["ContentLength"]

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when absent; the checksum is verified by botocore."""
        with storage("s3 get"):
            try:
                answer = clients.s3().get_object(
                    Bucket=self._bucket, Key=f"{self._tenant}/{key}", ChecksumMode="ENABLED"
                )
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
            return answer["Body"].read()
