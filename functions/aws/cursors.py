"""Pages of the index ``by_state``: a page's end is an opaque cursor that the caller sends to
continue.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox import strict_json
from functions.drimbox.errors import BadRequest
from functions.drimbox.values import frozen


@frozen
class Page:
    """``next`` continues the listing, None at its end."""

    items: list[dict[str, Any]]
    next: str | None


def query(
    table: str,
    tenant_state: str,
    *,
    limit: int,
    after: str | None,
    key: tuple[str, str],
    between: tuple[str, str],
    oldest_first: bool = False,
) -> Page:
    """A page of one tenant's items in one state, latest change first, or the other way round.

    ``key`` is the table's sort key and the tenant; ``between`` bounds ``changed_at``. BadRequest
    for a cursor that was not given here.
    """
    sort_key, tenant = key
    asked: dict[str, Any] = {
        "TableName": table,
        "IndexName": "by_state",
        "KeyConditionExpression": "tenant_state = :state AND changed_at BETWEEN :since AND :until",
        "ExpressionAttributeValues": {
            ":state": {"S": tenant_state},
            ":since": {"S": between[0]},
            ":until": {"S": between[1]},
        },
        "ScanIndexForward": oldest_first,
        "Limit": limit,
    }
    if after is not None:
        named, changed_at = read_position(after)
        if not between[0] <= changed_at <= between[1]:
            raise BadRequest("after")
        # Only the position comes from the caller: tenant and state are always our own.
        asked["ExclusiveStartKey"] = {
            "tenant": {"S": tenant},
            sort_key: {"S": named},
            "tenant_state": {"S": tenant_state},
            "changed_at": {"S": changed_at},
        }
    with storage("index query"):
        answer = clients.dynamodb().query(**asked)
    last = answer.get("LastEvaluatedKey")
    position = json.dumps([last[sort_key]["S"], last["changed_at"]["S"]]) if last else ""
    return Page(
        answer["Items"], base64.urlsafe_b64encode(position.encode()).decode() if last else None
    )


def read_position(text: str) -> tuple[str, str]:
    """The key and the time that a cursor names; BadRequest for a text that is no cursor of ours."""
    try:
        named, changed_at = strict_json.read(base64.urlsafe_b64decode(text))
        if not isinstance(named, str):
            raise TypeError("position")
        datetime.fromisoformat(changed_at)
    except (ValueError, TypeError):
        raise BadRequest("after") from None
    return named, str(changed_at)
