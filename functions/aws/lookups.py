"""The terms of messages, and their sealed facts, in DynamoDB: key (tenant, lookup).

``term#<mark>#<time>#<message>`` says that a message has a term, ``facts#<message>`` holds its
facts.
"""

from __future__ import annotations

import secrets
from datetime import UTC
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients, tenant_secrets
from functions.aws.faults import storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.sealing import NONCE_BYTES, Seal
from functions.drimbox.publication.finding import PURPOSE, Finder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

# The most items of one write (BatchWriteItem).
_BATCH: Final = 25


class DynamoLookups:
    """Implements ``publication.finding.LookupStore`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def keep(
        self, message_id: str, received_at: datetime, marks: Iterable[str], sealed: str
    ) -> None:
        """Keep the marks of a message and its facts."""
        at = received_at.astimezone(UTC).isoformat(timespec="microseconds")
        items = [self._key(f"term#{mark}#{at}#{message_id}") for mark in marks]
        if sealed:
            items.append(self._key(f"facts#{message_id}") | {"sealed": {"S": sealed}})
        for start in range(0, len(items), _BATCH):
            puts: Any = [{"PutRequest": {"Item": one}} for one in items[start : start + _BATCH]]
            with storage("lookups write"):
                answer = clients.dynamodb().batch_write_item(RequestItems={self._table: puts})
            if answer.get("UnprocessedItems"):
                raise StorageUnavailable("the table takes a part of the lookups")

    def find(self, mark: str, *, limit: int) -> tuple[tuple[str, str], ...]:
        """The messages with that mark, latest first."""
        with storage("lookups query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND begins_with(lookup, :term)",
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":term": {"S": f"term#{mark}#"},
                },
                ScanIndexForward=False,
                Limit=limit,
            )
        places = (item["lookup"]["S"].split("#", 3) for item in answer["Items"])
        return tuple((at, message_id) for _, _, at, message_id in places)

    def sealed(self, message_ids: Collection[str]) -> Mapping[str, str]:
        """The facts of these messages, of those that have any."""
        keys = [self._key(f"facts#{one}") for one in dict.fromkeys(message_ids)]
        with storage("lookups several"):
            answer = clients.dynamodb().batch_get_item(RequestItems={self._table: {"Keys": keys}})
        if answer.get("UnprocessedKeys"):
            raise StorageUnavailable("the table gives a part of the lookups")
        found = answer["Responses"].get(self._table, ())
        return {one["lookup"]["S"].removeprefix("facts#"): str(one["sealed"]["S"]) for one in found}

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "lookup": {"S": name}}


def open_finder(table: str, bucket: str, tenant: str) -> Finder:
    """The tenant's lookups, under its secret for its patients, which ``bucket`` holds."""

    def secret() -> bytes:
        return tenant_secrets.text(bucket, tenant, tenant_secrets.TRAITS).encode()

    @cache
    def seal() -> Seal:
        return Seal(secret(), tenant, PURPOSE)

    return Finder(
        DynamoLookups(table, tenant), secret, seal, partial(secrets.token_bytes, NONCE_BYTES)
    )
