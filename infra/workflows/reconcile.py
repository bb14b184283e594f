"""The reconcile workflow: one page of studies after the other, until the run is over.

Input: {tenant, run, page: 0, correlation_id}. A side that is away for some minutes ends the run:
the next one begins at that page.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from functions.drimbox.reconciliation.running import TRIES
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.workflows.machine import state_machine
from infra.workflows.tasks import task

# The state, and how often the page was called before: its last try ends the run.
_PAYLOAD: Final = sfn.TaskInput.from_object(
    {
        "tenant": sfn.JsonPath.string_at("$.tenant"),
        "run": sfn.JsonPath.string_at("$.run"),
        "page": sfn.JsonPath.number_at("$.page"),
        "correlation_id": sfn.JsonPath.string_at("$.correlation_id"),
        "tries": sfn.JsonPath.number_at("$$.State.RetryCount"),
    }
)


class ReconcileWorkflow(Construct):
    """A page is seven events of an execution's 25,000: a run has 2,500 pages at most."""

    def __init__(
        self, scope: Construct, platform: Platform, *, reconcile_studies: DrimboxFunction
    ) -> None:
        super().__init__(scope, "Reconcile")
        probe = platform.deployment.probe_seconds
        page = task(
            self,
            "ReconcileStudies",
            reconcile_studies,
            payload=_PAYLOAD,
            waits=TRIES,
            # A circuit that one fault has opened is closed by a probe, and lets a page pass some
            # pauses of that length later. A local run alone probes each second.
            first_wait=Duration.seconds(max(1, probe // 20)),
            longest_wait=Duration.seconds(max(20, probe)),
        )
        # The next run begins where the last one that ended did.
        page.add_catch(sfn.Fail(self, "RunFailed"), errors=["States.ALL"])
        more = sfn.Condition.string_equals("$.outcome", "continue")
        page.next(
            sfn.Choice(self, "AreThereMore")
            .when(more, page)
            .otherwise(sfn.Succeed(self, "Reconciled"))
        )
        self.machine = state_machine(
            self,
            "reconcile",
            platform,
            start=page,
            functions=[reconcile_studies],
            comment="Compares records, PACS and DMP, and makes the safe repairs",
            timeout=Duration.days(1),
        )
