"""The refused messages in DynamoDB: key (tenant, ``refused#<hour>#<message>#<code>``), and the last
refusal of each message: (tenant, ``refusal#<message>``).
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.errors import BadRequest
from functions.drimbox.publication.refused import KEPT, RefusedMessage, RefusedPage

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "refused#"
_LAST: Final = "refusal#"
# Behind every hour of the key.
_END: Final = f"{_PREFIX}~"
# Far longer than any key of ours; DynamoDB takes 1,024 bytes.
_LONGEST_KEY: Final = 256


class DynamoRefusedMessages:
    """Implements ``publication.refused.RefusedMessages`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def note(self, refused: RefusedMessage) -> None:
        """Count one more refusal of this message for this reason."""
        name = f"{_hour(refused.at)}#{refused.message_id}#{refused.code}"
        self._update(name, _facts(refused), " ADD times :one", {":one": {"N": "1"}})

    def keep_last(self, refused: RefusedMessage) -> None:
        """In the place of the former one."""
        facts = {**_facts(refused), "code": {"S": refused.code}, "times": {"N": "1"}}
        self._update(f"{_LAST}{refused.message_id}", facts)

    def last(self, message_id: str) -> RefusedMessage | None:
        """One read, of the whole key."""
        with storage("refusal get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(f"{_LAST}{message_id}")
            )
        item = answer.get("Item")
        return _refused(item, message_id, item["code"]["S"]) if item else None

    def _update(
        self,
        name: str,
        facts: Mapping[str, Any],
        more: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> None:
        with storage("refused update"):
            clients.dynamodb().update_item(
                TableName=self._table,
                Key=self._key(name),
                UpdateExpression="SET " + ", ".join(f"#{one} = :{one}" for one in facts) + more,
                ExpressionAttributeNames={f"#{one}": one for one in facts},
                ExpressionAttributeValues={
                    **{f":{one}": value for one, value in facts.items()},
                    **(values or {}),
                },
            )

    def find(self, since: datetime, *, limit: int, after: str | None) -> RefusedPage:
        """Those since then, latest hour first."""
        first = _hour(since)
        start: Any = {}
        if after is not None:
            start = {"ExclusiveStartKey": self._key(_position(after, first))}
        with storage("refused query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND lookup BETWEEN :since AND :end",
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":since": {"S": first},
                    ":end": {"S": _END},
                },
                ScanIndexForward=False,
                Limit=limit,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        following = (
            base64.urlsafe_b64encode(last["lookup"]["S"].encode()).decode() if last else None
        )
        return RefusedPage(tuple(map(_read, answer["Items"])), following)

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "lookup": {"S": name}}


def _hour(at: datetime) -> str:
    return f"{_PREFIX}{at.astimezone(UTC):%Y-%m-%dT%H}"


def _position(text: str, first: str) -> str:
    """The key that a cursor names: one of this kind, of the hour ``first`` or later; BadRequest
    otherwise. DynamoDB takes no start outside of the listing."""
    try:
        named = base64.urlsafe_b64decode(text).decode()
    except ValueError:
        raise BadRequest("after") from None
    if not first <= named <= _END or len(named) > _LONGEST_KEY:
        raise BadRequest("after")
    return named


def _facts(refused: RefusedMessage) -> dict[str, Any]:
    return {
        "at": {"S": refused.at.astimezone(UTC).isoformat(timespec="microseconds")},
        "sender": {"S": refused.sender},
        "control_id": {"S": refused.control_id},
        "location": {"S": refused.location},
        "ends_at": {"N": str(int((refused.at + KEPT).timestamp()))},
    }


def _read(item: Mapping[str, Any]) -> RefusedMessage:
    _, _, message_id, code = item["lookup"]["S"].split("#", 3)
    return _refused(item, message_id, code)


def _refused(item: Mapping[str, Any], message_id: str, code: str) -> RefusedMessage:
    return RefusedMessage(
        message_id=message_id,
        at=datetime.fromisoformat(item["at"]["S"]),
        sender=item["sender"]["S"],
        control_id=item["control_id"]["S"],
        code=code,
        location=item["location"]["S"],
        times=int(item["times"]["N"]),
    )
