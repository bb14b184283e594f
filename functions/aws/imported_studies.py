"""The studies that a tenant imported, in DynamoDB: key (tenant, study_instance_uid)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.aws.revisions import read_item, read_items
from functions.drimbox.oid import Uid
from functions.drimbox.publication.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class DynamoImportedStudies:
    """Implements ``publication.imported.ImportedStudies`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, study_instance_uid: Uid) -> Imported | None:
        """Read consistently; None for a study that was never imported."""
        item = read_item(self._table, self._key(study_instance_uid), "imports")
        return None if item is None else _read(item)

    def several(self, studies: Iterable[Uid]) -> Mapping[Uid, Imported]:
        """Those of these studies that were imported."""
        keys = [self._key(study) for study in dict.fromkeys(studies)]
        found = map(_read, read_items(self._table, keys, "imports"))
        return {one.study_instance_uid: one for one in found}

    def add(self, imported: Imported) -> bool:
        """Remember it, unless it is known."""
        item = self._key(imported.study_instance_uid) | {
            "site": {"S": imported.site},
            "at": {"S": imported.at.isoformat()},
        }
        with storage("imports put"):
            try:
                clients.dynamodb().put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(tenant)",
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def end(self, study_instance_uid: Uid) -> None:
        """Note that an import of it has ended whole, where it is remembered."""
        with storage("imports update"):
            try:
                clients.dynamodb().update_item(
                    TableName=self._table,
                    Key=self._key(study_instance_uid),
                    UpdateExpression="SET #whole = :whole",
                    ConditionExpression="attribute_exists(tenant)",
                    ExpressionAttributeNames={"#whole": "whole"},
                    ExpressionAttributeValues={":whole": {"BOOL": True}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def forget(self, study_instance_uid: Uid) -> None:
        """Forget a study of which nothing was sent."""
        with storage("imports delete"):
            clients.dynamodb().delete_item(TableName=self._table, Key=self._key(study_instance_uid))

    def release(self, imported: Imported) -> bool:
        """Forget the study, unless it is remembered otherwise by now."""
        with storage("imports release"):
            try:
                clients.dynamodb().delete_item(
                    TableName=self._table,
                    Key=self._key(imported.study_instance_uid),
                    ConditionExpression="site = :site AND #at = :at",
                    ExpressionAttributeNames={"#at": "at"},
                    ExpressionAttributeValues={
                        ":site": {"S": imported.site},
                        ":at": {"S": imported.at.isoformat()},
                    },
                )
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def _key(self, study: Uid) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "study_instance_uid": {"S": study}}


def _read(item: Mapping[str, Any]) -> Imported:
    return Imported(
        Uid(item["study_instance_uid"]["S"]),
        item["site"]["S"],
        datetime.fromisoformat(item["at"]["S"]),
        whole="whole" in item,
    )
