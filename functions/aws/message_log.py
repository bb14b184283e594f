"""The accepted messages in DynamoDB: key (tenant, message), index by state."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import BadRequest, StorageUnavailable
from functions.drimbox.identity.oid import Uid
from functions.drimbox.publication.ports import (
    MessageEntry,
    MessagePage,
    Outcome,
    StudyOutcome,
)

_CONFLICT: Final = "ConditionalCheckFailedException"
# Two outcomes of one message may land together; each is a short read-modify-write.
_ATTEMPTS: Final = 8


class DynamoMessageLog:
    """Implements ``publication.ports.MessageLog`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def open(self, entry: MessageEntry) -> MessageEntry:
        """Store ``entry`` unless the message is known; the stored one."""
        with storage("messages put"):
            try:
                clients.dynamodb().put_item(
                    TableName=self._table,
                    Item=self._item(entry, revision=1, changed_at=entry.received_at),
                    ConditionExpression="attribute_not_exists(message_id)",
                )
            except ClientError as error:
                if code_of(error) != _CONFLICT:
                    raise
                known = self.get(entry.message_id)
                if known is None:
                    raise StorageUnavailable("messages: entry vanished") from None
                return known
        return entry

    def get(self, message_id: str) -> MessageEntry | None:
        """The entry, read consistently, None when unknown."""
        item = self._read(message_id)
        return None if item is None else _entry(item)

    def set_outcome(self, message_id: str, study: Uid, outcome: StudyOutcome) -> None:
        """Record where one study stands; the message's state follows."""
        for _ in range(_ATTEMPTS):
            item = self._read(message_id)
            if item is None:
                raise StorageUnavailable("messages: unknown message")
            entry = _entry(item)
            present = entry.studies.get(study)
            if present is not None and (present.outcome, present.reason) == (
                outcome.outcome,
                outcome.reason,
            ):
                return
            revision = int(item["revision"]["N"])
            if self._replace(entry.with_outcome(study, outcome), revision, outcome.changed_at):
                return
        raise StorageUnavailable("messages: too many writers")

    def next_replay(self, message_id: str) -> int:
        """Count one more replay; its number, from 1."""
        with storage("messages update"):
            answer = clients.dynamodb().update_item(
                TableName=self._table,
                Key=self._key(message_id),
                UpdateExpression="ADD replays :one, revision :one",
                ConditionExpression="attribute_exists(message_id)",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["replays"]["N"])

    def find(self, state: str, *, limit: int, after: str | None) -> MessagePage:
        """Entries in ``state``, latest change first; BadRequest for a cursor not made here."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": "by_state",
            "KeyConditionExpression": "tenant_state = :state",
            "ExpressionAttributeValues": {":state": {"S": f"{self._tenant}#{state}"}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after is not None:
            query["ExclusiveStartKey"] = self._cursor(after, state)
        with storage("messages query"):
            answer = clients.dynamodb().query(**query)
        last = answer.get("LastEvaluatedKey")
        return MessagePage(
            entries=tuple(_entry(item) for item in answer["Items"]),
            next=None
            if not last
            else base64.urlsafe_b64encode(
                json.dumps([last["message_id"]["S"], last["changed_at"]["S"]]).encode()
            ).decode(),
        )

    def _cursor(self, text: str, state: str) -> dict[str, Any]:
        # Only the position comes from the caller: tenant and state are always our own.
        try:
            message_id, changed_at = json.loads(base64.urlsafe_b64decode(text))
            if not isinstance(message_id, str):
                raise TypeError("message_id")
            datetime.fromisoformat(changed_at)
        except (ValueError, TypeError):
            raise BadRequest("after") from None
        return {
            **self._key(message_id),
            "tenant_state": {"S": f"{self._tenant}#{state}"},
            "changed_at": {"S": changed_at},
        }

    def _read(self, message_id: str) -> dict[str, Any] | None:
        with storage("messages get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(message_id), ConsistentRead=True
            )
        return answer.get("Item")

    def _replace(self, entry: MessageEntry, revision: int, changed_at: datetime) -> bool:
        with storage("messages put"):
            try:
                clients.dynamodb().put_item(
                    TableName=self._table,
                    Item=self._item(entry, revision=revision + 1, changed_at=changed_at),
                    ConditionExpression="revision = :seen",
                    ExpressionAttributeValues={":seen": {"N": str(revision)}},
                )
            except ClientError as error:
                if code_of(error) == _CONFLICT:
                    return False
                raise
        return True

    def _key(self, message_id: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "message_id": {"S": message_id}}

    def _item(self, entry: MessageEntry, *, revision: int, changed_at: datetime) -> dict[str, Any]:
        return {
            **self._key(entry.message_id),
            "revision": {"N": str(revision)},
            "tenant_state": {"S": f"{self._tenant}#{entry.state}"},
            "changed_at": {"S": changed_at.isoformat()},
            "received_at": {"S": entry.received_at.isoformat()},
            "replays": {"N": str(entry.replays)},
            "ignored": {"S": entry.ignored},
            "studies": {
                "M": {
                    uid: {
                        "M": {
                            "outcome": {"S": study.outcome},
                            "reason": {"S": study.reason},
                            "changed_at": {"S": study.changed_at.isoformat()},
                        }
                    }
                    for uid, study in entry.studies.items()
                }
            },
        }


def _entry(item: dict[str, Any]) -> MessageEntry:
    return MessageEntry(
        message_id=item["message_id"]["S"],
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        replays=int(item["replays"]["N"]),
        ignored=item["ignored"]["S"],
        studies={
            Uid(uid): StudyOutcome(
                outcome=Outcome(study["M"]["outcome"]["S"]),
                reason=study["M"]["reason"]["S"],
                changed_at=datetime.fromisoformat(study["M"]["changed_at"]["S"]),
            )
            for uid, study in item["studies"]["M"].items()
        },
    )
