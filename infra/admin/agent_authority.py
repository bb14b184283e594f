"""Make our own authority over agents: its certificate, its place in the truststore of ``in``.

Once per deployment, after the first ``make deploy`` and before the first agent enrols::

    .venv/bin/python -m infra.admin.agent_authority

The key is AWS KMS's (``alias/drimbox/agent-authority``) and never leaves it. The program has it
sign the authority's own certificate, puts this into the secret ``drimbox/platform/agent-authority``
and adds it to the truststore that ``cdk.json`` names, whose other authorities it leaves alone. Then
it prints the truststore's new version, for ``in_truststore_version`` of ``cdk.json``: with the next
``make deploy`` API Gateway lets agents in.

It may be run again at any time: an authority in force is kept, and nothing is written twice. With
less than two years left it makes another certificate of the same key, beside the former one.

Its caller needs ``kms:GetPublicKey`` and ``kms:Sign`` on the key, ``GetSecretValue`` and
``PutSecretValue`` on the secret, ``s3:GetObject`` and ``s3:PutObject`` on the truststore.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from os import urandom
from typing import TYPE_CHECKING, Any, Final

import boto3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from functions.aws.agent_authority import FIELD, key_of
from functions.drimbox.enrolment.profile import make_authority
from functions.drimbox.enrolment.request import encoded
from functions.drimbox.errors import DrimboxError
from infra.shared.deployment import Deployment, context_of_project
from infra.shared.names import AGENT_AUTHORITY, AUTHORITY_ALIAS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from functions.aws.clients import SigningKeys

# Agents of 90 days must end before their authority does, and somebody must have time.
_LEFT: Final = timedelta(days=730)
_SERIAL_BYTES: Final = 16


def certificate_in_force(kms: SigningKeys, manager: SecretsManagerClient, at: datetime) -> str:
    """The certificates (PEM) of our authority, the newest first; made and stored where there is
    none, or where the newest ends soon. Raises DrimboxError.
    """
    key = key_of(kms, AUTHORITY_ALIAS)
    ours = [one for one in _stored(manager) if one.not_valid_after_utc > at]
    # Those of another key are of another deployment, or of a key that was given up.
    ours = [one for one in ours if encoded(one.public_key()) == encoded(key.public_key())]
    if not any(one.not_valid_after_utc - at > _LEFT for one in ours):
        made = make_authority(key, at, urandom(_SERIAL_BYTES))
        ours = [made, *ours]
        manager.put_secret_value(
            SecretId=AGENT_AUTHORITY, SecretString=json.dumps({FIELD: _pem(ours)})
        )
    return _pem(ours)


def trust(s3: S3Client, uri: str, authority: str) -> str:
    """Add the certificates that are not there to the truststore at ``uri``; its version then.

    Raises ValueError where its bucket keeps no versions, or it is no list of certificates.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found = s3.get_object(Bucket=bucket, Key=key)
    text = found["Body"].read().decode()
    known = x509.load_pem_x509_certificates(text.encode())
    more = [one for one in x509.load_pem_x509_certificates(authority.encode()) if one not in known]
    version = found.get("VersionId")
    if more:
        body = f"{text.rstrip()}\n{_pem(more)}".encode()
        version = s3.put_object(Bucket=bucket, Key=key, Body=body).get("VersionId")
    if not version:
        raise ValueError("the bucket of the truststore keeps no versions")
    return version


def _stored(manager: SecretsManagerClient) -> list[x509.Certificate]:
    """The stored ones; none where nobody has put a value yet."""
    value = manager.get_secret_value(SecretId=AGENT_AUTHORITY)["SecretString"]
    if not value.startswith("{"):
        return []
    return x509.load_pem_x509_certificates(json.loads(value)[FIELD].encode())


def _pem(certificates: list[x509.Certificate]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def main(arguments: list[str]) -> int:
    """0 when agents can be let in, 1 when something is in the way."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.admin.agent_authority",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    deployment = Deployment.read(context_of_project())

    def client(name: Any) -> Any:
        return boto3.client(name, region_name=deployment.region)

    try:
        authority = certificate_in_force(client("kms"), client("secretsmanager"), datetime.now(UTC))
        version = trust(client("s3"), deployment.in_truststore_uri, authority)
    except (DrimboxError, ValueError) as error:
        print(f"agents cannot be let in: {error}", file=sys.stderr)
        return 1
    print(f'in cdk.json: "in_truststore_version": "{version}"')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
