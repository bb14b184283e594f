"""How every task of a workflow calls its function, and what it does when that fails."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.shared.function import DrimboxFunction

# The same call may succeed in a moment: AWS, a killed sandbox, our own storage.
SERVICE_ERRORS: Final = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.Timeout",
    "StorageUnavailable",
)
# Somebody else is not ready; the functions themselves end the wait at the tenant's deadline.
WAITING_ERRORS: Final = (
    "StudyNotFoundYet",
    "StudyBusy",
    "PacsUnavailable",
    "DmpUnavailable",
    "DmpOutcomeUnknown",
)
_LONGEST_PAUSE: Final = Duration.seconds(300)
# What a sandbox's start may add to the function's own timeout, before the call is given up.
_MARGIN_SECONDS: Final = 15


def task(
    scope: Construct, construct_id: str, function: DrimboxFunction, *, waits: int
) -> tasks.LambdaInvoke:
    """Call ``function`` with the whole state; its answer is the next state.

    ``waits`` bounds the attempts while somebody else is not ready; the backoff of both tables is
    exponential with full jitter.
    """
    invoke = tasks.LambdaInvoke(
        scope,
        construct_id,
        lambda_function=function.function,
        payload=sfn.TaskInput.from_json_path_at("$"),
        output_path="$.Payload",
        retry_on_service_exceptions=False,
        task_timeout=sfn.Timeout.duration(Duration.seconds(function.timeout + _MARGIN_SECONDS)),
    )
    invoke.add_retry(
        errors=list(SERVICE_ERRORS),
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_delay=Duration.seconds(60),
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=8,
    )
    invoke.add_retry(
        errors=list(WAITING_ERRORS),
        interval=Duration.seconds(3),
        backoff_rate=2,
        max_delay=_LONGEST_PAUSE,
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=waits,
    )
    return invoke
