"""The register of a tenant's agents in DynamoDB, key (tenant, agent), and the counts of requests to
enrol.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.aws.revisions import put_over, read_item
from functions.drimbox.enrolment.register import AgentRecord, Invitation, Issued

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock

_AGENT: Final = "agent#"
_TRIES: Final = "tries#"
# DynamoDB deletes the item of an agent that was removed so long ago: its certificates have ended.
_FORGOTTEN: Final = timedelta(days=120)
# Requests are counted in windows of this length.
WINDOW: Final = timedelta(minutes=10)
_DATES: Final = ("invited_at", "enrolled_at", "removed_at")


class DynamoAgentRegister:
    """Implements ``enrolment.register.Register`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, name: str) -> AgentRecord:
        """Read consistently."""
        item = read_item(self._table, self._key(name), "agents")
        return AgentRecord(name) if item is None else _record(item)

    def all(self) -> tuple[AgentRecord, ...]:
        """Read consistently, by name; a tenant has a handful."""
        with storage("agents query"):
            answer = clients.dynamodb().query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant AND begins_with(agent, :agents)",
                ExpressionAttributeValues={
                    ":tenant": {"S": self._tenant},
                    ":agents": {"S": _AGENT},
                },
                ConsistentRead=True,
            )
        return tuple(_record(item) for item in answer["Items"])

    def put(self, record: AgentRecord) -> bool:
        """Store unless another writer was faster; False then."""
        item = {**self._key(record.name), **_facts(record)}
        return put_over(self._table, item, record.revision, "agents")

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "agent": {"S": f"{_AGENT}{name}"}}


class DynamoTries:
    """Implements ``enrolment.enrolling.Tries`` for one tenant; no address is kept as it is."""

    def __init__(self, table: str, tenant: str, clock: Clock) -> None:
        self._table = table
        self._tenant = tenant
        self._clock = clock

    def count(self, who: str) -> int:
        """Those within the present window."""
        window = int(self._clock.now().timestamp() // WINDOW.total_seconds())
        ends = datetime.fromtimestamp((window + 2) * WINDOW.total_seconds(), UTC)
        mark = hashlib.sha256(who.encode()).hexdigest()[:32]
        with storage("agents count"):
            answer = clients.dynamodb().update_item(
                TableName=self._table,
                Key={
                    "tenant": {"S": self._tenant},
                    "agent": {"S": f"{_TRIES}{mark}#{window}"},
                },
                UpdateExpression="ADD tries :one SET ends_at = :ends",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":ends": {"N": str(int(ends.timestamp()))},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["tries"]["N"])


def _facts(record: AgentRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        one: {"S": at.isoformat()} for one in _DATES if (at := getattr(record, one)) is not None
    }
    if record.issued:
        facts["issued"] = {"L": [{"M": _issued_facts(one)} for one in record.issued]}
    invitation = record.invitation
    if invitation is not None:
        facts |= {
            "place": {"S": invitation.place},
            "digest": {"S": invitation.digest},
            "code_ends_at": {"S": invitation.ends_at.isoformat()},
            "tries": {"N": str(invitation.tries)},
        }
    if record.removed_at is not None:
        facts["ends_at"] = {"N": str(int((record.removed_at + _FORGOTTEN).timestamp()))}
    return facts


def _issued_facts(issued: Issued) -> dict[str, Any]:
    return {
        "serial_number": {"S": issued.serial_number},
        "not_before": {"S": issued.not_before.isoformat()},
        "not_after": {"S": issued.not_after.isoformat()},
    }


def _record(item: dict[str, Any]) -> AgentRecord:
    dates: dict[str, Any] = {
        one: datetime.fromisoformat(item[one]["S"]) for one in _DATES if one in item
    }
    invitation = None
    if "digest" in item:
        invitation = Invitation(
            item["place"]["S"],
            item["digest"]["S"],
            datetime.fromisoformat(item["code_ends_at"]["S"]),
            int(item["tries"]["N"]),
        )
    return AgentRecord(
        name=item["agent"]["S"].removeprefix(_AGENT),
        invitation=invitation,
        issued=tuple(_issued(one["M"]) for one in item.get("issued", {"L": []})["L"]),
        revision=int(item["revision"]["N"]),
        **dates,
    )


def _issued(facts: dict[str, Any]) -> Issued:
    return Issued(
        facts["serial_number"]["S"],
        datetime.fromisoformat(facts["not_before"]["S"]),
        datetime.fromisoformat(facts["not_after"]["S"]),
    )
