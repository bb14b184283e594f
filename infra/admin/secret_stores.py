"""Where secrets are kept, as the hosting company's staff writes them: the platform's in Secrets
Manager, those of tenants in a bucket, each under its tenant's own key (decision 0083).
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from secrets import token_bytes, token_urlsafe
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError
from cryptography import x509

from functions.aws import tenant_secrets
from functions.aws.blobs import tenant_key_alias
from functions.aws.clock import SystemClock
from functions.aws.faults import code_of
from functions.aws.tenant_secrets import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from functions.drimbox.ports import Clock

PLATFORM: Final = "drimbox/platform/"
# Made here, of 48 random bytes: 64 characters each. Standard Webhooks wants plain base64.
_RANDOM_BYTES: Final = 48
_RANDOM: Final[dict[str, Callable[[], str]]] = {
    tenant_secrets.TRAITS: lambda: token_urlsafe(_RANDOM_BYTES),
    tenant_secrets.SESSIONS: lambda: token_urlsafe(_RANDOM_BYTES),
    tenant_secrets.WEBHOOK: lambda: b64encode(token_bytes(_RANDOM_BYTES)).decode(),
}
# S3's answers to a conditional write that somebody else's has overtaken.
_OVERTAKEN: Final = ("PreconditionFailed", "ConditionalRequestConflict")


class SecretRefused(Exception):
    """A secret of a tenant that is not written; the message tells the staff why, and no value."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the platform's secrets are, and the ``bucket`` of those of tenants."""

    manager: SecretsManagerClient
    s3: S3Client
    bucket: str
    clock: Clock = field(default_factory=SystemClock)

    def put(self, secrets: dict[str, str], *, forget_former: bool = False) -> list[str]:
        """Store what changed; the names that were written. ``forget_former``: no value that a
        tenant's secret had before stays beside it.

        Raises:
            SecretRefused: somebody else writes the same secret now.
        """
        return [
            name
            for name, value in secrets.items()
            if (
                self._put_platform(name, value)
                if name.startswith(PLATFORM)
                else self._put_tenant(name, value, forget_former=forget_former)
            )
        ]

    def make(self, tenant: str) -> list[str]:
        """Make the tenant's random secrets, unless they are there: nobody replaces one, since
        another value forgets what was kept under it. The names that were written.

        Raises:
            SecretRefused: ``traits`` was there and is lost; nothing is written.
        """
        return [
            f"{tenant}/{name}"
            for name, make in _RANDOM.items()
            if self._make(f"{tenant}/{name}", make, again=name != tenant_secrets.TRAITS)
        ]

    def _make(self, name: str, make: Callable[[], str], *, again: bool) -> bool:
        """``again``: a new value may take the place of one that was deleted."""
        # A condition of the write alone would not see a deleted object.
        found = self.s3.list_object_versions(Bucket=self.bucket, Prefix=name)
        versions = [one for one in found.get("Versions", []) if one.get("Key") == name]
        markers = [one for one in found.get("DeleteMarkers", []) if one.get("Key") == name]
        if any(one.get("IsLatest") for one in versions):
            return False
        if (versions or markers) and not again:
            raise SecretRefused(
                f"{name} was deleted, and another value would forget every known patient: restore"
                " it (docs/runbooks/deploy.md, step 5)"
            )
        self._write(name, Kept(make()), None)
        return True

    def _put_platform(self, name: str, value: str) -> bool:
        if self.manager.get_secret_value(SecretId=name).get("SecretString") == value:
            return False
        self.manager.put_secret_value(SecretId=name, SecretString=value)
        return True

    def _put_tenant(self, name: str, value: str, *, forget_former: bool) -> bool:
        known, tag = self._kept(name)
        wanted = Kept(value, "" if forget_former else self._beside(value, known))
        if wanted == known:
            return False
        self._write(name, wanted, tag)
        return True

    def _beside(self, value: str, known: Kept | None) -> str:
        """The value that stands beside ``value``: the one in force. A value that waits for its
        date never puts it out.
        """
        if known is None:
            return ""
        if value == known.value or (known.former and self._waits(known.value)):
            return "" if value == known.former else known.former
        return known.value

    def _waits(self, value: str) -> bool:
        """Whether it is a certificate whose date has not come."""
        try:
            pem = str(json.loads(value)["certificate"])
            since = x509.load_pem_x509_certificates(pem.encode())[0].not_valid_before_utc
        except (ValueError, TypeError, KeyError):
            return False
        return since > self.clock.now()

    def _kept(self, name: str) -> tuple[Kept | None, str | None]:
        """The secret and its ETag."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=name)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None, None
            raise
        return Kept.decode(found["Body"].read()), found["ETag"]

    def _write(self, name: str, kept: Kept, replaced: str | None) -> None:
        """``replaced``: the ETag of the object that it takes the place of, None for no object."""
        condition: Any = {"IfMatch": replaced} if replaced else {"IfNoneMatch": "*"}
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
            if code_of(error) in _OVERTAKEN:
                raise SecretRefused(
                    f"{name} is being written by somebody else: run the command again"
                ) from error
            raise
