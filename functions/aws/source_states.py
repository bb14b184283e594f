"""The states of other DRIMboxes in DynamoDB: items of the table ``health``, for all tenants.

They are nobody's: their tenant is ``*``, which is no slug. The key is a hash, since a prefix is a
text from elsewhere.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.aws.revisions import put_over, read_item
from functions.drimbox.peers.source_states import KeptState, SeenHost, SourceState, fairly

if TYPE_CHECKING:
    from functions.drimbox.peers.source_address import SourceAddress
    from functions.drimbox.ports import Clock

# DynamoDB deletes an item that nobody has changed for that long.
_FORGOTTEN: Final = timedelta(days=1)
# Pages of the table, a megabyte each, that one look of an operator reads.
_PAGES: Final = 5
_DATES: Final = ("since", "answered_at", "asked_at")


class DynamoSourceStates:
    """Implements ``peers.source_states.StateStore``."""

    def __init__(self, table: str, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, address: SourceAddress) -> KeptState:
        """Read consistently; revision 0 when nothing is known."""
        item = read_item(self._table, _key(address), "source states")
        if item is None:
            return KeptState()
        dates = {one: datetime.fromisoformat(item[one]["S"]) for one in _DATES if one in item}
        state = SourceState(item["state"]["S"]) if "state" in item else None
        return KeptState(int(item["revision"]["N"]), state, **dates)

    def put(self, address: SourceAddress, kept: KeptState) -> bool:
        """Store unless another writer was faster; False then."""
        dates = {one: getattr(kept, one) for one in _DATES}
        ends_at = self._clock.now() + _FORGOTTEN
        item: dict[str, Any] = {
            **_key(address),
            "host": {"S": address.host},
            "ends_at": {"N": str(int(ends_at.timestamp()))},
            **({"state": {"S": kept.state}} if kept.state is not None else {}),
            **{one: {"S": date.isoformat()} for one, date in dates.items() if date},
        }
        return put_over(self._table, item, kept.revision, "source states")

    def seen(self) -> tuple[SeenHost, ...]:
        """The sites that were asked of late, no host more often than others may be."""
        with storage("source states query"):
            pages = (
                clients.dynamodb()
                .get_paginator("query")
                .paginate(
                    TableName=self._table,
                    KeyConditionExpression="tenant = :all AND begins_with(service, :source)",
                    ExpressionAttributeValues={":all": {"S": "*"}, ":source": {"S": "source#"}},
                )
            )
            items = [item for page in islice(pages, _PAGES) for item in page["Items"]]
        return fairly(
            SeenHost(
                item["host"]["S"],
                SourceState(item["state"]["S"]),
                *(datetime.fromisoformat(item[one]["S"]) for one in ("since", "answered_at")),
            )
            for item in items
            if "state" in item
        )


def _key(address: SourceAddress) -> dict[str, Any]:
    name = hashlib.sha256(f"{address.authority}{address.prefix}".encode()).hexdigest()
    return {"tenant": {"S": "*"}, "service": {"S": f"source#{name}"}}
