"""One item, one writer at a time: read consistently, stored only over the revision read."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage


def read_item(table: str, key: dict[str, Any], place: str) -> dict[str, Any] | None:
    """The item, read consistently; ``place`` names it in a failure. Raises StorageUnavailable."""
    with storage(f"{place} get"):
        answer = clients.dynamodb().get_item(TableName=table, Key=key, ConsistentRead=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item


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
