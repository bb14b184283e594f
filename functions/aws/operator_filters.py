"""The operators' filters in DynamoDB: key (tenant, item), one item for each operator."""

from __future__ import annotations

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.operations.filters import Filters


class DynamoFilters:
    """Implements ``operations.filters.FilterStore`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, owner: str) -> Filters:
        """Read consistently; none of revision 0 for an operator who never kept any."""
        with storage("filters get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(owner), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return Filters(owner)
        return Filters(
            owner,
            revision=int(item["revision"]["N"]),
            named={
                name: {key: text["S"] for key, text in one["M"].items()}
                for name, one in item["named"]["M"].items()
            },
        )

    def put(self, filters: Filters) -> bool:
        """Store if nobody was faster; False otherwise."""
        item: dict[str, Any] = {
            **self._key(filters.owner),
            "revision": {"N": str(filters.revision + 1)},
            "named": {
                "M": {
                    name: {"M": {key: {"S": text} for key, text in one.items()}}
                    for name, one in filters.named.items()
                }
            },
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(revision)"}
        if filters.revision:
            condition = {
                "ConditionExpression": "revision = :seen",
                "ExpressionAttributeValues": {":seen": {"N": str(filters.revision)}},
            }
        with storage("filters put"):
            try:
                clients.dynamodb().put_item(TableName=self._table, Item=item, **condition)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def _key(self, owner: str) -> dict[str, Any]:
        # A certificate's subject may be longer than a key.
        named = hashlib.sha256(owner.encode()).hexdigest()
        return {"tenant": {"S": self._tenant}, "item": {"S": f"filters#{named}"}}
