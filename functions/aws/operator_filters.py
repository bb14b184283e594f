"""The operators' filters in DynamoDB: key (tenant, item), one item for each operator."""

from __future__ import annotations

import hashlib
from typing import Any

from functions.aws.revisions import put_over, read_item
from functions.drimbox.operations.filters import Filters


class DynamoFilters:
    """Implements ``operations.filters.FilterStore`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, owner: str) -> Filters:
        """Read consistently; none of revision 0 for an operator who never kept any."""
        item = read_item(self._table, self._key(owner), "filters")
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
        """Store unless another writer was faster; False otherwise."""
        item: dict[str, Any] = {
            **self._key(filters.owner),
            "named": {
                "M": {
                    name: {"M": {key: {"S": text} for key, text in one.items()}}
                    for name, one in filters.named.items()
                }
            },
        }
        return put_over(self._table, item, filters.revision, "filters")

    def _key(self, owner: str) -> dict[str, Any]:
        # A certificate's subject may be longer than a key.
        named = hashlib.sha256(owner.encode()).hexdigest()
        return {"tenant": {"S": self._tenant}, "item": {"S": f"filters#{named}"}}
