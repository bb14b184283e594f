"""The platform's secrets: the template makes them empty, the hosting company's staff fills them.

Those of tenants are objects of the bucket ``secrets`` (decision 0083).
"""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.shared.acknowledge import acknowledge
from infra.shared.retained import retained


def placeholder_secret(scope: Construct, name: str, key: kms.IKey) -> secretsmanager.Secret:
    """A secret whose first value is 32 random letters and digits.

    Every real value is a JSON object, so that a reader takes this one for none.
    """
    secret = secretsmanager.Secret(
        scope,
        _construct_id(name),
        secret_name=name,
        encryption_key=key,
        generate_secret_string=secretsmanager.SecretStringGenerator(
            exclude_punctuation=True,
        ),
    )
    acknowledge(
        retained(secret),
        {
            "AwsSolutions-SMG4": "Its value is issued by a national authority (IGC-Santé, CNDA, "
            "Pro Santé Connect) or by the operators' own provider. The staff of the "
            "hosting company puts it in place and notes when it ends."
        },
    )
    return secret


def _construct_id(name: str) -> str:
    return "Secret" + "".join(part.capitalize() for part in name.replace("/", "-").split("-"))
