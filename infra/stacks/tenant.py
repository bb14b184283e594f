"""One tenant: its file, its key, and the queue of its agents or its private network, if any."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import ArnFormat, CustomResource, Duration, Stack, Tags
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.drimbox.tenants.model import Link
from infra.shared.deployment import Deployment
from infra.shared.keys import customer_key
from infra.shared.names import named, queue_name
from infra.shared.queue import agent_queue
from infra.shared.tenants import KEY_ALIASES, TenantFile
from infra.shared.vpn import VpnAttachment

# A deployment waits no longer for the file to be written.
_ANSWER: Final = Duration.minutes(3)


class TenantStack(Stack):
    """Adding or removing a tenant touches this stack alone; deleting the key erases its data."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant_file: TenantFile,
        deployment: Deployment,
        **props: Any,
    ) -> None:
        super().__init__(scope, construct_id, **props)
        tenant = tenant_file.tenant
        Tags.of(self).add("tenant", tenant.tenant)
        Tags.of(self).add("data-class", "health")
        key = customer_key(
            self,
            "Key",
            f"{KEY_ALIASES}{tenant.tenant}",
            f"Everything that belongs to the tenant {tenant.tenant}",
        )
        if tenant.link is Link.AGENT:
            letters = self.format_arn(service="sqs", resource=queue_name("agent_letters"))
            agent_queue(
                self, tenant.tenant, key, sqs.Queue.from_queue_arn(self, "AgentLetters", letters)
            )
        if tenant.link is Link.VPN:
            VpnAttachment(self, tenant, deployment.pacs_network)
        CustomResource(
            self,
            "File",
            resource_type="Custom::TenantFile",
            service_token=self.format_arn(
                service="lambda",
                resource="function",
                resource_name=named("write_tenant"),
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            service_timeout=_ANSWER,
            properties={"Tenant": tenant.tenant, "File": tenant_file.text},
        )
