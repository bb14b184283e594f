"""The traits that reports gave for each INS, in DynamoDB: key (tenant, keyed hash of the INS)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import tenant_secrets
from functions.aws.revisions import put_over, read_item
from functions.drimbox.publication.known_traits import KnownTraits
from functions.drimbox.publication.ports import KnownPatient

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        # An item of an earlier release has one set.
        others = item["others"]["L"] if "others" in item else ()
        return KnownPatient(
            key,
            int(item["revision"]["N"]),
            _traits(item["traits"]),
            tuple(_traits(one) for one in others),
        )

    def put(self, patient: KnownPatient) -> bool:
        """Store unless another writer was faster."""
        item = self._key(patient.key) | {
            "traits": _item(patient.traits),
            "others": {"L": [_item(one) for one in patient.others]},
        }
        return put_over(self._table, item, patient.revision, "patients")

    def _key(self, key: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "patient": {"S": key}}


def _item(traits: Mapping[str, str]) -> dict[str, Any]:
    return {"M": {trait: {"S": mark} for trait, mark in traits.items()}}


def _traits(item: Mapping[str, Any]) -> dict[str, str]:
    return {trait: mark["S"] for trait, mark in item["M"].items()}


def known_traits(table: str, bucket: str, tenant: str) -> KnownTraits:
    """The tenant's patients, with its own secret, which ``bucket`` holds."""
    secret = tenant_secrets.text(bucket, tenant, tenant_secrets.TRAITS)
    return KnownTraits(DynamoKnownPatients(table, tenant), secret.encode())
