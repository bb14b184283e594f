"""A wait: a change that no execution works on, and the thing that it waits for.

=====================  =================================================  =======================
thing                  the change waits until                             looked for
=====================  =================================================  =======================
``dmp``                the DMP answers again                              through its circuit
``dmp/<structure>``    the DMP takes this structure's identity again      through its circuit
``pacs``               the PACS answers again                             through its circuit
``study/<uid>``        the PACS has the study                             by a search in the PACS
``turn/<uid>``         no other message has a change of the study         by a look at its record
``series/<uid>``       the study's series are in the cache                by the step itself
``dmp/study/<uid>``    the DMP takes this one publication                 by the step itself
``pacs/study/<uid>``   the PACS gives a whole answer on this one study    by the step itself
``job/<key>``          the site's agent has answered that job             by a look at the job
``agent``              an agent of the site is there, and its PACS        by the agent's last word
=====================  =================================================  =======================

A thing of one study has its own pace: pauses of 1, 2, 4… units, up to its longest one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import IDENTITY, SERVICE, Policy
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    DmpOutcomeUnknown,
    DmpUnavailable,
    PacsAnswerUnusable,
    PacsUnavailable,
    SeriesNotReady,
    StudyBusy,
    StudyNotFoundYet,
    Transient,
)
from functions.drimbox.publication import patience
from functions.drimbox.publication.asking_dmp import DMP
from functions.drimbox.publication.asking_pacs import PACS
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.change import Change, Step
    from functions.drimbox.tenants.model import Tenant

STUDY: Final = "study"
TURN: Final = "turn"
SERIES: Final = "series"
_OWN_DMP: Final = "dmp/study"
_OWN_PACS: Final = "pacs/study"
# Of a site behind an agent: the answer rings by itself, the agent when it is back.
JOB: Final = "job"
AGENT: Final = "agent"
# The longest pause of each thing of one study, in units (minutes, where a probe leaves each
# minute). A study may stay away for days; a turn comes soon after an outage; an outage of the DMP
# begins as a failure for one publication alone.
_LONGEST: Final[Mapping[str, int]] = {
    STUDY: 60,
    TURN: 10,
    SERIES: 8,
    _OWN_DMP: 10,
    _OWN_PACS: 60,
    JOB: 10,
}


# Every other thing is waited for with the patience of an outage.
_PATIENCE: Final[Mapping[str, patience.Wait]] = {STUDY: patience.GONE, SERIES: patience.SERIES}


@frozen
class Wait:
    """One change that waits. ``change`` is the one to go on with, at the step ``at``: its
    ``waited`` counts this wait already.

    ``due_at``: when the thing is looked for next (of a circuit: never before ``until``).
    ``until``: the tenant's patience is over, and the change goes on without the thing.
    ``patience``: the tenant's at the parking, None where the wait does not tell it.
    ``not_before``: the change could not be started, and is not tried again sooner.
    """

    change: Change
    at: Step
    thing: str
    since: datetime
    due_at: datetime
    until: datetime
    not_before: datetime | None = None
    patience: timedelta | None = None

    def may_start(self, now: datetime) -> bool:
        """Whether no start has failed lately, for a reason of this change's own."""
        return self.not_before is None or self.not_before <= now

    @property
    def kind(self) -> str:
        """The thing without its study; a circuit's whole name."""
        return kind_of(self.thing)


def kind_of(thing: str) -> str:
    """The kind of a thing: ``study`` of ``study/1.2.3``, a circuit's whole name."""
    kind, _, _ = thing.rpartition("/")
    return kind if kind in _LONGEST else thing


def is_circuit(thing: str) -> bool:
    """Whether the thing is behind a circuit that several changes share."""
    return kind_of(thing) not in _LONGEST


def patience_with(thing: str, tenant: Tenant) -> timedelta:
    """The longest that a change of this tenant waits for the thing."""
    return _PATIENCE.get(kind_of(thing), patience.PACS).limit(tenant)


def followed(wait: Wait, tenant: Tenant) -> Wait:
    """The wait under the tenant's file of now: a patience that became shorter since ends it sooner.

    One that became longer has its effect at the end of the former one, when the step judges again.
    The end moves by as much as the patience: a step may count it from another time than ``since``.
    """
    limit = patience_with(wait.thing, tenant)
    if wait.patience is None or limit >= wait.patience:
        return wait
    until = wait.until - (wait.patience - limit)
    return replace(wait, until=until, due_at=min(wait.due_at, until))


def policy_of(circuit: str) -> Policy:
    """The policy of a circuit by its name."""
    return SERVICE if circuit in {DMP, PACS} else IDENTITY


def pause_of(thing: str, looks: int, unit: timedelta) -> timedelta:
    """The pause after so many pauses for a thing of one study."""
    return unit * min(1 << min(looks, 10), _LONGEST[kind_of(thing)])


def circuit_of(error: Transient) -> str:
    """The circuit of the service that this error is about, "" where it is about none."""
    if error.circuit:
        return error.circuit
    if isinstance(error, AgentAway):
        return AGENT
    if isinstance(error, AnswerAwaited):
        return ""
    if isinstance(error, DmpUnavailable | DmpOutcomeUnknown):
        return DMP
    is_outage = isinstance(error, PacsUnavailable) and not isinstance(error, PacsAnswerUnusable)
    return PACS if is_outage else ""


def own_thing_of(error: Transient, study: Uid) -> str:
    """The thing of this one study that the error is about, "" for an error that never waits."""
    if isinstance(error, AnswerAwaited):
        return f"{JOB}/{error.job}"
    found = next((kind for kinds, kind in _KINDS if isinstance(error, kinds)), "")
    return f"{found}/{study}" if found else ""


_KINDS: Final[tuple[tuple[type[Transient] | tuple[type[Transient], ...], str], ...]] = (
    (StudyNotFoundYet, STUDY),
    (StudyBusy, TURN),
    (SeriesNotReady, SERIES),
    (PacsUnavailable, _OWN_PACS),
    ((DmpUnavailable, DmpOutcomeUnknown), _OWN_DMP),
)
