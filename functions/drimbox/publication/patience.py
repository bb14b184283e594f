"""Patience: the limit of each kind of wait, and the reason for which the study is held then.

========  ==========================================  ================  ==================
wait      since                                       at most           then
========  ==========================================  ================  ==================
TURN      the message was received                    outage patience   held
STUDY     the PACS first answered without the study   study wait        held
PACS      the change was received, or replayed        outage patience   held
DMP       the same                                    outage patience   held
IDENTITY  the same                                    outage patience   held
ENTRY     the manifest was published                  outage patience   nothing: it goes on
========  ==========================================  ================  ==================

The pauses between two tries and their number are the workflow's (``infra/workflows/tasks.py`` and
``publish.py``, decision 0023); whether a service
that is down may be asked now is the circuit breaker's affair (:mod:`functions.drimbox.breaker`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from functions.drimbox.errors import Held, Transient
from functions.drimbox.publication.ports import Site
from functions.drimbox.tenants.model import Tenant


def _study_wait(tenant: Tenant) -> timedelta:
    return tenant.study_wait


def _outage_patience(tenant: Tenant) -> timedelta:
    return tenant.outage_patience


@dataclass(frozen=True, slots=True)
class Wait:
    """One kind of wait: ``limit`` is the tenant's, ``reason`` a code of the catalogue."""

    reason: str
    limit: Callable[[Tenant], timedelta] = _outage_patience


TURN: Final = Wait("change_pending")
STUDY: Final = Wait("study_not_found", _study_wait)
PACS: Final = Wait("pacs_unreachable")
DMP: Final = Wait("dmp_unreachable")
IDENTITY: Final = Wait("identity_refused")
ENTRY: Final = Wait("")

# The workflow knows a wait whose attempts ran out by the class of its last error.
_BY_ERROR: Final[Mapping[str, Wait]] = {
    "StudyBusy": TURN,
    "StudyNotFoundYet": STUDY,
    "PacsUnavailable": PACS,
    "DmpUnavailable": DMP,
    "DmpOutcomeUnknown": DMP,
}


def is_over(wait: Wait, site: Site, since: datetime) -> bool:
    """Whether this wait has lasted for as long as the tenant lets it."""
    return site.clock.now() - since >= wait.limit(site.tenant)


def go_on_waiting(wait: Wait, site: Site, since: datetime) -> None:
    """Held for the wait's reason when it is over; nothing otherwise."""
    if is_over(wait, site, since):
        raise Held(wait.reason) from None


def of_dmp(error: Transient) -> Wait:
    """The wait for the DMP that this error is: for the service, or for the structure's identity."""
    return IDENTITY if error.code == IDENTITY.reason else DMP


def reason_after(error: str) -> str:
    """The reason to hold a change whose wait ran out of attempts, "" for any other error.

    ``error`` is the error's class name, as the workflow caught it.
    """
    wait = _BY_ERROR.get(error)
    return wait.reason if wait is not None else ""
