"""Contexts of pages in the table of sessions: key (tenant, context), forgotten at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.aws.sessions import DynamoSessions

if TYPE_CHECKING:
    from datetime import datetime


class DynamoContexts(DynamoSessions):
    """Implements ``consultation.contexts.ContextStore`` for one tenant."""

    def claim(self, key: str, name: str, value: str, ends_at: datetime) -> bool:
        """Add one fact to a record that is there without it: of several writers one does."""
        with storage("contexts update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key=self._key(key),
                    UpdateExpression="SET #name = :value, ends_at = :end",
                    ConditionExpression="attribute_exists(tenant) AND attribute_not_exists(#name)",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={
                        ":value": {"S": value},
                        ":end": {"N": str(int(ends_at.timestamp()))},
                    },
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def keep(self, key: str, name: str, value: str) -> None:
        """Put one fact into a record that is there, in the place of the former one."""
        with storage("contexts update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key=self._key(key),
                    UpdateExpression="SET #name = :value",
                    ConditionExpression="attribute_exists(tenant)",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={":value": {"S": value}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
