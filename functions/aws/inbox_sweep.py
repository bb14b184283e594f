"""The inbox as a sweep lists it, in S3, and how far the sweeps have come, in DynamoDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.publication.sweeping import Part, Position

if TYPE_CHECKING:
    from collections.abc import Iterator


class S3Arrivals:
    """Implements ``publication.sweeping.Arrivals`` for one tenant."""

    def __init__(self, bucket: str, tenant: str) -> None:
        self._bucket = bucket
        self._tenant = tenant

    def under(self, folder: str, after: str = "") -> Iterator[tuple[str, datetime]]:
        """Page after page of a thousand objects."""
        pages = clients.s3().get_paginator("list_objects_v2")
        own = f"{self._tenant}/"
        begin: dict[str, Any] = {"StartAfter": f"{own}{after}"} if after else {}
        with storage("inbox list"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{own}{folder}", **begin):
                for one in page.get("Contents", []):
                    yield one["Key"].removeprefix(own), one["LastModified"]


class DynamoLastSweep:
    """Implements ``publication.sweeping.LastSweep`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._key: dict[str, Any] = {"tenant": {"S": tenant}, "item": {"S": "inbox_swept"}}

    def get(self) -> Position:
        """That of no sweep before the first one."""
        with storage("sweep get"):
            answer = clients.dynamodb().get_item(TableName=self._table, Key=self._key)
        item = answer.get("Item")
        if item is None:
            return Position()
        facts = {name: one["S"] for name, one in item.items()}
        swept_at = datetime.fromisoformat(facts["swept_at"])
        # The former release kept that alone.
        seen_at = datetime.fromisoformat(facts.get("seen_at", facts["swept_at"]))
        if "began" not in facts:
            return Position(swept_at, seen_at)
        began = datetime.fromisoformat(facts["began"])
        return Position(swept_at, seen_at, Part(began, facts["folder"], facts["after"]))

    def put(self, position: Position) -> None:
        """Keep it, in the former one's place."""
        facts = {
            "swept_at": position.swept_at.isoformat(),
            "seen_at": position.seen_at.isoformat(),
        }
        if (part := position.part) is not None:
            facts |= {"began": part.began.isoformat(), "folder": part.folder, "after": part.after}
        item = {**self._key, **{name: {"S": text} for name, text in facts.items()}}
        with storage("sweep put"):
            clients.dynamodb().put_item(TableName=self._table, Item=item)
