"""Where secrets are kept, as the hosting company's staff writes them: the platform's in Secrets
Manager, those of tenants in a bucket, each under its tenant's own key (decision 0083).
"""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import tenant_secrets
from functions.aws.blobs import tenant_key_alias
from functions.aws.faults import code_of
from functions.aws.tenant_secrets import Kept

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

PLATFORM: Final = "drimbox/platform/"
# Made here: 64 characters each.
_RANDOM: Final = (tenant_secrets.TRAITS, tenant_secrets.SESSIONS)
_RANDOM_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the platform's secrets are, and the ``bucket`` of those of tenants."""

    manager: SecretsManagerClient
    s3: S3Client
    bucket: str

    def put(self, secrets: dict[str, str]) -> list[str]:
        """Store what changed; the names that were written."""
        return [
            name
            for name, value in secrets.items()
            if (
                self._put_platform(name, value)
                if name.startswith(PLATFORM)
                else self._put_tenant(name, value)
            )
        ]

    def make(self, tenant: str) -> list[str]:
        """Make the tenant's random secrets, unless they are there: nobody replaces one, since
        another value forgets what was kept under it. The names that were written.
        """
        return [
            f"{tenant}/{name}"
            for name in _RANDOM
            if self._write(f"{tenant}/{name}", Kept(token_urlsafe(_RANDOM_BYTES)), once=True)
        ]

    def _put_platform(self, name: str, value: str) -> bool:
        if self.manager.get_secret_value(SecretId=name).get("SecretString") == value:
            return False
        self.manager.put_secret_value(SecretId=name, SecretString=value)
        return True

    def _put_tenant(self, name: str, value: str) -> bool:
        known = self._kept(name)
        if known is not None and known.value == value:
            return False
        return self._write(name, Kept(value, known.value if known else ""))

    def _kept(self, name: str) -> Kept | None:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=name)["Body"]
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise
        return Kept.decode(body.read())

    def _write(self, name: str, kept: Kept, *, once: bool = False) -> bool:
        """Whether it was written: with ``once`` it is not where the object exists."""
        condition: Any = {"IfNoneMatch": "*"} if once else {}
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=kept.encode(),
                ContentType="application/json",
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=tenant_key_alias(name.partition("/")[0]),
                **condition,
            )
        except ClientError as error:
            if once and code_of(error) == "PreconditionFailed":
                return False
            raise
        return True
