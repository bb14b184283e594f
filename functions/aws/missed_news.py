"""The news that sites' addresses missed, in DynamoDB: key (tenant, ``missed#<time>#<message>``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.webhook.missed import KEPT, Missed

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "missed#"


class DynamoMissedNews:
    """Implements ``webhook.missed.MissedNews`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def add(self, missed: Missed) -> None:
        """Its key is made of message and time: a second one is the same item."""
        facts: dict[str, Any] = {
            "refused": {"BOOL": missed.refused},
            "ends_at": {"N": str(int((missed.at + KEPT).timestamp()))},
        }
        with storage("missed put"):
            clients.dynamodb().put_item(TableName=self._table, Item={**self._key(missed), **facts})

    def remove(self, missed: Missed) -> None:
        """Delete the item, if it is there."""
        with storage("missed delete"):
            clients.dynamodb().delete_item(TableName=self._table, Key=self._key(missed))

    def latest(self, limit: int, now: datetime) -> tuple[Missed, ...]:
        """The key begins with the time; DynamoDB deletes what has ended some days late."""
        with storage("missed query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND #item BETWEEN :since AND :end",
                ExpressionAttributeNames={"#item": "item"},
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":since": {"S": f"{_PREFIX}{_time(now - KEPT)}"},
                    ":end": {"S": f"{_PREFIX}~"},
                },
                ScanIndexForward=False,
                Limit=limit,
            )
        return tuple(map(_read, answer["Items"]))

    def _key(self, missed: Missed) -> dict[str, Any]:
        name = f"{_PREFIX}{_time(missed.at)}#{missed.message_id}"
        return {"tenant": {"S": self._tenant}, "item": {"S": name}}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _read(item: Mapping[str, Any]) -> Missed:
    _, at, message_id = item["item"]["S"].split("#", 2)
    return Missed(message_id, datetime.fromisoformat(at), item["refused"]["BOOL"])
