"""The application: a pure function of its context, without a call to AWS, git or the clock."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from functions.drimbox.errors import ConfigurationError
from infra.rules.plugin import HealthDataRules
from infra.shared.deployment import ROOT, Deployment, WrongContext
from infra.shared.tenants import load
from infra.stacks.service import ServiceStack
from infra.stacks.stateful import StatefulStack
from infra.stacks.tenant import TenantStack

STATEFUL: Final = "DrimboxStateful"
SERVICE: Final = "DrimboxService"


def context_of_project() -> dict[str, Any]:
    """The context that ``cdk.json`` holds."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return context


def build(context: Mapping[str, Any], outdir: str | None = None) -> App:
    """The app with all its stacks, not yet synthesized.

    What the CDK's command line lays over the context (``CDK_CONTEXT_JSON``) wins. Raises
    WrongContext or ConfigurationError when context or a tenant's file is wrong.
    """
    app = App(context=dict(context), outdir=outdir, analytics_reporting=False, stack_traces=False)
    names = {*context, *json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}
    deployment = Deployment.read({name: app.node.try_get_context(name) for name in names})
    environment = Environment(account=deployment.account, region=deployment.region)
    Tags.of(app).add("application", "drimbox")
    stateful = StatefulStack(app, STATEFUL, deployment=deployment, env=environment)
    ServiceStack(app, SERVICE, deployment=deployment, stateful=stateful, env=environment)
    for tenant_file in load(deployment):
        TenantStack(
            app,
            f"DrimboxTenant-{tenant_file.tenant.tenant}",
            tenant_file=tenant_file,
            env=environment,
        )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HealthDataRules())
    return app


def main() -> None:
    """Synthesize the project's application; what is wrong in its files is one line, status 1."""
    try:
        app = build(context_of_project())
    except (ConfigurationError, WrongContext) as error:
        sys.exit(f"nothing is synthesized: {error}")
    app.synth()
