"""The accepted messages in DynamoDB: key (tenant, message), index by state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients, cursors
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_entry import (
    Event,
    MessageEntry,
    MessageKind,
    Outcome,
    StudyOutcome,
)
from functions.drimbox.publication.ports import MessagePage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
                    Item=self._item(entry, revision=1),
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

    def set_outcome(self, message_id: str, study: Uid, outcome: StudyOutcome) -> MessageEntry:
        """Record where one study stands; the message's state follows."""

        def change(entry: MessageEntry) -> MessageEntry:
            present = entry.studies.get(study)
            same = present is not None and (present.outcome, present.reason) == (
                outcome.outcome,
                outcome.reason,
            )
            return entry if same else entry.with_outcome(study, outcome)

        return self._change(message_id, change)

    def restore(self, message_id: str, studies: Iterable[Uid], at: datetime) -> None:
        """An ignored or held message is it no more; a second call changes nothing."""
        named = tuple(studies)
        self._change(message_id, lambda e: e.restored(named, at) if e.ignored or e.held else e)

    def set_override(self, message_id: str, number: int) -> None:
        """That override is in force, unless a later one is."""
        self._change(
            message_id, lambda e: replace(e, override=number) if e.override < number else e
        )

    def _change(
        self, message_id: str, change: Callable[[MessageEntry], MessageEntry]
    ) -> MessageEntry:
        """The entry as ``change`` leaves it, stored unless it is the same."""
        for _ in range(_ATTEMPTS):
            item = self._read(message_id)
            if item is None:
                raise StorageUnavailable("messages: unknown message")
            entry = _entry(item)
            changed = change(entry)
            if changed is entry or self._replace(changed, int(item["revision"]["N"])):
                return changed
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

    def find(
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        since: datetime | None = None,
        until: datetime | None = None,
        oldest_first: bool = False,
    ) -> MessagePage:
        """Entries in ``state``, the latest change first or last; BadRequest for a cursor not made
        here."""
        page = cursors.query(
            self._table,
            f"{self._tenant}#{state}",
            limit=limit,
            after=after,
            key=("message_id", self._tenant),
            between=(_text(since or _FIRST), _text(until or _LAST)),
            oldest_first=oldest_first,
        )
        return MessagePage(tuple(_entry(item) for item in page.items), page.next)

    def _read(self, message_id: str) -> dict[str, Any] | None:
        with storage("messages get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(message_id), ConsistentRead=True
            )
        return answer.get("Item")

    def _replace(self, entry: MessageEntry, revision: int) -> bool:
        with storage("messages put"):
            try:
                clients.dynamodb().put_item(
                    TableName=self._table,
                    Item=self._item(entry, revision=revision + 1),
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

    def _item(self, entry: MessageEntry, *, revision: int) -> dict[str, Any]:
        item: dict[str, Any] = {
            **self._key(entry.message_id),
            "revision": {"N": str(revision)},
            "tenant_state": {"S": f"{self._tenant}#{entry.state}"},
            "changed_at": {"S": _text(entry.changed_at)},
            "received_at": {"S": entry.received_at.isoformat()},
            "replays": {"N": str(entry.replays)},
            "ignored": {"S": entry.ignored},
            "kind": {"S": entry.kind},
            "sender": {"S": entry.sender},
            "override": {"N": str(entry.override)},
            "studies": {"M": {uid: _outcome_item(one) for uid, one in entry.studies.items()}},
            "history": {
                "L": [
                    {
                        "M": {
                            **_outcome_item(event.outcome)["M"],
                            "study": {"S": event.study},
                            "replay": {"N": str(event.replay)},
                        }
                    }
                    for event in entry.history
                ]
            },
        }
        if entry.validated_at is not None:
            item["validated_at"] = {"S": entry.validated_at.isoformat()}
        if entry.held:
            item["held"] = {"S": entry.held}
        return item


# The index sorts by this text: always UTC, always with microseconds, so that texts sort as times.
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _outcome_item(study: StudyOutcome) -> dict[str, Any]:
    return {
        "M": {
            "outcome": {"S": study.outcome},
            "reason": {"S": study.reason},
            "changed_at": {"S": study.changed_at.isoformat()},
        }
    }


def _outcome(facts: dict[str, Any]) -> StudyOutcome:
    return StudyOutcome(
        outcome=Outcome(facts["outcome"]["S"]),
        reason=facts["reason"]["S"],
        changed_at=datetime.fromisoformat(facts["changed_at"]["S"]),
    )


def _entry(item: dict[str, Any]) -> MessageEntry:
    """The entry that an item holds; a fact that it lacks is a fault, never a default."""
    return MessageEntry(
        message_id=item["message_id"]["S"],
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        replays=int(item["replays"]["N"]),
        ignored=item["ignored"]["S"],
        studies={Uid(uid): _outcome(one["M"]) for uid, one in item["studies"]["M"].items()},
        kind=MessageKind(item["kind"]["S"]),
        sender=item["sender"]["S"],
        validated_at=datetime.fromisoformat(item["validated_at"]["S"])
        if "validated_at" in item
        else None,
        override=int(item["override"]["N"]),
        history=tuple(
            Event(Uid(one["M"]["study"]["S"]), _outcome(one["M"]), int(one["M"]["replay"]["N"]))
            for one in item["history"]["L"]
        ),
        held=item["held"]["S"] if "held" in item else "",
    )
