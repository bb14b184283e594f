"""The image cache in S3: one tenant's prefix, streamed in and out, signed URLs of its objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.blobs import tenant_key_alias
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.cache_keys import DAYS_TAG
from functions.drimbox.ports import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_ABSENT: Final = frozenset({"NoSuchKey", "404"})
# The classes of which an object is read at once, at the usual price.
_READ: Final = frozenset({"STANDARD"})


class S3CacheStore:
    """Implements ``ports.CacheStore``: every key is stored under ``<tenant>/``.

    ``days``: how long the bucket's lifecycle keeps an object from when it is written; there must be
    a rule for it. 0: the bucket keeps all objects alike.
    """

    def __init__(self, bucket: str, tenant: str, days: int) -> None:
        self._bucket = bucket
        self._tenant = tenant
        self._days = days

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        """Store the file, replacing what was there."""
        with storage("cache put"):
            clients.s3().put_object(
                Body=data, ContentType=content_type, **self._place(key), **self._kept()
            )

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object's bytes, None when absent; StorageUnavailable when it is larger."""
        with storage("cache get"):
            try:
                answer = clients.s3().get_object(**self._place(key))
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
            if answer["ContentLength"] > max_bytes:
                raise StorageUnavailable("a cached object is larger than it may be")
            return answer["Body"].read()

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        """``size`` bytes (at least one) of the object from ``offset`` on, None when it is absent;
        StorageUnavailable when it ends before."""
        wanted = f"bytes={offset}-{offset + size - 1}"
        with storage("cache range"):
            try:
                answer = clients.s3().get_object(Range=wanted, **self._place(key))
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
            if answer["ContentLength"] != size:
                raise StorageUnavailable("a cached object is shorter than its index says")
            return answer["Body"].read()

    def look(self, key: str) -> StoredObject | None:
        """The object as it is stored, None when absent."""
        with storage("cache look"):
            try:
                found = clients.s3().head_object(**self._place(key))
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
        changed_at = found["LastModified"].isoformat()
        # S3 answers with the coding that was put, and gives nothing at once of an archive's class.
        plain = not found.get("ContentEncoding") and found.get("StorageClass", "STANDARD") in _READ
        return StoredObject(found["ContentLength"], f"{found['ETag']} {changed_at}", plain)

    def keep(self, key: str) -> None:
        """Keep an object that somebody else has put for as long as those of our own."""
        tags: Any = {"TagSet": [{"Key": DAYS_TAG, "Value": str(self._days)}]}
        with storage("cache tag"):
            clients.s3().put_object_tagging(Tagging=tags, **self._place(key))

    def upload(self, key: str, content_type: str) -> S3Upload:
        """Start an object that is written in parts."""
        place = self._place(key)
        with storage("cache upload"):
            started = clients.s3().create_multipart_upload(
                ContentType=content_type, **place, **self._kept()
            )
        return S3Upload(place, started["UploadId"])

    def signed_url(self, key: str, *, content_type: str, seconds: int, head: bool = False) -> str:
        """A pre-signed URL, valid for ``seconds``, that serves the object with that Content-Type to
        anyone who holds it: by GET, or its headers alone by HEAD. S3 refuses any other method.
        """
        with storage("cache sign"):
            url: str = clients.s3().generate_presigned_url(
                "head_object" if head else "get_object",
                Params={
                    **self._place(key),
                    "ResponseContentType": content_type,
                    "ResponseCacheControl": "no-store",
                },
                ExpiresIn=seconds,
            )
        return url

    @property
    def origin(self) -> str:
        """The scheme and host of the signed URLs; nobody is asked for it."""
        place = urlsplit(self.signed_url("origin", content_type="", seconds=1))
        return f"{place.scheme}://{place.netloc}"

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        """Delete every object whose key starts with ``prefix``, but not with ``keep``; how many
        were deleted."""
        count = 0
        kept = f"{self._tenant}/{keep}" if keep else None
        with storage("cache delete"):
            pages = clients.s3().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{self._tenant}/{prefix}"):
                keys = [
                    {"Key": found["Key"]}
                    for found in page.get("Contents", ())
                    if kept is None or not found["Key"].startswith(kept)
                ]
                if keys:
                    # A page has at most 1,000 keys, which is what one call deletes.
                    clients.s3().delete_objects(
                        Bucket=self._bucket,
                        Delete={"Objects": keys, "Quiet": True},  # type: ignore[typeddict-item]
                    )
                count += len(keys)
        return count

    def _place(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": f"{self._tenant}/{key}"}

    def _kept(self) -> dict[str, Any]:
        """Under which key, and for how long."""
        return {
            **({"Tagging": f"{DAYS_TAG}={self._days}"} if self._days else {}),
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": tenant_key_alias(self._tenant),
        }


@dataclass
class S3Upload:
    """Implements ``ports.Upload``."""

    place: dict[str, Any]
    upload_id: str
    parts: list[CompletedPartTypeDef] = field(default_factory=list)

    def add(self, number: int, part: bytes) -> None:
        """The part of that number, from 1 on."""
        with storage("cache upload part"):
            done = clients.s3().upload_part(
                UploadId=self.upload_id, PartNumber=number, Body=part, **self.place
            )
        self.parts.append({"PartNumber": number, "ETag": done["ETag"]})

    def complete(self) -> None:
        """Make the object."""
        self.parts.sort(key=itemgetter("PartNumber"))
        with storage("cache upload complete"):
            clients.s3().complete_multipart_upload(
                UploadId=self.upload_id, MultipartUpload={"Parts": self.parts}, **self.place
            )

    def abort(self) -> None:
        """Forget every part."""
        with storage("cache upload abort"):
            clients.s3().abort_multipart_upload(UploadId=self.upload_id, **self.place)
