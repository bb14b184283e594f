"""The last findings on the structures' certificates, in DynamoDB: key (tenant, certificate); and
where the last check stopped, an item of the tenant ``*``, which is nobody's slug.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Fault,
    Found,
    Judgement,
    Use,
)

# The check runs every few minutes: an older item is of a structure that is declared no more.
_FORGOTTEN: Final = timedelta(days=2)
_TEXTS: Final = ("subject", "issuer", "serial_number", "sha256")
_DATES: Final = ("not_before", "not_after")


class DynamoFoundCertificates:
    """Implements ``certificate_findings.FoundCertificates`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, holder: str, use: Use) -> Found | None:
        """The last finding, None before the first check."""
        with storage("certificates get"):
            answer = clients.dynamodb().get_item(
                TableName=self._table, Key=self._key(holder, use), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return None
        fault = Fault(item["fault"]["S"]) if "fault" in item else None
        facts = None
        if "subject" in item:
            facts = CertificateFacts(
                subject=item["subject"]["S"],
                issuer=item["issuer"]["S"],
                serial_number=item["serial_number"]["S"],
                not_before=datetime.fromisoformat(item["not_before"]["S"]),
                not_after=datetime.fromisoformat(item["not_after"]["S"]),
                sha256=item["sha256"]["S"],
            )
        return Found(Judgement(facts, fault), datetime.fromisoformat(item["found_at"]["S"]))

    def put(self, holder: str, use: Use, found: Found) -> None:
        """Keep the finding, in place of the former one."""
        facts, fault = found.judgement.facts, found.judgement.fault
        item: dict[str, Any] = {
            **self._key(holder, use),
            "found_at": {"S": found.at.isoformat()},
            "ends_at": {"N": str(int((found.at + _FORGOTTEN).timestamp()))},
        }
        if fault is not None:
            item["fault"] = {"S": fault}
        if facts is not None:
            item |= {one: {"S": getattr(facts, one)} for one in _TEXTS}
            item |= {one: {"S": getattr(facts, one).isoformat()} for one in _DATES}
        with storage("certificates put"):
            clients.dynamodb().put_item(TableName=self._table, Item=item)

    def _key(self, holder: str, use: Use) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "certificate": {"S": f"{holder}#{use}"}}


class DynamoCheckRound:
    """The tenant whose certificates were judged last: the next check goes on behind it."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._key: dict[str, Any] = {"tenant": {"S": "*"}, "certificate": {"S": "last_judged"}}

    def get(self) -> str:
        """Its slug, "" before the first check."""
        with storage("round get"):
            answer = clients.dynamodb().get_item(TableName=self._table, Key=self._key)
        item = answer.get("Item")
        return "" if item is None else item["slug"]["S"]

    def put(self, slug: str) -> None:
        """Keep it, in the former one's place."""
        item = {**self._key, "slug": {"S": slug}}
        with storage("round put"):
            clients.dynamodb().put_item(TableName=self._table, Item=item)
