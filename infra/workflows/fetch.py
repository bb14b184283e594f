"""The fetch workflow: an opened exam from its site, series beside series, then its erasure.

Input: {tenant, page, exam}. No state of it names a patient, a study or a token: the function reads
these by the page and the exam, sealed. After the last series the execution looks now and then
whether the session still lives; once it has ended, the exam is erased and the execution with it.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.workflows.machine import state_machine
from infra.workflows.tasks import LONGEST_PAUSE, task

# While the DMP does not answer the plan's question: an hour, by pauses of 150 s on average.
_WAITS: Final = 24
# Series of one site at once.
SERIES_AT_ONCE: Final = 4
# Between two looks at a session whose exam is there.
WATCH_MINUTES: Final = 5


class FetchWorkflow(Construct):
    """``fetch_exam`` plans, fetches each missing series, and plans again."""

    def __init__(
        self, scope: Construct, platform: Platform, *, fetch_exam: DrimboxFunction
    ) -> None:
        super().__init__(scope, "Fetch")
        plan = task(self, "Plan", fetch_exam, waits=_WAITS, longest_wait=LONGEST_PAUSE)
        # The bucket erases within a day what an execution that failed has left.
        plan.add_catch(sfn.Fail(self, "Failed"), errors=["States.ALL"])
        series = task(
            self,
            "FetchSeries",
            fetch_exam,
            waits=_WAITS,
            longest_wait=LONGEST_PAUSE,
            # The professional's token cannot be renewed now: no site is asked without one.
            also_waits_for=("IdentityUnavailable",),
        )
        # The next plan tells what is missing.
        series.add_catch(sfn.Pass(self, "SeriesFailed"), errors=["States.ALL"])
        several = sfn.Map(
            self,
            "EachSeries",
            items_path=sfn.JsonPath.string_at("$.series"),
            item_selector={
                "tenant": sfn.JsonPath.string_at("$.tenant"),
                "page": sfn.JsonPath.string_at("$.page"),
                "exam": sfn.JsonPath.string_at("$.exam"),
                "place": sfn.JsonPath.number_at("$$.Map.Item.Value"),
            },
            max_concurrency=SERIES_AT_ONCE,
            result_path=sfn.JsonPath.DISCARD,
        )
        several.item_processor(series)
        watch = sfn.Wait(
            self,
            "Watch",
            time=sfn.WaitTime.duration(Duration.minutes(WATCH_MINUTES)),
        )
        plan.next(
            sfn.Choice(self, "WhatIsMissing")
            .when(sfn.Condition.string_equals("$.outcome", "fetch"), several.next(plan))
            .when(sfn.Condition.string_equals("$.outcome", "watch"), watch.next(plan))
            .otherwise(sfn.Succeed(self, "Erased"))
        )
        self.machine = state_machine(
            self,
            "fetch",
            platform,
            start=plan,
            functions=[fetch_exam],
            comment="Fetches an opened exam from its site, and erases it with its session",
            timeout=Duration.hours(10),
        )
