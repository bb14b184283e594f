"""Authorizer of ``db`` and ``vi``: which professional holds this Pro Santé Connect token."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.names import PSC_CLIENT, TRUST_ANCHORS
from infra.shared.platform import Platform
from infra.shared.uses import platform_secret, table, value


class AuthorizeProfessional(DrimboxFunction):
    """Introspects the token with the operator's client certificate; a stranger writes nothing."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        deployment, stack, key = (
            platform.deployment,
            Stack.of(scope),
            platform.stateful.keys.data,
        )
        super().__init__(
            scope,
            "authorize_professional",
            platform,
            timeout=20,
            audited=False,
            uses=[
                value("PSC_ISSUER", deployment.psc_issuer),
                value("PSC_INTROSPECTION_URL", deployment.psc_introspection_url),
                value("PSC_CLIENT_ID", deployment.psc_client_id),
                platform_secret("PSC_CLIENT_SECRET", PSC_CLIENT, stack, key),
                platform_secret("TRUST_ANCHORS_SECRET", TRUST_ANCHORS, stack, key),
                table("PEERS_TABLE", platform.stateful.tables.peers, "GetItem"),
                value("PEER_CERTIFICATES", deployment.peer_certificates),
            ],
        )
        # AWS chooses the ids of the hosts' APIs, whose stacks are deployed later: every authorizer
        # of this account and region may ask (decision 0041).
        self.function.add_permission(
            "Authorizers",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=stack.format_arn(
                service="execute-api", resource="*", resource_name="authorizers/*"
            ),
        )
