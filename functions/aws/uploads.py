"""Messages on their way in: the bucket to which senders put them, by an address signed for each."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from functions.aws import clients
from functions.aws.blobs import S3Blobs, tenant_key_alias
from functions.aws.faults import storage

if TYPE_CHECKING:
    from collections.abc import Mapping


class S3Uploads(S3Blobs):
    """Implements ``publication.uploads.Uploads`` for one tenant."""

    def signed_put(
        self, key: str, *, size: int, sha256: str, content_type: str, seconds: int
    ) -> tuple[str, Mapping[str, str]]:
        """See the port. Every header is in the signature: S3 refuses another length, another
        content, a second object under the key, or one that the tenant's key does not encrypt.
        """
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with storage("upload sign"):
            url: str = clients.s3().generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": f"{self._tenant}/{key}",
                    "ContentLength": size,
                    "ContentType": content_type,
                    "ChecksumSHA256": checksum,
                    "IfNoneMatch": "*",
                    "ServerSideEncryption": "aws:kms",
                    "SSEKMSKeyId": tenant_key_alias(self._tenant),
                },
                ExpiresIn=seconds,
            )
        return url, {
            "Content-Length": str(size),
            "Content-Type": content_type,
            "If-None-Match": "*",
            "x-amz-checksum-sha256": checksum,
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": tenant_key_alias(self._tenant),
        }
