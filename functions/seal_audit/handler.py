"""On schedule: seal each closed day of every tenant's audit, and tell how far the seals are behind.

A run that has no more time stops between two writes; the next one goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, sealings
from functions.drimbox.audit_seals.sealing import hours_behind
from functions.drimbox.errors import DrimboxError
from functions.seal_audit.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.audit_seals.sealing import Sealing

# Less than the function's own limit by the time of one chunk and of one write.
TIME: Final = timedelta(minutes=10)


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:  # noqa: ARG001  # the schedule's: it says nothing
    """One tenant that cannot be sealed, or has a huge day, does not stop the others."""
    end = CLOCK.now() + TIME
    every = list(sealings(Settings.current()))
    if not every:
        metrics.seal_age(0, "")
    for number, sealing in enumerate(every):
        now = CLOCK.now()
        try:
            _seal(sealing, now + (end - now) / (len(every) - number))
        except DrimboxError as error:
            logging.error("not sealed", tenant=sealing.tenant, code=error.code, detail=error.detail)
            metrics.count("InternalFailures", sealing.tenant)
        except Exception as error:  # noqa: BLE001  # whatever is kept there stops no other tenant
            logging.error("not sealed", tenant=sealing.tenant, error=entry.place(error))
            metrics.count("InternalFailures", sealing.tenant)
    return {"outcome": "sealed"}


def _seal(sealing: Sealing, until: datetime) -> None:
    due = sealing.next_day()
    if due is None:  # its first day with a record is not closed yet
        metrics.seal_age(0, sealing.tenant)
        return
    # Told before the work, whose failure then hides nothing.
    metrics.seal_age(hours_behind(due, CLOCK.now()), sealing.tenant)
    outcome = sealing.run(until)
    if outcome.late:
        metrics.count("LateAuditRecords", sealing.tenant, outcome.late)
    detail = "every closed day" if outcome.is_finished else "to be continued"
    logging.event("audit sealed", tenant=sealing.tenant, count=outcome.sealed, detail=detail)
