"""The publish workflow: from one accepted report and one of its studies to the DMP.

Input: {tenant, message_id, study_instance_uid, replay, correlation_id}. Every task is given the
whole state and returns the next one, which holds pointers and outcomes, never a document.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.workflows.machine import state_machine
from infra.workflows.tasks import task

# Full jitter on pauses of 5 minutes makes one attempt in 150 seconds on average, so this is six
# days. An attempt is three events of an execution's 25,000, and two tasks may each wait that long.
_WAITS: Final = 3600
_HOLDING_WAITS: Final = 20
# Half a minute on average: longer than the hour after which prepare_series itself goes on. A look
# costs as much as a step, so that the pauses double: a series that has just been asked for comes in
# seconds or, behind a slow PACS, in minutes.
_LOOKS: Final = 150


class PublishWorkflow(Construct):
    """``read_report`` to ``settle_publication``; a failure ends in ``hold_publication``."""

    def __init__(
        self,
        scope: Construct,
        platform: Platform,
        *,
        read_report: DrimboxFunction,
        index_study: DrimboxFunction,
        build_manifest: DrimboxFunction,
        prepare_series: DrimboxFunction,
        publish_manifest: DrimboxFunction,
        settle_publication: DrimboxFunction,
        hold_publication: DrimboxFunction,
    ) -> None:
        super().__init__(scope, "Publish")
        hold = task(self, "HoldPublication", hold_publication, waits=_HOLDING_WAITS).next(
            sfn.Succeed(self, "Held")
        )

        def step(name: str, function: DrimboxFunction) -> sfn.TaskStateBase:
            return task(self, name, function, waits=_WAITS).add_catch(
                hold, errors=["States.ALL"], result_path="$.error"
            )

        done = sfn.Succeed(self, "Done")
        send = (
            step("PublishManifest", publish_manifest)
            .next(step("SettlePublication", settle_publication))
            .next(done)
        )
        prepare = task(self, "PrepareSeries", prepare_series, waits=_HOLDING_WAITS)
        prepare.add_retry(
            errors=["SeriesNotReady"],
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
            max_attempts=_LOOKS,
        )
        prepare.add_catch(hold, errors=["Held"], result_path="$.error")
        # Images can come after the report: no other failure keeps it from the DMP.
        prepare.add_catch(send, errors=["States.ALL"], result_path=sfn.JsonPath.DISCARD)
        prepares = sfn.Choice(self, "ShallSeriesBePrepared")
        prepares.when(
            sfn.Condition.boolean_equals("$.prepare", value=True), prepare.next(send)
        ).otherwise(send)
        publish = step("BuildManifest", build_manifest).next(prepares)

        def go_on(question: str, then: sfn.IChainable) -> sfn.Choice:
            goes_on = sfn.Condition.string_equals("$.outcome", "continue")
            return sfn.Choice(self, question).when(goes_on, then).otherwise(done)

        index = step("IndexStudy", index_study).next(go_on("HasTheStudyChanged", publish))
        start = step("ReadReport", read_report).next(go_on("IsThereSomethingToPublish", index))
        self.machine = state_machine(
            self,
            "publish",
            platform,
            start=start,
            functions=[
                read_report,
                index_study,
                build_manifest,
                prepare_series,
                publish_manifest,
                settle_publication,
                hold_publication,
            ],
            comment="A validated report becomes a manifest in the DMP",
            timeout=Duration.days(32),
        )
