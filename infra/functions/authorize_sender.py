"""Authorizer of ``in``: whose program presents this client certificate."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.shared.uses import agent_register, revocation_lists, tenant_anchors, value


class AuthorizeSender(DrimboxFunction):
    """Needs the tenant's declared programs, the authorities that issue their certificates, the
    certificates that these took back, and the register of agents."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            "authorize_sender",
            platform,
            timeout=20,
            uses=[
                tenant_anchors(platform),
                revocation_lists(platform.stateful.buckets.revocations, "get"),
                value("SENDER_REVOCATION", platform.deployment.revocation()),
                *agent_register(platform, Stack.of(scope), "Query"),
            ],
        )
