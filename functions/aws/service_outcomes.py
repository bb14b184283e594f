"""The last outcomes of Pro Santé Connect and of the DMP: items of the table ``health``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws.revisions import put_over, read_item
from functions.drimbox.consultation.outcomes import LastOutcome

if TYPE_CHECKING:
    from functions.drimbox.consultation.outcomes import Asked

# DynamoDB deletes an item that nobody has changed for that long.
_FORGOTTEN: Final = timedelta(days=1)


class DynamoOutcomes:
    """Implements ``consultation.outcomes.OutcomeStore`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, service: Asked) -> LastOutcome | None:
        """Read consistently; None when none is known."""
        item = read_item(self._table, self._key(service), "outcomes")
        if item is None:
            return None
        since, at = (datetime.fromisoformat(item[one]["S"]) for one in ("since", "at"))
        return LastOutcome(item["answered"]["BOOL"], since, at, int(item["revision"]["N"]))

    def put(self, service: Asked, outcome: LastOutcome) -> bool:
        """Store unless another writer was faster; False then."""
        item: dict[str, Any] = {
            **self._key(service),
            "answered": {"BOOL": outcome.answered},
            "since": {"S": outcome.since.isoformat()},
            "at": {"S": outcome.at.isoformat()},
            "ends_at": {"N": str(int((outcome.at + _FORGOTTEN).timestamp()))},
        }
        return put_over(self._table, item, outcome.revision, "outcomes")

    def _key(self, service: Asked) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "service": {"S": f"outcome#{service}"}}
