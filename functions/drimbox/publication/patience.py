"""Patience: the limit of each kind of wait, and the reason for which the study is held then.

========  ==========================================  ================  ==================
wait      since                                       at most           then
========  ==========================================  ================  ==================
TURN      the message was received                    outage patience   held
STUDY     the PACS first answered without the study   study wait        held
GONE      the same, of a published study              study wait [1]_   withdrawn
PACS      the change was received, or replayed        outage patience   held
ANSWER    the same                                    outage patience   held
AGENT     the same                                    outage patience   held
DMP       the same                                    outage patience   held
IDENTITY  the same                                    outage patience   held
SERIES    the series was asked for                    an hour           nothing: it goes on
ENTRY     the manifest was published                  outage patience   nothing: it goes on
========  ==========================================  ================  ==================

.. [1] At least :data:`APART`: one answer without the study does not prove that it is gone.

The tenant's file gives both limits (:mod:`functions.drimbox.tenants.model`). The workflow tries
again for a minute (``infra/workflows/tasks.py``), then the change waits outside it
(:mod:`functions.drimbox.publication.waiting`, decision 0079): the error that ends the step says
until when, ``pause_of`` of ``waiting.wait`` how long each pause is. The circuit breaker decides
whether a service that is down may be asked now (:mod:`functions.drimbox.breaker`, with the
deployment's ``probe_seconds``).

Other work has its own numbers: a delivery from a queue that failed (``functions.aws.redelivery``,
``infra/shared/queue.py``), a job (``jobs.job``), a series that another site does not give
(``reading.fetching``), the news for a site's address (``webhook.teller``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    Transient,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from functions.drimbox.publication.ports import Site
    from functions.drimbox.tenants.model import Tenant


# Between the first and the last answer without a study, before anybody believes that it is gone: an
# archive that restarts, or moves a study, may say so for a moment.
APART: Final = timedelta(seconds=30)


def _study_wait(tenant: Tenant) -> timedelta:
    return tenant.study_wait


def _two_answers(tenant: Tenant) -> timedelta:
    return max(tenant.study_wait, APART)


def _outage_patience(tenant: Tenant) -> timedelta:
    return tenant.outage_patience


def _an_hour(_: Tenant) -> timedelta:
    return timedelta(hours=1)


@frozen
class Wait:
    """One kind of wait: ``limit`` is the tenant's, ``reason`` a code of the catalogue."""

    reason: str
    limit: Callable[[Tenant], timedelta] = _outage_patience


TURN: Final = Wait("change_pending")
STUDY: Final = Wait("study_not_found", _study_wait)
GONE: Final = Wait("study_not_found", _two_answers)
PACS: Final = Wait("pacs_unreachable")
ANSWER: Final = Wait("pacs_answer_unusable")
AGENT: Final = Wait("site_unreachable")
DMP: Final = Wait("dmp_unreachable")
IDENTITY: Final = Wait("identity_refused")
SERIES: Final = Wait("", _an_hour)
ENTRY: Final = Wait("")

# The workflow knows a wait whose attempts ran out by the class of its last error.
_BY_ERROR: Final[Mapping[str, Wait]] = {
    "StudyBusy": TURN,
    "StudyNotFoundYet": STUDY,
    "PacsUnavailable": PACS,
    "PacsAnswerUnusable": ANSWER,
    "AgentAway": AGENT,
    "AnswerAwaited": AGENT,
    "DmpUnavailable": DMP,
    "DmpOutcomeUnknown": DMP,
}


def end_of(wait: Wait, site: Site, since: datetime) -> datetime:
    """When this wait is over."""
    return since + wait.limit(site.tenant)


def is_over(wait: Wait, site: Site, since: datetime) -> bool:
    """Whether this wait has lasted for as long as the tenant lets it."""
    return site.clock.now() >= end_of(wait, site, since)


def go_on_waiting(wait: Wait, site: Site, since: datetime, error: Transient) -> None:
    """Held for the wait's reason when it is over; ``error`` says until when it lasts otherwise."""
    if is_over(wait, site, since):
        raise Held(wait.reason) from None
    error.until = end_of(wait, site, since)


def of_pacs(error: PacsUnavailable) -> Wait:
    """The wait for the PACS that this error is: for the service, for an answer that is whole, or
    for the agent that asks it at the site."""
    if isinstance(error, AgentAway | AnswerAwaited):
        return AGENT
    return ANSWER if isinstance(error, PacsAnswerUnusable) else PACS


def of_dmp(error: Transient) -> Wait:
    """The wait for the DMP that this error is: for the service, or for the structure's identity."""
    return IDENTITY if error.code == IDENTITY.reason else DMP


def reason_after(error: str) -> str:
    """The reason to hold a change whose wait ran out of attempts, "" for any other error.

    ``error`` is the error's class name, as the workflow caught it.
    """
    wait = _BY_ERROR.get(error)
    return wait.reason if wait is not None else ""
