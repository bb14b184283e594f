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
        start: Any = {} if after is None else {"ExclusiveStartKey": self._key(_position(after))}
        with storage("refused query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND lookup BETWEEN :since AND :end",
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":since": {"S": _hour(since)},
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


def _position(text: str) -> str:
    """The key that a cursor names: one of this kind, or BadRequest."""
    try:
        named = base64.urlsafe_b64decode(text).decode()
    except ValueError:
        raise BadRequest("after") from None
    if not named.startswith(_PREFIX):
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
