"""One tenant: its file, its key, its secrets."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import ArnFormat, CustomResource, Duration, Stack, Tags
from constructs import Construct

from functions.drimbox.identity.certificate_findings import Use
from infra.shared.keys import customer_key
from infra.shared.names import named
from infra.shared.secrets import (
    anchors_secret,
    generated_secret,
    pacs_secret,
    placeholder_secret,
    session_secret,
    structure_secret,
    traits_secret,
)
from infra.shared.tenants import KEY_ALIASES, TenantFile

# A deployment waits no longer for the file to be written.
_ANSWER: Final = Duration.minutes(3)


class TenantStack(Stack):
    """Adding or removing a tenant touches this stack alone; deleting the key erases its data."""

    def __init__(
        self, scope: Construct, construct_id: str, *, tenant_file: TenantFile, **props: Any
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
        placeholder_secret(self, pacs_secret(tenant.tenant), key)
        placeholder_secret(self, anchors_secret(tenant.tenant), key)
        # A legal entity may lend its certificates to several structures (mode EJ/EG).
        for holder in dict.fromkeys(structure.holder for structure in tenant.structures):
            for use in Use:
                placeholder_secret(self, structure_secret(tenant.tenant, holder, use), key)
        generated_secret(
            self,
            traits_secret(tenant.tenant),
            key,
            unrotated="It keys hashes that are compared for ever: another value would forget them "
            "all. One function alone reads it.",
        )
        generated_secret(
            self,
            session_secret(tenant.tenant),
            key,
            unrotated="It seals sessions of 8 hours at most: another value ends them all. Two "
            "functions alone read it.",
        )
