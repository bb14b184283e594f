"""The inbox as a sweep lists it, in S3, and the time of the last sweep, in DynamoDB."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws import clients
from functions.aws.faults import storage

if TYPE_CHECKING:
    from collections.abc import Iterator


class S3Arrivals:
    """Implements ``publication.sweeping.Arrivals`` for one tenant."""

    def __init__(self, bucket: str, tenant: str) -> None:
        self._bucket = bucket
        self._tenant = tenant

    def under(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Page after page of a thousand objects."""
        pages = clients.s3().get_paginator("list_objects_v2")
        own = f"{self._tenant}/"
        with storage("inbox list"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{own}{folder}"):
                for one in page.get("Contents", []):
                    yield one["Key"].removeprefix(own), one["LastModified"]


class DynamoLastSweep:
    """Implements ``publication.sweeping.LastSweep`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._key: dict[str, Any] = {"tenant": {"S": tenant}, "item": {"S": "inbox_swept"}}

    def get(self) -> datetime | None:
        """None before the first sweep."""
        with storage("sweep get"):
            answer = clients.dynamodb().get_item(TableName=self._table, Key=self._key)
        item = answer.get("Item")
        return None if item is None else datetime.fromisoformat(item["swept_at"]["S"])

    def put(self, at: datetime) -> None:
        """Keep it, in the former one's place."""
        item = {**self._key, "swept_at": {"S": at.isoformat()}}
        with storage("sweep put"):
            clients.dynamodb().put_item(TableName=self._table, Item=item)
