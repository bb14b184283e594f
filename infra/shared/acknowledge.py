"""Findings of the AwsSolutions pack that we accept, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

# A policy variable, which the pack writes as it writes a reference.
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept the findings of ``reasons`` (rule or ``rule[finding]`` → why) under ``construct``."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
    )


def acknowledge_resources(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept a ``*`` in the resources of policies under ``construct``: ARN → why it is there."""
    stack = Stack.of(construct)
    acknowledge(
        construct,
        {
            f"AwsSolutions-IAM5[Resource::{_flat(stack.resolve(arn))}]": reason
            for arn, reason in reasons.items()
        },
    )


def _flat(value: Any) -> str:
    """A CloudFormation value as the pack writes it in the name of a finding."""
    if isinstance(value, Mapping):
        [(function, argument)] = value.items()
        if function == "Fn::Join":
            return str(argument[0]).join(_flat(part) for part in argument[1])
        return f"<{'.'.join(argument) if isinstance(argument, list) else argument}>"
    return _VARIABLE.sub(r"<\1>", str(value))
