"""The secrets: the template makes them empty, the hosting company's staff fills them."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.shared.acknowledge import acknowledge
from infra.shared.retained import retained

LPS: Final = "drimbox/platform/lps"
OIDC_CLIENT: Final = "drimbox/platform/oidc-client"
PEERS_CLIENT: Final = "drimbox/platform/peers-client"
PSC_CLIENT: Final = "drimbox/platform/psc-client"
TRUST_ANCHORS: Final = "drimbox/platform/trust-anchors"
PLATFORM_SECRETS: Final = (LPS, OIDC_CLIENT, PEERS_CLIENT, PSC_CLIENT, TRUST_ANCHORS)
STRUCTURES_OF_TENANTS: Final = "drimbox/tenants/"
PACS_OF_TENANTS: Final = "drimbox/pacs/"


def structure_secret(tenant: str, structure: str, use: str) -> str:
    """The name of a structure's certificate and key; ``use`` is ``auth`` or ``sign``."""
    return f"{STRUCTURES_OF_TENANTS}{tenant}/structures/{structure}/{use}"


def traits_secret(tenant: str) -> str:
    """The name of the secret under which the tenant's patients are kept."""
    return f"{STRUCTURES_OF_TENANTS}{tenant}/traits"


def session_secret(tenant: str) -> str:
    """The name of the secret that seals the sessions of the tenant's operators."""
    return f"{STRUCTURES_OF_TENANTS}{tenant}/sessions"


def anchors_secret(tenant: str) -> str:
    """The name of the authorities of one tenant: those of its PACS, those of its senders and
    operators' programs.
    """
    return f"{STRUCTURES_OF_TENANTS}{tenant}/trust-anchors"


def generated_secret(
    scope: Construct, name: str, key: kms.IKey, *, unrotated: str
) -> secretsmanager.Secret:
    """A secret whose value is the one that is generated: 64 random letters and digits.

    ``unrotated`` says why it is never rotated.
    """
    secret = secretsmanager.Secret(
        scope,
        _construct_id(name),
        secret_name=name,
        encryption_key=key,
        generate_secret_string=secretsmanager.SecretStringGenerator(
            exclude_punctuation=True, password_length=64
        ),
    )
    acknowledge(
        retained(secret),
        {"AwsSolutions-SMG4": unrotated},
    )
    return secret


def pacs_secret(tenant: str) -> str:
    """The name of the credential of a tenant's PACS on ``db``: digests of its credentials."""
    return f"{PACS_OF_TENANTS}{tenant}"


def placeholder_secret(scope: Construct, name: str, key: kms.IKey) -> secretsmanager.Secret:
    """A secret whose first value is 32 random letters and digits.

    Every real value is PEM or JSON, so that a reader takes this one for none.
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
