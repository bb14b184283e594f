"""One item, one writer at a time: read consistently, stored only over the revision read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

# The most items of one read (BatchGetItem).
_BATCH: Final = 100


def read_item(table: str, key: dict[str, Any], place: str) -> dict[str, Any] | None:
    """The item, read consistently; ``place`` names it in a failure. Raises StorageUnavailable."""
    with storage(f"{place} get"):
        answer = clients.dynamodb().get_item(TableName=table, Key=key, ConsistentRead=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item


def read_items(table: str, keys: Sequence[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    """Those of these items that are there, in any order, read consistently; no key twice.

    Raises StorageUnavailable, also where the table gives a part of them alone.
    """
    found: list[dict[str, Any]] = []
    for at in range(0, len(keys), _BATCH):
        asked: Any = {table: {"Keys": keys[at : at + _BATCH], "ConsistentRead": True}}
        with storage(f"{place} several"):
            answer = clients.dynamodb().batch_get_item(RequestItems=asked)
        if answer.get("UnprocessedKeys"):
            raise StorageUnavailable(f"the table gives a part of the {place}")
        found += answer["Responses"].get(table, ())
    return found


def put_over(table: str, item: dict[str, Any], revision: int, place: str) -> bool:
    """Store ``item`` as the revision after ``revision`` (0: it is not there yet).

    False when another writer was faster. Raises StorageUnavailable.
    """
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(revision)"}
    if revision:
        condition = {
            "ConditionExpression": "revision = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(revision)}},
        }
    numbered = {**item, "revision": {"N": str(revision + 1)}}
    with storage(f"{place} put"):
        try:
            clients.dynamodb().put_item(TableName=table, Item=numbered, **condition)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
    return True
