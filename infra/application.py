"""The application: a pure function of its context, without a call to AWS, git or the clock."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from functions.drimbox.errors import ConfigurationError
from infra.rules.plugin import HealthDataRules
from infra.shared.deployment import Deployment, WrongContext, context_of_project
from infra.shared.sites import require_network
from infra.shared.tenants import TenantFile, load
from infra.stacks.db_host import DbStack
from infra.stacks.in_host import InStack
from infra.stacks.network import NetworkStack
from infra.stacks.platform import PlatformStack
from infra.stacks.publication import PublicationStack
from infra.stacks.stateful import StatefulStack
from infra.stacks.tenant import TenantStack
from infra.stacks.vi_host import ViStack

STATEFUL: Final = "DrimboxStateful"
PLATFORM: Final = "DrimboxPlatform"
PUBLICATION: Final = "DrimboxPublication"
NETWORK: Final = "DrimboxNetwork"
HOSTS: Final = {"DrimboxIn": InStack, "DrimboxDb": DbStack, "DrimboxVi": ViStack}


def build(context: Mapping[str, Any], outdir: str | None = None) -> App:
    """The app with all its stacks, not yet synthesized.

    Values that the CDK's command line lays over the context (``CDK_CONTEXT_JSON``) win. Raises
    WrongContext or ConfigurationError when context or a tenant's file is wrong.
    """
    app = App(context=dict(context), outdir=outdir, analytics_reporting=False, stack_traces=False)
    names = {*context, *json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}
    deployment = Deployment.read({name: app.node.try_get_context(name) for name in names})
    # First: a fault in a tenant's file is told at once.
    tenant_files = load(deployment)
    require_network((one.tenant for one in tenant_files), deployment)
    environment = Environment(account=deployment.account, region=deployment.region)
    Tags.of(app).add("application", "drimbox")
    # Stacks hold what can reach a patient's data, until one of their resources says otherwise.
    Tags.of(app).add("data-class", "health")
    stateful = StatefulStack(app, STATEFUL, deployment=deployment, env=environment)
    platform = PlatformStack(app, PLATFORM, deployment=deployment, env=environment)
    platform.add_stack_dependency(stateful, "its keys' parameters")
    publication = PublicationStack(app, PUBLICATION, deployment=deployment, env=environment)
    publication.add_stack_dependency(platform, "the topic of alarms")
    network = _network(app, deployment, tenant_files, environment)
    if network is not None:
        network.add_stack_dependency(stateful, "its keys' parameters")
        publication.add_stack_dependency(network, "its parameters")
    for name, host in HOSTS.items():
        stack = host(app, name, deployment=deployment, env=environment)
        stack.add_stack_dependency(platform, "API Gateway's logging role, the shared authorizer")
        stack.add_stack_dependency(publication, "the workflows and consumers behind it")
    for tenant_file in tenant_files:
        tenant = TenantStack(
            app,
            f"DrimboxTenant-{tenant_file.tenant.tenant}",
            tenant_file=tenant_file,
            deployment=deployment,
            env=environment,
        )
        tenant.add_stack_dependency(platform, "the function that writes its file")
        if network is not None:
            tenant.add_stack_dependency(network, "its VPN gateway")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HealthDataRules())
    return app


def _network(
    app: App, deployment: Deployment, tenants: Sequence[TenantFile], environment: Environment
) -> NetworkStack | None:
    if not deployment.pacs_network:
        return None
    found = [one.tenant for one in tenants]
    return NetworkStack(app, NETWORK, deployment=deployment, tenants=found, env=environment)


def main() -> None:
    """Synthesize the project's application; a fault in its files gives one line and status 1."""
    try:
        app = build(context_of_project())
    except (ConfigurationError, WrongContext) as error:
        sys.exit(f"nothing is synthesized: {error}")
    app.synth()
