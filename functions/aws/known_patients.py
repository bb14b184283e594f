"""What reports have said of each INS, in DynamoDB: key (tenant, keyed hash of the INS)."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients, secrets
from functions.aws.faults import code_of, storage
from functions.drimbox.publication.known_traits import KnownTraits
from functions.drimbox.publication.ports import KnownPatient


class DynamoKnownPatients:
    """Implements ``publication.ports.KnownPatients`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, key: str) -> KnownPatient:
        """Read consistently; one of revision 0 when never seen."""
        with storage("patients get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(key), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return KnownPatient(key)
        traits = {trait: mark["S"] for trait, mark in item["traits"]["M"].items()}
        return KnownPatient(key, int(item["revision"]["N"]), traits)

    def put(self, patient: KnownPatient) -> bool:
        """Store if nobody was faster."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(revision)"}
        if patient.revision:
            condition = {
                "ConditionExpression": "revision = :seen",
                "ExpressionAttributeValues": {":seen": {"N": str(patient.revision)}},
            }
        item = self._key(patient.key) | {
            "revision": {"N": str(patient.revision + 1)},
            "traits": {"M": {trait: {"S": mark} for trait, mark in patient.traits.items()}},
        }
        with storage("patients put"):
            try:
                clients.dynamodb().put_item(TableName=self._table, Item=item, **condition)
            except ClientError as error:
                if code_of(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "patient": {"S": key}}


def known_traits(table: str, secret_prefix: str, tenant: str) -> KnownTraits:
    """The tenant's patients, with the secret that its own stack has generated."""
    secret = secrets.generated(f"{secret_prefix}{tenant}/traits")
    return KnownTraits(DynamoKnownPatients(table, tenant), secret.encode())
