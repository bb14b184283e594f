"""The waits of a tenant in DynamoDB, key (tenant, wait), its ticker, and the ceiling of starts.

``wait#<message>#<study>`` is a wait, ``ticker`` the tenant's ticker. ``starts#<second>`` of the
tenant ``*``, which is no slug, counts the starts of all tenants in that second.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients, entry, logging, metrics
from functions.aws.faults import code_of, storage
from functions.aws.revisions import put_over, read_item
from functions.drimbox.errors import DrimboxError
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step, Waited
from functions.drimbox.publication.waiting.ticker import Probe, Ticker
from functions.drimbox.publication.waiting.wait import Wait

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock

_CONFLICT: Final = "ConditionalCheckFailedException"
_TICKER: Final = "ticker"
_EVERY_TENANT: Final = "*"
# DynamoDB deletes a wait that is so much older than its patience: its tenant is gone.
_FORGOTTEN: Final = timedelta(days=30)
_COUNTED: Final = timedelta(hours=1)
_TIMES: Final = ("since", "due_at", "until")


class DynamoWaits:
    """Implements ``waiting.ticker.Waits`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def put(self, wait: Wait) -> bool:
        """Store it unless a later one of the same message and study stands there."""
        replay, wake = wait.change.replay, wait.change.waited.wake
        with storage("waits put"):
            try:
                clients.dynamodb().put_item(
                    TableName=self._table,
                    Item={**self._key_of(wait), **_facts(wait)},
                    ConditionExpression="attribute_not_exists(#wait) OR replay < :replay"
                    " OR (replay = :replay AND wake <= :wake)",
                    ExpressionAttributeNames={"#wait": "wait"},
                    ExpressionAttributeValues=_numbers(replay, wake),
                )
            except ClientError as error:
                if code_of(error) == _CONFLICT:
                    return False
                raise
        return True

    def all(self) -> tuple[Wait, ...]:
        """Every wait of the tenant, read consistently. One that cannot be read (another release
        wrote it) is told as a fault of ours, left out, and stays.
        """
        return self._found("wait#")

    def of(self, message_id: str) -> tuple[Wait, ...]:
        """The waits of one message, likewise."""
        return self._found(f"wait#{message_id}#")

    def forget(self, wait: Wait) -> None:
        """Delete it unless a later one has taken its place."""
        with storage("waits delete"):
            try:
                clients.dynamodb().delete_item(
                    TableName=self._table,
                    Key=self._key_of(wait),
                    ConditionExpression="replay = :replay AND wake = :wake",
                    ExpressionAttributeValues=_numbers(wait.change.replay, wait.change.waited.wake),
                )
            except ClientError as error:
                if code_of(error) != _CONFLICT:
                    raise

    def ticker(self) -> Ticker:
        """Read consistently; one of number 0 when there never was one. Of one that cannot be read
        the number is left, as if no message were under way.
        """
        item = read_item(self._table, self._key(_TICKER), "waits")
        if item is None:
            return Ticker()
        number = int(item["revision"]["N"])
        try:
            return _ticker(number, item)
        except Exception as error:  # noqa: BLE001  # the next write of the ticker mends it
            _unreadable(self._tenant, item, error)
            return Ticker(number)

    def put_ticker(self, ticker: Ticker) -> bool:
        """Store it as the next number; False when another writer was faster."""
        item: dict[str, Any] = {
            **self._key(_TICKER),
            "probes": {
                "M": {
                    name: {
                        "M": {
                            "count": {"N": str(probe.count)},
                            "not_before": {"S": probe.not_before.isoformat()},
                        }
                    }
                    for name, probe in ticker.probes.items()
                }
            },
        }
        if ticker.due_at is not None:
            item["due_at"] = {"S": ticker.due_at.isoformat()}
        return put_over(self._table, item, ticker.number, "waits")

    def _found(self, prefix: str) -> tuple[Wait, ...]:
        found: list[Wait] = []
        more: dict[str, Any] = {}
        while True:
            with storage("waits query"):
                answer = clients.dynamodb().query(
                    TableName=self._table,
                    KeyConditionExpression="tenant = :tenant AND begins_with(#wait, :prefix)",
                    ExpressionAttributeNames={"#wait": "wait"},
                    ExpressionAttributeValues={
                        ":tenant": {"S": self._tenant},
                        ":prefix": {"S": prefix},
                    },
                    ConsistentRead=True,
                    **more,
                )
            for item in answer["Items"]:
                try:
                    found.append(_wait(self._tenant, item))
                except Exception as error:  # noqa: BLE001  # one wait must not stop the others
                    _unreadable(self._tenant, item, error)
            if "LastEvaluatedKey" not in answer:
                return tuple(found)
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _key_of(self, wait: Wait) -> dict[str, Any]:
        return self._key(_name_of(wait.change))

    def _key(self, name: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "wait": {"S": name}}


class DynamoStarts:
    """Implements ``waiting.waking.Starts``: ``most`` starts a second, of all tenants together."""

    def __init__(self, table: str, most: int, clock: Clock) -> None:
        self._table = table
        self._most = most
        self._clock = clock

    def take(self, wanted: int) -> int:
        """How many of ``wanted`` may be made in this second; they count as made."""
        now, given = self._clock.now(), min(wanted, self._most)
        # Each refusal shows more starts than the room that was asked for left: it ends.
        while given > 0:
            made = self._add(now, given)
            if made is None:
                return given
            given = min(given, self._most - made)
        return 0

    def _add(self, now: datetime, wanted: int) -> int | None:
        """Count so many more in this second; the starts already made where there is no room."""
        with storage("waits update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key={
                        "tenant": {"S": _EVERY_TENANT},
                        "wait": {"S": f"starts#{int(now.timestamp())}"},
                    },
                    UpdateExpression="ADD starts :wanted SET ends_at = :ends_at",
                    ConditionExpression="attribute_not_exists(starts) OR starts <= :room",
                    ExpressionAttributeValues={
                        ":wanted": {"N": str(wanted)},
                        ":room": {"N": str(self._most - wanted)},
                        ":ends_at": {"N": str(int((now + _COUNTED).timestamp()))},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if code_of(error) == _CONFLICT:
                    answer: Any = error.response
                    return int(answer["Item"]["starts"]["N"])
                raise
        return None


def not_started(change: Change, error: Exception) -> None:
    """A change cannot be woken for a reason of its own: it stays, and is tried again."""
    logging.error(
        "not woken",
        tenant=change.tenant,
        message_id=change.message_id,
        study_instance_uid=change.study_instance_uid,
        error=entry.place(error),
        detail=error.detail if isinstance(error, DrimboxError) else "",
    )
    metrics.count("InternalFailures", change.tenant)


def _unreadable(tenant: str, item: dict[str, Any], error: Exception) -> None:
    # The sort key holds the pointers, whatever the item holds.
    _, message, study = f"{item['wait']['S']}##".split("#", 2)
    logging.error(
        "wait unreadable",
        tenant=tenant,
        message_id=message,
        study_instance_uid=study.rstrip("#"),
        error=entry.place(error),
    )
    metrics.count("InternalFailures", tenant)


def _facts(wait: Wait) -> dict[str, Any]:
    change, waited = wait.change, wait.change.waited
    return {
        "message_id": {"S": change.message_id},
        "study_instance_uid": {"S": change.study_instance_uid},
        "replay": {"N": str(change.replay)},
        "override": {"N": str(change.override)},
        "wake": {"N": str(waited.wake)},
        "looks": {"N": str(waited.looks)},
        "step": {"S": wait.at},
        "thing": {"S": wait.thing},
        **{name: {"S": getattr(wait, name).isoformat()} for name in _TIMES},
        **({"not_before": {"S": wait.not_before.isoformat()}} if wait.not_before else {}),
        **({"patience": {"N": str(wait.patience.total_seconds())}} if wait.patience else {}),
        **(_before(waited) if waited.job else {}),
        "ends_at": {"N": str(int((wait.until + _FORGOTTEN).timestamp()))},
    }


def _before(waited: Waited) -> dict[str, Any]:
    """A wait for an agent's answer is a part of the wait before it, which the step goes on with."""
    since = {"waited_since": {"S": waited.since.isoformat()}} if waited.since else {}
    return {"job": {"S": waited.job}, "waited_thing": {"S": waited.thing}, **since}


def _wait(tenant: str, item: dict[str, Any]) -> Wait:
    """Raises any error where this release cannot read the item."""
    times = {name: _time(item[name]["S"]) for name in _TIMES}
    thing = item["thing"]["S"]
    waited = Waited(int(item["wake"]["N"]), thing, int(item["looks"]["N"]), times["since"])
    if "job" in item:
        since = _time(item["waited_since"]["S"]) if "waited_since" in item else None
        before = item["waited_thing"]["S"]
        waited = replace(waited, thing=before, since=since, job=item["job"]["S"])
    change = Change(
        tenant=tenant,
        message_id=item["message_id"]["S"],
        study_instance_uid=Uid(item["study_instance_uid"]["S"]),
        replay=int(item["replay"]["N"]),
        override=int(item["override"]["N"]),
        waited=waited,
    )
    if item["wait"]["S"] != _name_of(change):
        raise ValueError("the key is another change's")  # it would never be forgotten
    not_before = _time(item["not_before"]["S"]) if "not_before" in item else None
    patience = timedelta(seconds=float(item["patience"]["N"])) if "patience" in item else None
    step = Step(item["step"]["S"])
    return Wait(change, step, thing, **times, not_before=not_before, patience=patience)


def _ticker(number: int, item: dict[str, Any]) -> Ticker:
    """Raises any error where this release cannot read the item."""
    return Ticker(
        number=number,
        due_at=_time(item["due_at"]["S"]) if "due_at" in item else None,
        probes={
            name: Probe(int(probe["M"]["count"]["N"]), _time(probe["M"]["not_before"]["S"]))
            for name, probe in item["probes"]["M"].items()
        },
    )


def _name_of(change: Change) -> str:
    return f"wait#{change.message_id}#{change.study_instance_uid}"


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found


def _numbers(replay: int, wake: int) -> dict[str, Any]:
    return {":replay": {"N": str(replay)}, ":wake": {"N": str(wake)}}
