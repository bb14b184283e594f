"""The fill workflow: a request for a cold series brings it from the site.

Input: {tenant, study_instance_uid, correlation_id, series: [SeriesInstanceUIDs]}.
"""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.workflows.filling import fill_series
from infra.workflows.machine import state_machine


class FillWorkflow(Construct):
    """Its caller answers 503 with Retry-After meanwhile."""

    def __init__(
        self, scope: Construct, platform: Platform, *, fill_cache: DrimboxFunction
    ) -> None:
        super().__init__(scope, "Fill")
        self.machine = state_machine(
            self,
            "fill",
            platform,
            start=fill_series(self, fill_cache).next(sfn.Succeed(self, "Done")),
            functions=[fill_cache],
            comment="Series of a published study are brought into the study cache",
            timeout=Duration.days(1),
        )
