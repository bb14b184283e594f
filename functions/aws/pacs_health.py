"""The remembered health of a tenant's PACS in DynamoDB: key (tenant, service)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws.revisions import put_over, read_item
from functions.drimbox.images.health import Health

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock

# DynamoDB deletes an item that nobody has changed for that long.
_FORGOTTEN: Final = timedelta(days=1)
_DATES: Final = ("answered_at", "asked_at")


class DynamoHealth:
    """Implements ``images.health.HealthStore`` for one tenant."""

    def __init__(self, table: str, tenant: str, clock: Clock) -> None:
        self._table = table
        self._key: dict[str, Any] = {"tenant": {"S": tenant}, "service": {"S": "pacs"}}
        self._clock = clock

    def get(self) -> Health:
        """Read consistently; revision 0 when nothing is known."""
        item = read_item(self._table, self._key, "health")
        if item is None:
            return Health()
        dates = {one: datetime.fromisoformat(item[one]["S"]) for one in _DATES if one in item}
        return Health(int(item["revision"]["N"]), item["ready"]["BOOL"], **dates)

    def put(self, health: Health) -> bool:
        """Store unless another writer was faster; False then."""
        dates = {one: getattr(health, one) for one in _DATES}
        ends_at = self._clock.now() + _FORGOTTEN
        item: dict[str, Any] = {
            **self._key,
            "ready": {"BOOL": health.ready},
            "ends_at": {"N": str(int(ends_at.timestamp()))},
            **{one: {"S": date.isoformat()} for one, date in dates.items() if date},
        }
        return put_over(self._table, item, health.revision, "health")
