"""The queue of accepted messages and the workflows that they start."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import StartRefused

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from functions.drimbox.publication.change import Change, Step

# The refusals of one execution alone (API reference of StartExecution, and its common errors). Any
# other error is about the machine, the account or the service.
_OF_THIS_START: Final = frozenset(
    {"InvalidExecutionInput", "InvalidName", "ValidationException", "ValidationError"}
)


class SqsMessages:
    """Implements ``publication.inbox.Queue`` for one tenant."""

    def __init__(self, queue_url: str, tenant: str) -> None:
        self._queue_url = queue_url
        self._tenant = tenant

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        """Queue the message: a pointer only, never its content."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(
                    {
                        "tenant": self._tenant,
                        "message_id": message_id,
                        "replay": replay,
                        "received_at": received_at.isoformat(),
                    }
                ),
            )


class SqsLooks:
    """Implements ``publication.uploads.LookQueue`` for one tenant."""

    def __init__(self, queue_url: str, tenant: str) -> None:
        self._queue_url = queue_url
        self._tenant = tenant

    def send(self, upload_id: str, *, after: timedelta) -> None:
        """Delivered once ``after`` is over, at most a quarter of an hour."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"tenant": self._tenant, "upload_id": upload_id}),
                DelaySeconds=int(after.total_seconds()),
            )


class PublishWorkflow:
    """Implements ``publication.start.Workflow``."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def start(self, change: Change, at: Step) -> None:
        """Start the execution at that step; its name follows from the change and its wake, so a
        second call starts nothing.
        """
        name = f"{change.message_id}-{_short(change.study_instance_uid)}-{change.replay}"
        if change.waited.wake:
            name += f"-w{change.waited.wake}"
        _start(self._arn, name, change.state(at=str(at)))


class SqsNews:
    """Implements ``publication.news.News`` for one tenant."""

    def __init__(self, queue_url: str, tenant: str) -> None:
        self._queue_url = queue_url
        self._tenant = tenant

    def ring(self, message_id: str) -> None:
        """Queue the message: a pointer only."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"tenant": self._tenant, "message_id": message_id}),
            )


class SqsTicks:
    """Implements ``publication.waiting.ticker.Ticks`` for one tenant."""

    def __init__(self, queue_url: str, tenant: str) -> None:
        self._queue_url = queue_url
        self._tenant = tenant

    def send(self, number: int, *, after: timedelta) -> None:
        """``after`` in whole seconds, rounded up, at most a quarter of an hour."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"tenant": self._tenant, "tick": number}),
                DelaySeconds=math.ceil(after.total_seconds()),
            )

    def answered(self, message_id: str, job: str) -> None:
        """The site's agent has answered a job that a change of this message may wait for."""
        self._tell({"answered": job, "message_id": message_id})

    def back(self) -> None:
        """An agent of the site is there again."""
        self._tell({"back": True})

    def _tell(self, news: dict[str, object]) -> None:
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"tenant": self._tenant, **news}),
            )


class ReconcileWorkflow:
    """Starts the reconciliation of a tenant."""

    def __init__(self, arn: str, tenant: str) -> None:
        self._arn = arn
        self._tenant = tenant

    def start(self, run: str) -> None:
        """Start the run, once."""
        state: dict[str, object] = {
            "tenant": self._tenant,
            "run": run,
            "page": 0,
            "correlation_id": run,
        }
        _start(self._arn, f"{self._tenant}-{run}", state)


class ExamWorkflow:
    """Starts one of the two workflows on an opened exam of a page: ``fetch`` (implements
    ``reading.opening.Workflow``) or ``import``."""

    def __init__(self, arn: str, tenant: str) -> None:
        self._arn = arn
        self._tenant = tenant

    def start(self, page: str, exam: str, run: int) -> None:
        """Start that run, once; nothing that its input holds names a patient or opens anything."""
        state: dict[str, object] = {"tenant": self._tenant, "page": page, "exam": exam}
        _start(self._arn, f"{self._tenant}-{_short(page)}-{exam}-{run}", state)


def _short(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _start(arn: str, name: str, state: dict[str, object]) -> None:
    with storage("workflow start"):
        try:
            clients.stepfunctions().start_execution(
                stateMachineArn=arn, name=name, input=json.dumps(state)
            )
        except ClientError as error:
            code = code_of(error)
            if code in _OF_THIS_START:
                raise StartRefused(f"workflow start: {code}") from None
            if code != "ExecutionAlreadyExists":
                raise
