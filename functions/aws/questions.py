"""The questions to the agents of a tenant in DynamoDB, key (tenant, job), and the queue that rings
for them at the site.
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.aws.revisions import put_over, read_item
from functions.drimbox.agents import wire
from functions.drimbox.agents.question import KEPT, Answer, Question, State
from functions.drimbox.jobs.job import Kind, Wish

_AT_ONCE: Final = timedelta(0)
_TEXTS: Final = ("sealed", "word", "reason")


class DynamoQuestions:
    """Implements ``agents.desk.Questions`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, key: str) -> Question | None:
        """Read consistently."""
        item = read_item(self._table, self._key(key), "jobs")
        if item is None:
            return None
        facts = {name: value["S"] for name, value in item["facts"]["M"].items()}
        answer = item["answer"]["M"] if "answer" in item else None
        return Question(
            key=key,
            wish=Wish(Kind(item["kind"]["S"]), facts),
            correlation_id=item["correlation_id"]["S"],
            state=State(item["state"]["S"]),
            attempt=int(item["attempt"]["N"]),
            asked_at=datetime.fromisoformat(item["asked_at"]["S"]),
            expires_at=datetime.fromisoformat(item["expires_at"]["S"]),
            ended_at=datetime.fromisoformat(item["ended_at"]["S"]) if "ended_at" in item else None,
            **{name: item[name]["S"] for name in _TEXTS},
            answer=_answer(answer) if answer else None,
            revision=int(item["revision"]["N"]),
        )

    def put(self, question: Question) -> bool:
        """Store unless another writer was faster; False then."""
        one, ended = question, question.ended_at
        item: dict[str, Any] = {
            **self._key(one.key),
            "kind": {"S": one.wish.kind},
            "facts": {"M": {name: {"S": value} for name, value in one.wish.facts.items()}},
            "correlation_id": {"S": one.correlation_id},
            "state": {"S": one.state},
            "attempt": {"N": str(one.attempt)},
            "asked_at": {"S": one.asked_at.isoformat()},
            "expires_at": {"S": one.expires_at.isoformat()},
            **{name: {"S": getattr(one, name)} for name in _TEXTS},
            "ends_at": {"N": str(int(((ended or one.expires_at) + KEPT).timestamp()))},
        }
        if ended is not None:
            item["ended_at"] = {"S": ended.isoformat()}
        if one.answer is not None:
            item["answer"] = {
                "M": {
                    "key": {"S": one.answer.key},
                    "size": {"N": str(one.answer.size)},
                    "sha256": {"S": one.answer.sha256},
                }
            }
        return put_over(self._table, item, one.revision, "jobs")

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "job": {"S": key}}


def _answer(facts: dict[str, Any]) -> Answer:
    return Answer(facts["key"]["S"], int(facts["size"]["N"]), facts["sha256"]["S"])


class SqsBell:
    """Implements ``agents.desk.Bell``: each tenant has a queue of its own, whose URL ends in the
    tenant. The agents of the tenant may read it, and nobody else's may.
    """

    def __init__(self, queues_url: str, tenant: str) -> None:
        self._queue_url = f"{queues_url}{tenant}"
        self._tenant = tenant

    def ring(self, key: str, *, after: timedelta = _AT_ONCE) -> None:
        """A pointer only, delivered once ``after`` is over, in whole seconds, rounded up."""
        with storage("queue send"):
            clients.sqs().send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps(wire.message(self._tenant, key)),
                DelaySeconds=math.ceil(after.total_seconds()),
            )
