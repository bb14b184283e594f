"""The refused messages in DynamoDB: key (tenant, ``refused#<hour>#<message>#<code>``)."""

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
        facts = {
            "at": {"S": refused.at.astimezone(UTC).isoformat(timespec="microseconds")},
            "sender": {"S": refused.sender},
            "control_id": {"S": refused.control_id},
            "location": {"S": refused.location},
            "ends_at": {"N": str(int((refused.at + KEPT).timestamp()))},
        }
        names = {f"#{name}": name for name in facts}
        with storage("refused update"):
            clients.dynamodb().update_item(
                TableName=self._table,
                Key=self._key(f"{_hour(refused.at)}#{refused.message_id}#{refused.code}"),
                UpdateExpression="SET "
                + ", ".join(f"#{name} = :{name}" for name in facts)
                + " ADD times :one",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    **{f":{name}": value for name, value in facts.items()},
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


def _read(item: Mapping[str, Any]) -> RefusedMessage:
    _, _, message_id, code = item["lookup"]["S"].split("#", 3)
    return RefusedMessage(
        message_id=message_id,
        at=datetime.fromisoformat(item["at"]["S"]),
        sender=item["sender"]["S"],
        control_id=item["control_id"]["S"],
        code=code,
        location=item["location"]["S"],
        times=int(item["times"]["N"]),
    )
