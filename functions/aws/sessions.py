"""Sessions and sign-ins in DynamoDB: key (tenant, session), forgotten by the table at their end."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from functions.aws import clients, tenant_secrets
from functions.aws.faults import code_of, storage
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import Sessions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.aws.settings_protocols import NamesSessions
    from functions.drimbox.identity.session import F
    from functions.drimbox.ports import Clock

_KEYS: Final = frozenset({"tenant", "session", "ends_at"})


def unguessable() -> str:
    """32 random bytes, base64url (43 characters)."""
    return secrets.token_urlsafe(32)


def open_sessions(
    settings: NamesSessions,
    tenant: str,
    clock: Clock,
    kind: type[F],
    *,
    purpose: str,
    whose: str = "",
) -> Sessions[F]:
    """The sessions of one kind of persons at ``tenant``; those of another kind do not open.

    ``purpose`` is the seal's, ``whose`` begins the keys.
    """
    secret = tenant_secrets.text(settings.session_secrets, tenant, tenant_secrets.SESSIONS)
    seal = Seal(secret.encode(), tenant, purpose)
    store = DynamoSessions(settings.sessions_table, tenant)
    return Sessions(store, clock, unguessable, seal, kind, whose=whose)


class DynamoSessions:
    """Implements ``identity.session.SessionStore`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def put(self, key: str, facts: Mapping[str, str], ends_at: datetime) -> None:
        """Keep ``facts``; the table forgets them some time after ``ends_at``."""
        with storage("sessions put"):
            clients.dynamodb().put_item(
                TableName=self._table,
                Item={
                    **self._key(key),
                    **{name: {"S": value} for name, value in facts.items()},
                    "ends_at": {"N": str(int(ends_at.timestamp()))},
                },
            )

    def get(self, key: str) -> dict[str, str] | None:
        """The stored facts, read consistently; None when absent."""
        with storage("sessions get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(key), ConsistentRead=True
            )
        return _facts(answer.get("Item"))

    def note(self, key: str, name: str, value: str) -> None:
        """Change one fact; a session that was ended meanwhile stays ended."""
        with storage("sessions update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key=self._key(key),
                    UpdateExpression="SET #name = :value",
                    ConditionExpression="attribute_exists(#name)",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={":value": {"S": value}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        """Change one fact that is still ``old``: of several writers one does."""
        with storage("sessions update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key=self._key(key),
                    UpdateExpression="SET #name = :new",
                    ConditionExpression="#name = :old",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={":new": {"S": new}, ":old": {"S": old}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def take(self, key: str) -> dict[str, str] | None:
        """Return the stored facts and remove them."""
        with storage("sessions delete"):
            answer = clients.dynamodb().delete_item(
                TableName=self._table, Key=self._key(key), ReturnValues="ALL_OLD"
            )
        return _facts(answer.get("Attributes"))

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "session": {"S": key}}


def _facts(item: Mapping[str, Any] | None) -> dict[str, str] | None:
    if not item:
        return None
    return {name: value["S"] for name, value in item.items() if name not in _KEYS}
