"""Each task of a workflow: how it calls its function, and how it handles a failure."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from functions.drimbox.publication.waiting.parking import QUICK_TRIES
from infra.shared.function import DrimboxFunction

# The platform or our own storage is away: a region can be for most of a day, so this is waited for.
# A key that does not open the function's settings is such an absence too: it comes back, or
# somebody brings it back.
SERVICE_ERRORS: Final = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotReadyException",
    "Lambda.KMSAccessDeniedException",
    "Lambda.KMSDisabledException",
    "Lambda.KMSInvalidStateException",
    "Lambda.KMSNotFoundException",
    "StorageUnavailable",
)
# The sandbox was killed: the same call may succeed in a moment, or meets the same fault again. Step
# Functions says Lambda.Unknown of a function that ran out of memory or of time.
CRASH_ERRORS: Final = ("Runtime.ExitError", "Sandbox.Timedout", "States.Timeout", "Lambda.Unknown")
# Somebody else is not ready. A machine waits for a minute at most: a longer wait is parked by the
# step that meets it (decision 0079).
WAITING_ERRORS: Final = (
    "StudyNotFoundYet",
    "StudyBusy",
    "PacsUnavailable",
    "PacsAnswerUnusable",
    "DmpUnavailable",
    "DmpOutcomeUnknown",
)
LONGEST_PAUSE: Final = Duration.seconds(300)
# The pauses before the five tries that follow: 3, 6, 12, 15 and 15 seconds, each cut by chance.
_WAITS: Final = QUICK_TRIES
_FIRST_WAIT: Final = Duration.seconds(3)
_LONGEST_WAIT: Final = Duration.seconds(15)
# With pauses of 150 s on average: a day and a night of an absent platform.
_AWAY: Final = 600
_CRASHES: Final = 8
# The time that a sandbox's start may add to the function's own timeout, before the call is given
# up.
_MARGIN_SECONDS: Final = 15


def task(
    scope: Construct,
    construct_id: str,
    function: DrimboxFunction,
    *,
    waits: int = _WAITS,
    first_wait: Duration = _FIRST_WAIT,
    longest_wait: Duration = _LONGEST_WAIT,
    also_waits_for: tuple[str, ...] = (),
    crashes: int = _CRASHES,
    payload: sfn.TaskInput | None = None,
) -> tasks.LambdaInvoke:
    """Call ``function`` with the whole state, or with ``payload``; its answer is the next state.

    ``waits`` bounds the attempts while somebody else is not ready, ``first_wait`` and
    ``longest_wait`` the pauses between them, ``crashes`` the attempts after a killed sandbox; the
    backoff of all tables is exponential with full jitter. ``also_waits_for`` are errors by which
    this step alone waits.
    """
    invoke = tasks.LambdaInvoke(
        scope,
        construct_id,
        lambda_function=function.function,
        payload=payload or sfn.TaskInput.from_json_path_at("$"),
        output_path="$.Payload",
        retry_on_service_exceptions=False,
        task_timeout=sfn.Timeout.duration(Duration.seconds(function.timeout + _MARGIN_SECONDS)),
    )
    for errors, longest, attempts in (
        (SERVICE_ERRORS, LONGEST_PAUSE, _AWAY),
        (CRASH_ERRORS, Duration.seconds(60), crashes),
    ):
        invoke.add_retry(
            errors=list(errors),
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_delay=longest,
            jitter_strategy=sfn.JitterType.FULL,
            max_attempts=attempts,
        )
    invoke.add_retry(
        errors=[*WAITING_ERRORS, *also_waits_for],
        interval=first_wait,
        backoff_rate=2,
        max_delay=longest_wait,
        jitter_strategy=sfn.JitterType.FULL,
        max_attempts=waits,
    )
    return invoke
