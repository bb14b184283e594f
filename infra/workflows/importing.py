"""The import workflow: an opened exam into the site's PACS, one call after the other.

Input: {tenant, page, exam}. No state of it names a patient, a study or a token. The function waits
for the images by its answer, and ends by it; a killed one is called again and goes on.
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

# While the PACS does not answer: an hour, by pauses of 150 s on average.
_WAITS: Final = 24
# Between two looks at an exam whose images come.
WAIT_SECONDS: Final = 10


class ImportWorkflow(Construct):
    """``store_exam`` until it says ``done``."""

    def __init__(
        self, scope: Construct, platform: Platform, *, store_exam: DrimboxFunction
    ) -> None:
        super().__init__(scope, "Import")
        store = task(self, "Store", store_exam, waits=_WAITS, longest_wait=LONGEST_PAUSE)
        # The page shows an import that has been silent for minutes as interrupted, to be resumed.
        store.add_catch(sfn.Fail(self, "Failed"), errors=["States.ALL"])
        wait = sfn.Wait(
            self,
            "AwaitImages",
            time=sfn.WaitTime.duration(Duration.seconds(WAIT_SECONDS)),
        )
        store.next(
            sfn.Choice(self, "WhatIsLeft")
            .when(sfn.Condition.string_equals("$.outcome", "send"), store)
            .when(sfn.Condition.string_equals("$.outcome", "wait"), wait.next(store))
            .otherwise(sfn.Succeed(self, "Ended"))
        )
        self.machine = state_machine(
            self,
            "import",
            platform,
            start=store,
            functions=[store_exam],
            comment="Stores an opened exam of another site in the site's own PACS",
            timeout=Duration.hours(10),
        )
