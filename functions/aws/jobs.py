"""The jobs of a tenant in DynamoDB, key (tenant, job), and the queue that rings for them."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients, logging, metrics
from functions.aws.faults import storage
from functions.aws.revisions import put_over, read_item, read_items
from functions.drimbox.jobs.job import Job, Kind, State, Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from functions.aws.questions import SqsBell
    from functions.drimbox.ports import Clock

# DynamoDB deletes a job that nobody has changed for that long; a queue keeps a message as long.
_FORGOTTEN: Final = timedelta(days=14)
# An item of before the leases names no worker, one of before the agents no word of theirs.
_NOBODY: Final = {"S": ""}
_COUNTS: Final = ("sent", "attempts", "lost", "given_up")


class DynamoJobs:
    """Implements ``jobs.lease.Jobs`` for one tenant."""

    def __init__(self, table: str, tenant: str, clock: Clock) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock

    def get(self, key: str) -> Job | None:
        """Read consistently."""
        item = read_item(self._table, self._key(key), "jobs")
        return None if item is None else _decode(item)

    def several(self, keys: Iterable[str]) -> Mapping[str, Job]:
        """Read consistently."""
        asked = [self._key(key) for key in dict.fromkeys(keys)]
        found = map(_decode, read_items(self._table, asked, "jobs"))
        return {job.key: job for job in found}

    def put(self, job: Job) -> bool:
        """Store unless another writer was faster; False then."""
        item = encode(self._tenant, job, self._clock.now())
        return put_over(self._table, item, job.revision, "jobs")

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "job": {"S": key}}


def encode(tenant: str, job: Job, at: datetime) -> dict[str, Any]:
    """The job as an item of the table, without its revision, written at ``at``."""
    return {
        "tenant": {"S": tenant},
        "job": {"S": job.key},
        "kind": {"S": job.wish.kind},
        "facts": {"M": {name: {"S": value} for name, value in job.wish.facts.items()}},
        "correlation_id": {"S": job.correlation_id},
        "state": {"S": job.state},
        "due_at": {"S": job.due_at.isoformat()},
        "asked_at": {"S": job.asked_at.isoformat()},
        "ready_at": {"S": job.ready_at.isoformat()},
        **{name: {"N": str(getattr(job, name))} for name in _COUNTS},
        "worker": {"S": job.worker},
        "reason": {"S": job.reason},
        "told": {"S": job.told},
        "ends_at": {"N": str(int((max(at, job.due_at) + _FORGOTTEN).timestamp()))},
    }


def _decode(item: Mapping[str, Any]) -> Job:
    facts = {name: value["S"] for name, value in item["facts"]["M"].items()}
    return Job(
        key=item["job"]["S"],
        wish=Wish(Kind(item["kind"]["S"]), facts),
        correlation_id=item["correlation_id"]["S"],
        state=State(item["state"]["S"]),
        due_at=datetime.fromisoformat(item["due_at"]["S"]),
        asked_at=datetime.fromisoformat(item["asked_at"]["S"]),
        ready_at=datetime.fromisoformat(item["ready_at"]["S"]),
        **{name: int(item[name]["N"]) for name in _COUNTS},
        worker=item.get("worker", _NOBODY)["S"],
        reason=item["reason"]["S"],
        revision=int(item["revision"]["N"]),
        told=item.get("told", _NOBODY)["S"],
    )


def given_up(tenant: str, job: Job) -> None:
    """A job of ``tenant`` kills its workers: a fault of ours, which the alarm counts."""
    logging.error(
        "job given up",
        tenant=tenant,
        correlation_id=job.correlation_id,
        state=job.state,
        code=job.reason,
        attempt=job.attempts,
    )
    metrics.count("InternalFailures", tenant)


class SqsJobs:
    """Implements ``jobs.desk.JobQueue`` for one tenant.

    The tenant is the message group of a standard queue: while one tenant has thousands of jobs
    waiting, the others' are delivered first (fair queue).
    """

    def __init__(self, queue_url: str, tenant: str) -> None:
        self._queue_url = queue_url
        self._tenant = tenant

    def send(self, job: Job, *, after: timedelta) -> None:
        """A pointer only; ``after`` in whole seconds, rounded up."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"tenant": self._tenant, "job": job.key}),
                MessageGroupId=self._tenant,
                DelaySeconds=math.ceil(after.total_seconds()),
            )


class SiteJobs:
    """The same for a tenant behind an agent: the bell rings at the site, until its agent has said
    something of the job; then ``ours`` rings for the worker that judges it.
    """

    def __init__(self, bell: SqsBell, ours: SqsJobs) -> None:
        self._bell = bell
        self._ours = ours

    def send(self, job: Job, *, after: timedelta) -> None:
        """See ``jobs.desk.JobQueue``."""
        if job.told:
            self._ours.send(job, after=after)
        else:
            self._bell.ring(job.key, after=after)
