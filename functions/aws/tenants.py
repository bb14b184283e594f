"""The tenants' files, items of the table ``tenants`` (decision 0081).

A process keeps the files that it read for a minute; while the table does not answer it goes on with
them, for some hours: a file says nothing that changes from hour to hour.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients, logging
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import Absent, ConfigurationError, StorageUnavailable
from functions.drimbox.tenants.model import SLUG, Tenant
from functions.drimbox.tenants.reading import read_tenant
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

# In seconds. A changed tenant is followed within the first one.
TTL: Final = 60.0
# While the table does not answer, a file serves that was read this long ago at most...
STALE: Final = 12 * 3600.0
# ... but lets an operator in for no longer than this: it may have named one who is none any more.
STALE_RIGHTS: Final = 15 * 60.0
# The table is asked again after this long: each request that asks waits for it.
AGAIN: Final = 10.0
_ITEM: Final = "file"
_CONFLICT: Final = "ConditionalCheckFailedException"


@frozen
class _Read:
    """A file, when it was read, and when it is to be read again, by the monotonic clock."""

    tenant: Tenant
    at: float
    due_at: float


_read: dict[str, _Read] = {}


def every(table: str) -> Iterator[tuple[str, Tenant | None]]:
    """The slug of every tenant, and its file, None where it is wrong."""
    with storage("tenants scan"):
        pages = clients.dynamodb().get_paginator("scan").paginate(TableName=table)
        items = [item for page in pages for item in page["Items"]]
    for item in items:
        slug = item["tenant"]["S"]
        try:
            yield slug, _read_of(slug, item["content"]["S"])
        except ConfigurationError:
            yield slug, None


def find(table: str, tenant: str, *, stale: float = STALE) -> Tenant:
    """The tenant of that slug; Absent when there is none (also for a text that is not a slug).

    While the table is away, a file serves that was read ``stale`` seconds ago at most.
    """
    if not SLUG.fullmatch(tenant):
        raise Absent("tenant")
    now, known = time.monotonic(), _read.get(tenant)
    if known is not None and now < known.due_at and now - known.at <= stale:
        return known.tenant
    try:
        content = _content(table, tenant)
    except StorageUnavailable as error:
        if known is None or now - known.at > stale:
            raise
        logging.warning("the tenant's last file serves", tenant=tenant, detail=error.detail)
        _read[tenant] = replace(known, due_at=now + AGAIN)
        return known.tenant
    if content is None:
        _read.pop(tenant, None)
        raise Absent("tenant")
    found = _read_of(tenant, content)
    _read[tenant] = _Read(found, now, now + TTL)
    return found


def _read_of(tenant: str, content: str) -> Tenant:
    """The file of that tenant: another one's would open that one's stores."""
    found = read(content)
    if found.tenant != tenant:
        raise ConfigurationError("the file is another tenant's")
    return found


def read(content: str) -> Tenant:
    """The tenant of a file (JSON); ConfigurationError where the file is wrong."""
    try:
        facts = json.loads(content)
    except ValueError:
        raise ConfigurationError("the tenant's file is not JSON") from None
    if not isinstance(facts, dict):
        raise ConfigurationError("the tenant's file is no JSON object")
    return read_tenant(facts)


class TenantFiles:
    """The table as the function writes it that the tenants' stacks ask. A file belongs to the
    ``stack`` (its identifier) that wrote it: a second stack of the same tenant, and the undoing of
    its failed creation, change nothing.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def put(self, tenant: str, content: str, stack: str) -> None:
        """Keep the file, in the former one's place.

        Raises ConfigurationError where no function could read it, or it is another tenant's, or
        another stack wrote the former one.
        """
        _read_of(tenant, content)
        item = {**_key(tenant), "content": {"S": content}, "stack": {"S": stack}}
        with storage("tenant put"):
            try:
                clients.dynamodb().put_item(TableName=self._table, Item=item, **_owned_by(stack))
                return
            except ClientError as error:
                if code_of(error) != _CONFLICT:
                    raise
        raise ConfigurationError("the tenant is another stack's")

    def remove(self, tenant: str, stack: str) -> None:
        """The tenant is none any more, unless its file is another stack's."""
        with storage("tenant delete"):
            try:
                clients.dynamodb().delete_item(
                    TableName=self._table, Key=_key(tenant), **_owned_by(stack)
                )
            except ClientError as error:
                if code_of(error) != _CONFLICT:
                    raise


def _owned_by(stack: str) -> dict[str, Any]:
    """The condition: nothing is there, or that stack wrote it."""
    return {
        "ConditionExpression": "attribute_not_exists(#stack) OR #stack = :stack",
        "ExpressionAttributeNames": {"#stack": "stack"},
        "ExpressionAttributeValues": {":stack": {"S": stack}},
    }


def _content(table: str, tenant: str) -> str | None:
    with storage("tenant get"):
        answer = clients.dynamodb().get_item(TableName=table, Key=_key(tenant))
    item = answer.get("Item")
    return None if item is None else item["content"]["S"]


def _key(tenant: str) -> dict[str, Any]:
    return {"tenant": {"S": tenant}, "item": {"S": _ITEM}}
