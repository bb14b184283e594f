"""The last words of a tenant's agents in DynamoDB: items ``agent#<name>`` of ``health``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.agents.presence import AgentState, PacsSeen

_MARK: Final = "agent#"
# DynamoDB deletes the item of an agent that is silent for so long: its site has another one.
_FORGOTTEN: Final = timedelta(days=90)


class DynamoAgentStates:
    """Implements ``agents.presence.AgentStates`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def all(self) -> tuple[AgentState, ...]:
        """Read consistently; a tenant has a handful."""
        with storage("health query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND begins_with(service, :agents)",
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":agents": {"S": _MARK},
                },
                ConsistentRead=True,
            )
        return tuple(_state(item) for item in answer["Items"])

    def put(self, state: AgentState) -> None:
        """Replace the agent's former one: the last word counts."""
        item: dict[str, Any] = {
            "tenant": {"S": self._tenant},
            "service": {"S": f"{_MARK}{state.name}"},
            "seen_at": {"S": state.seen_at.isoformat()},
            "version": {"S": state.version},
            "protocol": {"N": str(state.protocol)},
            "pacs": {"S": state.pacs},
            "ahead": {"N": str(state.ahead.total_seconds())},
            "spooled": {"N": str(state.spooled)},
            "disk_free": {"N": str(state.disk_free)},
            "enrolled": {"BOOL": state.enrolled},
            "ends_at": {"N": str(int((state.seen_at + _FORGOTTEN).timestamp()))},
        }
        if state.spooled_since is not None:
            item["spooled_since"] = {"S": state.spooled_since.isoformat()}
        with storage("health put"):
            clients.dynamodb().put_item(TableName=self._table, Item=item)

    def forget(self, name: str) -> None:
        """Delete the item, which may not be there."""
        key = {"tenant": {"S": self._tenant}, "service": {"S": f"{_MARK}{name}"}}
        with storage("health delete"):
            clients.dynamodb().delete_item(TableName=self._table, Key=key)


def _state(item: dict[str, Any]) -> AgentState:
    since = item.get("spooled_since")
    return AgentState(
        name=item["service"]["S"].removeprefix(_MARK),
        seen_at=datetime.fromisoformat(item["seen_at"]["S"]),
        version=item["version"]["S"],
        protocol=int(item["protocol"]["N"]),
        pacs=PacsSeen(item["pacs"]["S"]),
        ahead=timedelta(seconds=float(item["ahead"]["N"])),
        spooled=int(item["spooled"]["N"]),
        spooled_since=datetime.fromisoformat(since["S"]) if since else None,
        disk_free=int(item["disk_free"]["N"]),
        enrolled=item.get("enrolled", {}).get("BOOL", False),
    )
