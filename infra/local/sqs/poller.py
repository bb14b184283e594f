"""Event source mappings: queues call functions ("Using Lambda with Amazon SQS")."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.child import vital
from infra.local.functions.pool import FunctionPool, ThrottledError
from infra.local.sqs.queues import Message, MessageStore, Queue
from infra.local.sqs.service import md5, system_attributes
from infra.local.template import Deployment, TemplateError, function_name

DEFAULT_BATCH: Final = 10
DEFAULT_CONCURRENCY: Final = 5
WAIT_SECONDS: Final = 20.0
THROTTLED_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class EventSource:
    """One mapping; ``window`` is how long a batch is gathered, in seconds."""

    queue: Queue
    region: str
    function: str
    batch: int
    window: float
    concurrency: int
    partial: bool


def read_event_sources(
    deployment: Deployment, queues: Mapping[str, Queue]
) -> Iterator[EventSource]:
    """Every enabled mapping.

    Raises:
        TemplateError: a source that is not a queue of the templates.
    """
    for resource in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        properties = resource.properties
        queue = queues.get(str(properties.get("EventSourceArn")))
        if queue is None:
            raise TemplateError(f"{resource.place}: only queues of the templates are known here")
        if not properties.get("Enabled", True):
            continue
        yield EventSource(
            queue=queue,
            region=resource.region,
            function=function_name(str(properties["FunctionName"])),
            batch=int(properties.get("BatchSize", DEFAULT_BATCH)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            concurrency=int(
                properties.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)
            ),
            partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
        )


class Poller:
    """Receives batches and calls the function, with as many threads as the mapping allows."""

    def __init__(self, source: EventSource, store: MessageStore, functions: FunctionPool) -> None:
        self._source = source
        self._store = store
        self._functions = functions

    def start(self) -> None:
        """Start the threads; they end with the process.

        Raises:
            TemplateError: the templates have no such function.
        """
        if self._source.function not in self._functions:
            raise TemplateError(f"{self._source.function} is not a function of the templates")
        for _ in range(self._source.concurrency):
            vital(self._run)

    def _run(self) -> None:
        while True:
            if not self.poll(WAIT_SECONDS):
                time.sleep(THROTTLED_PAUSE_SECONDS)

    def poll(self, wait: float) -> bool:
        """Receive one batch and call the function; False when the function is throttled.

        A message that the function does not confirm comes back after its visibility timeout.
        """
        messages = self._gather(wait)
        if not messages:
            return True
        event = {"Records": [self._record(message) for message in messages]}
        try:
            outcome = self._functions.invoke(self._source.function, json.dumps(event).encode())
        except ThrottledError:
            return False
        if not outcome.failed:
            failed = self._failed(outcome.payload, {message.id for message in messages})
            for message in messages:
                if message.id not in failed:
                    self._store.delete(self._source.queue, message.receipt)
        return True

    def _gather(self, wait: float) -> list[Message]:
        queue, limit = self._source.queue, self._source.batch
        messages = self._store.receive(queue, min(limit, 10), wait=wait)
        deadline = time.monotonic() + self._source.window
        while messages and len(messages) < limit and (left := deadline - time.monotonic()) > 0:
            messages += self._store.receive(queue, min(limit - len(messages), 10), wait=left)
        return messages

    def _failed(self, payload: bytes, identifiers: set[str]) -> set[str]:
        """The ids that the function reports as failed; all of them when the report is malformed."""
        if not self._source.partial:
            return set()
        try:
            report = json.loads(payload) or {}
            failed = {item["itemIdentifier"] for item in report.get("batchItemFailures") or []}
        except (AttributeError, KeyError, TypeError, ValueError):
            return identifiers
        return failed if failed <= identifiers else identifiers

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": system_attributes(message),
            "messageAttributes": {
                name: {
                    "dataType": value["DataType"],
                    "stringValue": value.get("StringValue"),
                    "binaryValue": value.get("BinaryValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                }
                for name, value in message.attributes.items()
            },
            "md5OfBody": md5(message.body.encode()),
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue.arn,
            "awsRegion": self._source.region,
        }
