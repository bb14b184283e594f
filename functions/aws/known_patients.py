"""The traits that reports gave for each INS, in DynamoDB: key (tenant, keyed hash of the INS)."""

from __future__ import annotations

from typing import Any

from functions.aws import secrets
from functions.aws.revisions import put_over, read_item
from functions.drimbox.publication.known_traits import KnownTraits
from functions.drimbox.publication.ports import KnownPatient


class DynamoKnownPatients:
    """Implements ``publication.ports.KnownPatients`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, key: str) -> KnownPatient:
        """Read consistently; one of revision 0 when never seen."""
        item = read_item(self._table, self._key(key), "patients")
        if item is None:
            return KnownPatient(key)
        traits = {trait: mark["S"] for trait, mark in item["traits"]["M"].items()}
        return KnownPatient(key, int(item["revision"]["N"]), traits)

    def put(self, patient: KnownPatient) -> bool:
        """Store unless another writer was faster."""
        item = self._key(patient.key) | {
            "traits": {"M": {trait: {"S": mark} for trait, mark in patient.traits.items()}},
        }
        return put_over(self._table, item, patient.revision, "patients")

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "patient": {"S": key}}


def known_traits(table: str, secret_prefix: str, tenant: str) -> KnownTraits:
    """The tenant's patients, with the secret that its own stack has generated."""
    secret = secrets.generated(f"{secret_prefix}{tenant}/traits")
    return KnownTraits(DynamoKnownPatients(table, tenant), secret.encode())
