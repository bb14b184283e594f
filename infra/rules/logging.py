"""Logs hold no data, and secrets are nowhere but in their store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from infra.rules.assembly import Assembly, Finding, at

_SHORTEST_DAYS: Final = 365
_SECRET_NAME: Final = re.compile(r"drimbox/[a-z0-9/-]+")
_LOOKS_SECRET: Final = re.compile(
    r"\{\{resolve:secretsmanager|-----BEGIN|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}|[?&]X-Amz-Signature"
)
_SECRET_VARIABLE: Final = re.compile(r"(SECRET|PASSWORD|TOKEN|PRIVATE_KEY)S?$")


def logs(assembly: Assembly) -> Iterator[Finding]:
    """A14: logs are declared, encrypted, and kept for a year."""
    for group in assembly.resources("AWS::Logs::LogGroup"):
        if "KmsKeyId" not in group.properties:
            yield at(group, "a log without a customer-managed key")
        if group.properties.get("RetentionInDays", 0) < _SHORTEST_DAYS:
            yield at(group, "a log that is kept for less than a year, or for ever")
    for function in assembly.resources("AWS::Lambda::Function"):
        log = function.properties.get("LoggingConfig", {}).get("LogGroup")
        if assembly.target(function.stack, log) is None:
            yield at(function, "logs to a group that is not declared")


def no_data_in_logs(assembly: Assembly) -> Iterator[Finding]:
    """A14: the logs that services write by themselves hold no data of an execution or a request."""
    for machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        logging = machine.properties.get("LoggingConfiguration", {})
        if logging.get("IncludeExecutionData") is not False or logging.get("Level") != "ALL":
            yield at(machine, "logs data of executions, or not every event")
    for stage in assembly.resources("AWS::ApiGateway::Stage"):
        settings = stage.properties.get("MethodSettings", [])
        if not settings or any(one.get("DataTraceEnabled") is not False for one in settings):
            yield at(stage, "traces the data of requests")
        if any(one.get("LoggingLevel") != "ERROR" for one in settings):
            yield at(stage, "logs paths as they were asked")
    for acl in assembly.resources("AWS::WAFv2::WebACL"):
        if '"SampledRequestsEnabled": true' in json.dumps(acl.properties):
            yield at(acl, "samples requests with their tokens")


def secrets(assembly: Assembly) -> Iterator[Finding]:
    """A15: no secret in an environment, a parameter, a custom resource or an output; a variable
    names its place.
    """
    for function in assembly.resources("AWS::Lambda::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            text = assembly.text(function.stack, value)
            bucket = assembly.target(function.stack, value)
            is_place = _SECRET_NAME.fullmatch(text) or (bucket and bucket.type == "AWS::S3::Bucket")
            if _LOOKS_SECRET.search(text) or (_SECRET_VARIABLE.search(name) and not is_place):
                yield at(function, f"{name} holds a secret")
    for resource in assembly.resources():
        given = resource.type == "AWS::SSM::Parameter" or resource.type.startswith("Custom::")
        if given and _LOOKS_SECRET.search(json.dumps(resource.properties)):
            yield at(resource, "it holds a secret, which everybody can read")
    for stack in assembly.stacks:
        for name, part in _published(stack.template):
            if _LOOKS_SECRET.search(json.dumps(part)):
                yield Finding(stack.name, "", f"{name} holds a secret")


def _published(template: Any) -> Iterator[tuple[str, Any]]:
    for section in ("Outputs", "Parameters"):
        yield from template.get(section, {}).items()
