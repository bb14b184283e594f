"""DynamoDB and Secrets Manager: moto's rules, made durable by a journal.

Only operations of the table below are served. Those that write run one at a time; when they
succeed, their request is in the journal before its answer leaves.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.aws.emulator import Emulator, EmulatorError
from infra.local.aws.endpoint import json_error
from infra.local.aws.journal import Journal
from infra.local.aws.web import Request, Response

READ: Final = False
WRITE: Final = True

# Operation -> whether it changes what has to survive. Tables themselves come from the
# templates: no operation creates or removes one.
OPERATIONS: Final[Mapping[str, Mapping[str, bool]]] = {
    "dynamodb": {
        "BatchGetItem": READ,
        "BatchWriteItem": WRITE,
        "DeleteItem": WRITE,
        "GetItem": READ,
        "ListTables": READ,
        "PutItem": WRITE,
        "Query": READ,
        "Scan": READ,
        "TransactWriteItems": WRITE,
        "UpdateItem": WRITE,
    },
    "secretsmanager": {"GetSecretValue": READ, "PutSecretValue": WRITE},
}
# Versions of a secret that a restart keeps: AWSCURRENT and AWSPREVIOUS.
SECRET_VERSIONS: Final = 2
_DELETE_ITEM: Final = "DynamoDB_20120810.DeleteItem"


@dataclass(frozen=True, slots=True)
class Expiry:
    """A table whose items end at the time (seconds since 1970) in ``attribute``."""

    table: str
    attribute: str
    keys: tuple[str, ...]


class Records:
    """The two services. ``tables`` holds moto's tables by name; ``restore`` comes first."""

    def __init__(
        self,
        emulator: Emulator,
        journal: Journal,
        tables: Mapping[str, Any],
        expiries: tuple[Expiry, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._emulator = emulator
        self._journal = journal
        self._tables = tables
        self._expiries = expiries
        self._now = now
        self._lock = threading.Lock()

    def service(self, name: str) -> Callable[[Request, bytes], Response]:
        """The service ``name`` as the endpoint calls it."""
        operations = OPERATIONS[name]

        def answer(request: Request, body: bytes) -> Response:
            target = request.header("X-Amz-Target") or ""
            writes = operations.get(target.rpartition(".")[2])
            if writes is None:
                return json_error(400, "UnknownOperationException", "Not served here")
            with self._lock:
                response = self._emulator.forward(request, body)
                if writes and response.status == 200:
                    self._journal.append({"service": name, "target": target, "body": body.decode()})
            return response

        return answer

    def restore(self) -> int:
        """Bring back what the journal holds, then compact it; the number of changes replayed.

        Raises:
            EmulatorError: a change that once succeeded does not any more.
        """
        kept: list[Mapping[str, Any]] = []
        for entry in self._journal.snapshot():
            if "item" in entry:
                table = self._tables.get(entry["table"])
                # A table that the template lost keeps its items until it comes back.
                if table is None:
                    kept.append(entry)
                else:
                    table.put_item(entry["item"])
            else:
                self._replay(entry, kept)
        replayed = 0
        for entry in self._journal.changes():
            self._replay(entry, kept)
            replayed += 1
        self._journal.compact([*_latest_secrets(kept), *self._items()])
        return replayed

    def expire(self) -> int:
        """Delete the items whose time has passed; how many (DynamoDB "Time to Live")."""
        deleted = 0
        for expiry in self._expiries:
            for key in list(self._expired(expiry)):
                body = json.dumps({"TableName": expiry.table, "Key": key})
                with self._lock:
                    self._emulator.create("dynamodb", _DELETE_ITEM, json.loads(body))
                    self._journal.append(
                        {"service": "dynamodb", "target": _DELETE_ITEM, "body": body}
                    )
                deleted += 1
        return deleted

    def _replay(self, entry: Mapping[str, Any], kept: list[Mapping[str, Any]]) -> None:
        response = self._emulator.call(entry["service"], entry["target"], entry["body"])
        if response.status != 200:
            error = response.body if isinstance(response.body, bytes) else b""
            if b"ResourceNotFoundException" not in error:
                raise EmulatorError(f"{entry['target']} of the journal does not succeed any more")
            kept.append(entry)
        elif entry["service"] == "secretsmanager":
            kept.append(entry)

    def _items(self) -> Iterator[Mapping[str, Any]]:
        for name, table in self._tables.items():
            for item in table.all_items():
                yield {"table": name, "item": _as_json(item.to_json()["Attributes"])}

    def _expired(self, expiry: Expiry) -> Iterator[dict[str, Any]]:
        now = self._now()
        with self._lock:
            items = [
                _as_json(item.to_json()["Attributes"])
                for item in self._tables[expiry.table].all_items()
            ]
        for item in items:
            ends = item.get(expiry.attribute, {}).get("N")
            if ends is not None and float(ends) < now:
                yield {key: item[key] for key in expiry.keys}


def _as_json(value: Any) -> Any:
    """An item's attributes as DynamoDB's clients send them: binary values in base64.

    moto gives those inside maps and lists as bytes; it takes all of them in base64.
    """
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {key: _as_json(one) for key, one in value.items()}
        case list():
            return [_as_json(one) for one in value]
        case _:
            return value


def _latest_secrets(entries: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last versions of each secret, in their order; entries of other services unchanged."""
    kept: list[Mapping[str, Any]] = []
    seen: dict[str, int] = {}
    for entry in reversed(entries):
        if entry.get("service") == "secretsmanager":
            secret = str(json.loads(entry["body"]).get("SecretId"))
            seen[secret] = seen.get(secret, 0) + 1
            if seen[secret] > SECRET_VERSIONS:
                continue
        kept.append(entry)
    kept.reverse()
    return kept
