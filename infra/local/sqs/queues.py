"""Queues as the templates configure them, and their messages in SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.local.template import Deployment, TemplateError

DEFAULT_VISIBILITY_SECONDS: Final = 30.0
DEFAULT_RETENTION_SECONDS: Final = 345_600.0
MAX_MESSAGE_BYTES: Final = 1_048_576
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
    system TEXT NOT NULL, sent REAL NOT NULL, visible REAL NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, first_received REAL, receipt TEXT
);
CREATE INDEX IF NOT EXISTS by_queue ON messages (queue, visible);
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """One standard queue; times in seconds. ``dead_letters`` is its dead-letter queue's ARN."""

    name: str
    url: str
    arn: str
    visibility: float
    delay: float
    retention: float
    wait: float
    max_message_bytes: int
    dead_letters: str | None
    max_receives: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as received. ``receipt`` deletes it; times in seconds since 1970."""

    id: str
    body: str
    attributes: Mapping[str, Any]
    system: Mapping[str, str]
    sent: float
    received: int
    first_received: float
    receipt: str


def read_queues(deployment: Deployment) -> dict[str, Queue]:
    """Every queue of the deployment by ARN.

    Raises:
        TemplateError: a dead-letter queue that does not exist.
    """
    queues = {}
    for resource in deployment.of_type("AWS::SQS::Queue"):
        properties = resource.properties
        redrive = properties.get("RedrivePolicy", {})
        redrive = json.loads(redrive) if isinstance(redrive, str) else redrive
        queue = Queue(
            name=resource.attributes["QueueName"],
            url=resource.reference,
            arn=resource.attributes["Arn"],
            visibility=float(properties.get("VisibilityTimeout", DEFAULT_VISIBILITY_SECONDS)),
            delay=float(properties.get("DelaySeconds", 0)),
            retention=float(properties.get("MessageRetentionPeriod", DEFAULT_RETENTION_SECONDS)),
            wait=float(properties.get("ReceiveMessageWaitTimeSeconds", 0)),
            max_message_bytes=int(properties.get("MaximumMessageSize", MAX_MESSAGE_BYTES)),
            dead_letters=redrive.get("deadLetterTargetArn"),
            max_receives=int(redrive.get("maxReceiveCount", 0)),
        )
        queues[queue.arn] = queue
    for queue in queues.values():
        if queue.dead_letters is not None and queue.dead_letters not in queues:
            raise TemplateError(f"{queue.name}: its dead-letter queue is not in the templates")
    return queues


class MessageStore:
    """The messages of every queue. Thread-safe; a call has its effect on disk when it returns."""

    def __init__(
        self, path: Path, queues: Mapping[str, Queue], now: Callable[[], float] = time.time
    ) -> None:
        self._queues = queues
        self._now = now
        self._condition = threading.Condition()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        # A message's receiver ended with the process: the message can be received again.
        self._database.execute(
            "UPDATE messages SET visible = ? WHERE receipt IS NOT NULL", (self._now(),)
        )

    def send(
        self,
        queue: Queue,
        body: str,
        attributes: Mapping[str, Any],
        system: Mapping[str, str],
        delay: float | None = None,
    ) -> str:
        """Keep a message; its id."""
        identifier = str(uuid.uuid4())
        now = self._now()
        with self._condition:
            self._database.execute(
                "INSERT INTO messages (id, queue, body, attributes, system, sent, visible)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(identifier, queue.arn, body, json.dumps(attributes), json.dumps(system)),
                    *(now, now + (queue.delay if delay is None else delay)),
                ),
            )
            self._condition.notify_all()
        return identifier

    def receive(
        self, queue: Queue, limit: int, visibility: float | None = None, wait: float | None = None
    ) -> list[Message]:
        """At most ``limit`` visible messages, invisible from now on for ``visibility`` seconds.

        Waits up to ``wait`` seconds for the first one. A message that was received too often
        goes to the dead-letter queue instead.
        """
        deadline = time.monotonic() + (queue.wait if wait is None else wait)
        with self._condition:
            while True:
                messages = self._take(queue, limit, visibility)
                left = deadline - time.monotonic()
                if messages or left <= 0:
                    return messages
                # Messages also become visible by themselves: look again now and then.
                self._condition.wait(min(left, 0.2))

    def delete(self, queue: Queue, receipt: str) -> None:
        """Delete a received message; an old receipt deletes nothing."""
        with self._condition:
            self._database.execute(
                "DELETE FROM messages WHERE queue = ? AND receipt = ?", (queue.arn, receipt)
            )

    def put_off(self, queue: Queue, receipt: str, seconds: float) -> bool:
        """Deliver a message that is in flight again after ``seconds`` from now; False for an old
        receipt, or a message that is visible again.
        """
        now = self._now()
        with self._condition:
            changed = self._database.execute(
                "UPDATE messages SET visible = ? WHERE queue = ? AND receipt = ? AND visible > ?",
                (now + seconds, queue.arn, receipt, now),
            ).rowcount
            self._condition.notify_all()
        return changed > 0

    def counts(self, queue: Queue) -> tuple[int, int, int]:
        """How many messages are visible, in flight, delayed."""
        with self._condition:
            row = self._database.execute(
                "SELECT coalesce(sum(visible <= :now), 0) AS visible,"
                " coalesce(sum(visible > :now AND receipt IS NOT NULL), 0) AS flight,"
                " coalesce(sum(visible > :now AND receipt IS NULL), 0) AS delayed"
                " FROM messages WHERE queue = :queue",
                {"now": self._now(), "queue": queue.arn},
            ).fetchone()
        return row["visible"], row["flight"], row["delayed"]

    def purge(self, queue: Queue) -> None:
        """Delete every message of a queue."""
        with self._condition:
            self._database.execute("DELETE FROM messages WHERE queue = ?", (queue.arn,))

    def expire(self) -> int:
        """Delete the messages older than their queue keeps them; how many."""
        with self._condition:
            return sum(
                self._database.execute(
                    "DELETE FROM messages WHERE queue = ? AND sent < ?",
                    (queue.arn, self._now() - queue.retention),
                ).rowcount
                for queue in self._queues.values()
            )

    def _take(self, queue: Queue, limit: int, visibility: float | None) -> list[Message]:
        now = self._now()
        until = now + (queue.visibility if visibility is None else visibility)
        rows: Sequence[sqlite3.Row] = self._database.execute(
            "SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY sent, rowid LIMIT ?",
            (queue.arn, now, limit),
        ).fetchall()
        messages = []
        if rows:
            self._database.execute("BEGIN IMMEDIATE")
        for row in rows:
            if queue.dead_letters is not None and row["received"] >= queue.max_receives:
                self._bury(queue, row["id"])
                continue
            receipt = uuid.uuid4().hex
            first = now if row["first_received"] is None else row["first_received"]
            self._database.execute(
                "UPDATE messages SET visible = ?, received = received + 1, first_received = ?,"
                " receipt = ? WHERE id = ?",
                (until, first, receipt, row["id"]),
            )
            messages.append(
                Message(
                    id=row["id"],
                    body=row["body"],
                    attributes=json.loads(row["attributes"]),
                    system=json.loads(row["system"]),
                    sent=row["sent"],
                    received=row["received"] + 1,
                    first_received=first,
                    receipt=receipt,
                )
            )
        if rows:
            self._database.execute("COMMIT")
        return messages

    def _bury(self, queue: Queue, identifier: str) -> None:
        self._database.execute(
            "UPDATE messages SET queue = ?, receipt = NULL WHERE id = ?",
            (queue.dead_letters, identifier),
        )
        self._condition.notify_all()
