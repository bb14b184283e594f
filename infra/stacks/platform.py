"""Resources shared by the other stacks: alarms and their topic, API Gateway's logs, one
authorizer, the function that writes the tenants' files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.functions.authorize_professional import AuthorizeProfessional
from infra.functions.write_tenant import WriteTenant
from infra.shared.alarms import alarm_topic
from infra.shared.deployment import Deployment
from infra.shared.gateway_account import GatewayAccount
from infra.shared.health_alarms import HealthAlarms
from infra.shared.key_alarm import key_alarm
from infra.shared.platform import Platform


class PlatformStack(Stack):
    """Deployed before the stacks of the hosts and of the publication (decision 0041)."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, **props)
        seen = Platform.of(self, deployment)
        topic = alarm_topic(self, seen.stateful.keys.operations, deployment.alarm_email)
        platform = replace(seen, alarms=topic)
        GatewayAccount(self)
        # Two hosts ask it, and a function's name is the account's: it belongs to neither.
        AuthorizeProfessional(self, platform)
        # The tenants' stacks ask it.
        WriteTenant(self, platform)
        HealthAlarms(self, platform)
        key_alarm(self, topic)
