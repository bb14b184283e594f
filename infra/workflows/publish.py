"""The publish workflow: from one accepted report and one of its studies to the DMP.

Input: {tenant, message_id, study_instance_uid, replay, override, waited, correlation_id, at}. Every
task returns the next state, which holds pointers and outcomes, never a document. An execution
begins at the step ``at``: a change that has waited goes on where it was (decision 0079).
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from functions.drimbox.publication.change import CONTINUE, PARKED, Step
from functions.drimbox.publication.waiting.parking import QUICK_TRIES
from infra.shared.function import DrimboxFunction
from infra.shared.platform import Platform
from infra.workflows.machine import state_machine
from infra.workflows.tasks import task

# The facts that every step is given.
_FACTS: Final = (
    "tenant",
    "message_id",
    "study_instance_uid",
    "replay",
    "override",
    "waited",
    "correlation_id",
)
# With these facts, and how often the step was called before: the last try of a step parks.
_PAYLOAD: Final = sfn.TaskInput.from_object(
    {name: sfn.JsonPath.object_at(f"$.{name}") for name in _FACTS}
    | {"tries": sfn.JsonPath.number_at("$$.State.RetryCount")}
)


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
        hold = task(self, "HoldPublication", hold_publication).next(sfn.Succeed(self, "Held"))
        done = sfn.Succeed(self, "Done")

        def step(name: str, function: DrimboxFunction) -> sfn.TaskStateBase:
            return task(self, name, function, payload=_PAYLOAD).add_catch(
                hold, errors=["States.ALL"], result_path="$.error"
            )

        def go_on(question: str, then: sfn.IChainable) -> sfn.Choice:
            return sfn.Choice(self, question).when(_outcome_is(CONTINUE), then).otherwise(done)

        settle = step("SettlePublication", settle_publication).next(done)
        publish = step("PublishManifest", publish_manifest)
        publish.next(go_on("HasTheDmpAnswered", settle))
        prepare = task(self, "PrepareSeries", prepare_series, payload=_PAYLOAD)
        prepare.add_retry(
            errors=["SeriesNotReady"],
            # The jitter takes half of a pause, on average.
            interval=Duration.seconds(4),
            backoff_rate=2,
            max_delay=Duration.seconds(16),
            jitter_strategy=sfn.JitterType.FULL,
            max_attempts=QUICK_TRIES,
        )
        prepare.add_catch(hold, errors=["Held"], result_path="$.error")
        # Images can come after the report: no other failure keeps it from the DMP.
        prepare.add_catch(publish, errors=["States.ALL"], result_path=sfn.JsonPath.DISCARD)
        prepare.next(go_on("AreTheSeriesPrepared", publish))
        build = step("BuildManifest", build_manifest)
        build.next(
            sfn.Choice(self, "ShallSeriesBePrepared")
            .when(_outcome_is(PARKED), done)
            .when(sfn.Condition.boolean_equals("$.prepare", value=True), prepare)
            .otherwise(publish)
        )
        index = step("IndexStudy", index_study)
        index.next(go_on("HasTheStudyChanged", build))
        read = step("ReadReport", read_report)
        read.next(go_on("IsThereSomethingToPublish", index))
        where = sfn.Choice(self, "Where")
        for at, first in (
            (Step.INDEX_STUDY, index),
            (Step.BUILD_MANIFEST, build),
            (Step.PREPARE_SERIES, prepare),
            (Step.PUBLISH_MANIFEST, publish),
        ):
            where.when(sfn.Condition.string_equals("$.at", at), first)
        where.otherwise(read)
        self.machine = state_machine(
            self,
            "publish",
            platform,
            start=where,
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
            # A killed platform is waited for, another service is not.
            timeout=Duration.days(32),
        )


def _outcome_is(outcome: str) -> sfn.Condition:
    return sfn.Condition.string_equals("$.outcome", outcome)
