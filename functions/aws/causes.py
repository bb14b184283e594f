"""The causes of a tenant in DynamoDB: key (tenant, item), several items changed together."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.operations.causes import Cause, Member, News
from functions.drimbox.wording.held import HELD_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Another write of one of the items came first, or is under way.
_CONFLICTS: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict", "None"})
_BUSY: Final = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


class DynamoCauses:
    """Implements ``operations.causes.CauseStore`` for one tenant; ``kind`` keeps outages apart."""

    def __init__(self, table: str, tenant: str, kind: str = "cause") -> None:
        self._table = table
        self._tenant = tenant
        self._kind = kind

    def member(self, name: str) -> Member:
        """Read consistently; one of revision 0 when never held."""
        item = self._get(f"held#{name}")
        if item is None:
            return Member(name)
        owes = tuple(reason["S"] for reason in item["owes"]["L"])
        return Member(name, int(item["revision"]["N"]), item["reason"]["S"], owes)

    def cause(self, reason: str) -> Cause:
        """Read consistently; one of revision 0 when there never was one."""
        item = self._get(self._name(reason))
        return Cause(reason) if item is None else _cause(reason, item)

    def move(self, member: Member, causes: Sequence[Cause]) -> bool:
        """Store all of them, or none if another writer was faster."""
        moved = {
            "reason": {"S": member.reason},
            "owes": {"L": [{"S": reason} for reason in member.owes]},
        }
        puts = [self._put(f"held#{member.name}", member.revision, moved)]
        puts += [self._put(self._name(one.reason), one.revision, _item(one)) for one in causes]
        with storage("causes move"):
            try:
                clients.dynamodb().transact_write_items(
                    TransactItems=[{"Put": put} for put in puts]  # type: ignore[typeddict-item]
                )
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                if reasons and {one.get("Code", "None") for one in reasons} <= _CONFLICTS:
                    return False
                raise
        return True

    def put(self, cause: Cause) -> bool:
        """Store the cause unless another writer was faster."""
        with storage("causes put"):
            try:
                clients.dynamodb().put_item(
                    **self._put(self._name(cause.reason), cause.revision, _item(cause))
                )
            except ClientError as error:
                if code_of(error) in _BUSY:
                    return False
                raise
        return True

    def all(self) -> tuple[Cause, ...]:
        """Every cause that there is or was, by reason."""
        own = self._name("")
        return tuple(_cause(item["item"]["S"].removeprefix(own), item) for item in self._items(own))

    def _items(self, beginning: str) -> Iterator[dict[str, Any]]:
        """Page by page: an ended cause is kept, so that structures that have left add to them."""
        asked: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "tenant = :tenant AND begins_with(#item, :beginning)",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {
                ":tenant": {"S": self._tenant},
                ":beginning": {"S": beginning},
            },
            "Limit": 2 * len(HELD_REASONS),  # one for each reason, and those of former versions
            "ConsistentRead": True,
        }
        while asked:
            with storage("causes query"):
                answer = clients.dynamodb().query(**asked)
            yield from answer["Items"]
            last = answer.get("LastEvaluatedKey")
            asked = {**asked, "ExclusiveStartKey": last} if last else {}

    def _name(self, reason: str) -> str:
        return f"{self._kind}#{reason}"

    def _get(self, name: str) -> dict[str, Any] | None:
        with storage("causes get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(name), ConsistentRead=True
            )
        return answer.get("Item")

    def _put(self, name: str, revision: int, facts: dict[str, Any]) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**self._key(name), **facts, "revision": {"N": str(revision + 1)}},
            "ConditionExpression": "attribute_not_exists(revision)",
        }
        if revision:
            put["ConditionExpression"] = "revision = :seen"
            put["ExpressionAttributeValues"] = {":seen": {"N": str(revision)}}
        return put

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "item": {"S": name}}


def _item(cause: Cause) -> dict[str, Any]:
    item: dict[str, Any] = {
        "count": {"N": str(cause.count)},
        "told": {"S": cause.told or ""},
        "claim": {"S": cause.claim},
    }
    for name, at in (("since", cause.since), ("claimed_at", cause.claimed_at)):
        if at is not None:
            item[name] = {"S": at.isoformat()}
    return item


def _cause(reason: str, item: dict[str, Any]) -> Cause:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(item[name]["S"]) if name in item else None

    told = item["told"]["S"]
    return Cause(
        reason=reason,
        revision=int(item["revision"]["N"]),
        count=int(item["count"]["N"]),
        since=moment("since"),
        told=News(told) if told else None,
        claim=item["claim"]["S"],
        claimed_at=moment("claimed_at"),
    )
