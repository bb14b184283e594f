"""The rules as a validation of the CDK: a template that breaks one is not synthesized."""

from __future__ import annotations

from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from infra.rules.catalogue import RULES, judge
from infra.rules.reading import read_assembly


@jsii.implements(IPolicyValidationPlugin)
class HealthDataRules:
    """HDS and security rules of ``infra.rules``."""

    @property
    def name(self) -> str:
        """The name in the validation's report."""
        return "drimbox-rules"

    @property
    def version(self) -> str:
        """The version in the validation's report."""
        return "1.0.0"

    @property
    def rule_ids(self) -> list[str]:
        """The numbers of the rules."""
        return sorted({rule.number for rule in RULES})

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Judge all stacks together: one stack names resources of another."""
        assembly = read_assembly(Path(context.template_paths[0]).parent)
        violations = [
            PolicyViolation(
                rule_name=rule.number,
                description=f"{rule.description} Here: {finding.what}.",
                severity="error",
                violating_resources=[
                    PolicyViolatingResource(
                        locations=[],
                        resource_logical_id=finding.logical_id or finding.stack,
                        template_path=str(
                            Path(context.template_paths[0]).parent
                            / f"{finding.stack}.template.json"
                        ),
                    )
                ],
            )
            for rule, finding in judge(assembly)
        ]
        return PolicyValidationPluginReport(success=not violations, violations=violations)
