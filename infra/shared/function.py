"""Common parts of all functions; ``infra.functions`` has the parts of each one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aws_cdk import ArnFormat, Duration, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.shared.acknowledge import acknowledge, acknowledge_resources
from infra.shared.assets import ARCHITECTURE, RUNTIME
from infra.shared.concurrency import reservations
from infra.shared.names import SERVICE, construct_id, named
from infra.shared.network import place
from infra.shared.platform import Platform
from infra.shared.retained import retained
from infra.shared.uses import Use, audit_records, tenant_files

_REASONS: Final = {
    "AwsSolutions-L1": "Python 3.13 is the newest that the locked third-party wheels are built "
    "and tested for; it changes with the lock.",
}


class Answering(Protocol):
    """A function that a host calls, known by ``name``."""

    @property
    def name(self) -> str: ...

    @property
    def function(self) -> lambda_.IFunction: ...


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A function of another stack."""

    name: str
    function: lambda_.IFunction


def known_function(stack: Stack, name: str) -> KnownFunction:
    """The function ``name`` of another stack, which permits its callers itself."""
    arn = stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=named(name),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    known = lambda_.Function.from_function_attributes(
        stack,
        construct_id(name),
        function_arn=arn,
        # A permission in this stack would be lost with the function, and not come back with it.
        same_environment=False,
        skip_permissions=True,
    )
    return KnownFunction(name, known)


class DrimboxFunction(Construct):
    """One Lambda: code ``functions.<name>.handler.handler``, own role, own log.

    ``timeout`` in seconds, ``memory`` and ``storage`` in MB. ``audited`` functions may add records
    to the audit and nothing else: neither read nor replace one. A function that ``opens_tenants``
    may read every tenant's file, and no other function may. ``code`` stands for the one asset of
    all functions, where a function has files of its own.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        platform: Platform,
        *,
        uses: Sequence[Use] = (),
        timeout: int = 30,
        memory: int = 1024,
        storage: int = 512,
        audited: bool = True,
        opens_tenants: bool = True,
        code: lambda_.Code | None = None,
    ) -> None:
        super().__init__(scope, construct_id(name))
        self.name = name
        self.timeout = timeout
        deployment, stateful = platform.deployment, platform.stateful
        everything = [
            *([tenant_files(stateful.tables.tenants)] if opens_tenants else []),
            *([audit_records(stateful.buckets.audit, stateful.audit_key)] if audited else []),
            *uses,
        ]
        function_name = named(name)
        log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=retention(deployment.log_retention_days),
            encryption_key=stateful.keys.operations,
        )
        retained(log_group)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.role = role
        log_group.grant_write(role)
        for use in everything:
            for statement in use.statements:
                role.add_to_policy(statement)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=f"functions.{name}.handler.handler",
            code=code or platform.code,
            layers=[platform.layer],
            role=role,
            environment={
                "LOG_LEVEL": "INFO",
                "POWERTOOLS_SERVICE_NAME": SERVICE,
                **{name: text for use in everything for name, text in use.environment.items()},
            },
            environment_encryption=stateful.keys.data,
            timeout=Duration.seconds(timeout),
            memory_size=memory,
            ephemeral_storage_size=Size.mebibytes(storage),
            reserved_concurrent_executions=reservations(deployment.account_concurrency).get(name),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
        )
        if deployment.pacs_network and any(use.in_network for use in everything):
            place(self.function, name, role)
        acknowledge(self, _REASONS)
        acknowledge_resources(role, {"*": "X-Ray and Lambda's network interfaces: no resources."})
        for use in everything:
            acknowledge_resources(role, use.reasons)


def retention(days: int) -> logs.RetentionDays:
    """The retention of a log of ``days`` days; Deployment has checked that there is one."""
    return _RETENTIONS[days]


_RETENTIONS: Final = {
    365: logs.RetentionDays.ONE_YEAR,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
    545: logs.RetentionDays.EIGHTEEN_MONTHS,
    731: logs.RetentionDays.TWO_YEARS,
    1096: logs.RetentionDays.THREE_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    2192: logs.RetentionDays.SIX_YEARS,
    2557: logs.RetentionDays.SEVEN_YEARS,
    2922: logs.RetentionDays.EIGHT_YEARS,
    3288: logs.RetentionDays.NINE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}
