"""One job, and the states that follow each other (decision 0050).

::

    asked ──► taken ──► answered     the answer is there
      ▲         │  └──► failed       given up, with a reason
      │         ├── later: the other side is not ready, asked again after a pause
      └─────────┴── the worker or the message was lost
    answered, failed ──► asked, once ``due_at`` is over and somebody asks again

``due_at`` is the one time of every state: nobody else touches the job before.

========  ==========================================================
asked     its message must have been delivered by then, else it is lost
taken     its worker has ended, or renewed its lease, by then, else it was killed
answered  the same wish may be asked again from then on, if the answer is gone
failed    the same wish may be asked again from then on
========  ==========================================================

No worker takes an asked job before its ``ready_at``: the end of a pause is one time for all of its
messages.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# A message that nobody got for that long is taken for lost, and sent again. Each time it is twice
# as long: the message may only wait behind many others.
LOST_AFTER: Final = timedelta(seconds=30)
# The same of an agent at a site, which brings a series over the site's line first.
LOST_AFTER_AT_SITE: Final = timedelta(minutes=15)
# A caller that waits for a job asks for it more often than that.
SILENCE: Final = timedelta(minutes=1)
_DOUBLINGS: Final = 5
# A worker that lives renews its lease at every beat. The lease outlives a renewal that is given up
# after the longest time of a call, and the next one. Nobody waits longer for a dead worker.
LEASE: Final = timedelta(seconds=45)
BEAT: Final = timedelta(seconds=10)
# With the pauses of :func:`pause`, half an hour of a side that is not ready.
MOST_ATTEMPTS: Final = 12
# A worker that does not come back was killed by its work, most often: its disk, memory or time.
MOST_LOST: Final = 2
# Until a job that was given up may be asked for again: the other side may be back any moment.
REST: Final = timedelta(minutes=1)
# The same, of a job that met a fault of ours, or that kills its workers. The latter may cost three
# whole Lambdas, so its rest is twice as long each time, up to the longest.
LONG_REST: Final = timedelta(minutes=15)
LONGEST_REST: Final = timedelta(days=1)
_REST_DOUBLINGS: Final = 7
# The clocks of two workers differ by less.
EARLY: Final = timedelta(seconds=1)

# The reasons of a job that was given up; any other is the code of its last error.
WORKER_LOST: Final = "worker_lost"
INTERNAL_ERROR: Final = "internal_error"

_FIRST_PAUSE: Final = 3.0
_LONGEST_PAUSE: Final = 300.0


class Kind(StrEnum):
    """The work that a job asks for: a series in the cache; or, of an agent at the site, the index
    of a study, the state of several, the studies that answer an operator's search, and objects of
    another site into its PACS.
    """

    FILL = "fill"
    INDEX = "index"
    SURVEY = "survey"
    FIND = "find"
    IMPORT = "import"


class State(StrEnum):
    """The state of a job."""

    ASKED = "asked"
    TAKEN = "taken"
    ANSWERED = "answered"
    FAILED = "failed"


OPEN: Final = frozenset({State.ASKED, State.TAKEN})


@frozen
class Wish:
    """The work that somebody asks for. ``facts``: UIDs and numbers, nothing of a patient."""

    kind: Kind
    facts: Mapping[str, str]

    @property
    def key(self) -> str:
        """The same for the same wish, whoever asks; another for any other wish."""
        said = json.dumps(dict(self.facts), sort_keys=True).encode()
        return f"{self.kind}#{hashlib.sha256(said).hexdigest()}"


@frozen
class Job:
    """``attempts`` counts the workers that took it, ``lost`` those that did not come back; ``sent``
    the messages since the last worker; ``given_up``: how often it was given up for its lost workers
    since it last had an answer; ``worker`` names the one that has it, or had it last.

    ``reason``: the answer's name, the code for which it was given up, or of the last failure;
    ``correlation_id`` is the first asker's; ``asked_at``: when somebody began to ask for it, first
    or after nobody had asked for a while (a caller that waits asks at its ``due_at``);
    ``ready_at``: when its message may be delivered; ``revision`` counts the writes. ``told`` is
    what the site's agent has said of the job, "" before: a worker of ours is to judge it.
    """

    key: str
    wish: Wish
    correlation_id: str
    state: State
    due_at: datetime
    asked_at: datetime
    ready_at: datetime
    sent: int = 0
    attempts: int = 0
    lost: int = 0
    given_up: int = 0
    worker: str = ""
    reason: str = ""
    revision: int = 0
    told: str = ""


@frozen
class Result:
    """How a worker ended: ``state`` is ANSWERED or FAILED, ``reason`` names the result, and the
    same wish may be asked again after ``rest``."""

    state: State
    reason: str
    rest: timedelta = timedelta(0)


def asked(wish: Wish, correlation_id: str, at: datetime, lost_after: timedelta = LOST_AFTER) -> Job:
    """A new job, whose message is about to be sent; it is taken for lost after ``lost_after``."""
    return _sent(Job(wish.key, wish, correlation_id, State.ASKED, at, at, at), at, lost_after)


def asked_again(job: Job, at: datetime, lost_after: timedelta = LOST_AFTER) -> Job:
    """The job after ``due_at``: with a new message, or given up when it has lost its workers."""
    if job.state is State.TAKEN:
        job = replace(job, lost=job.lost + 1, sent=0)
        if job.lost > MOST_LOST:
            rest = min(LONG_REST * 2 ** min(job.given_up, _REST_DOUBLINGS), LONGEST_REST)
            return ended(job, Result(State.FAILED, WORKER_LOST, rest), at)
    elif at - job.due_at > SILENCE:
        job = replace(job, asked_at=at)
    if job.state not in OPEN:
        job = replace(job, sent=0, attempts=0, lost=0, reason="")
    return _sent(job, at, LOST_AFTER if job.told else lost_after)


def told(job: Job, words: str, at: datetime) -> Job:
    """The asked job of which the site's agent has said so: a worker of ours gets it now."""
    return _sent(replace(job, sent=0, told=words), at, LOST_AFTER)


def _sent(job: Job, at: datetime, lost_after: timedelta) -> Job:
    """The job whose message is sent so that a worker gets it at ``at``."""
    patience = lost_after * 2 ** min(job.sent, _DOUBLINGS)
    return replace(job, state=State.ASKED, sent=job.sent + 1, ready_at=at, due_at=at + patience)


def taken(job: Job, worker: str, at: datetime) -> Job | None:
    """The job with that worker, or given up when it has lost its workers; None for one that has
    ended, that another worker has, or whose pause is not over."""
    if job.state not in OPEN or at < _free_at(job):
        return None
    if job.state is State.TAKEN:
        job = asked_again(job, at)
        if job.state is State.FAILED:
            return job
    mine = replace(job, state=State.TAKEN, sent=0, attempts=job.attempts + 1, worker=worker)
    return renewed(mine, at)


def renewed(job: Job, at: datetime) -> Job:
    """The taken job whose worker lives."""
    return replace(job, due_at=at + LEASE)


def _free_at(job: Job) -> datetime:
    """When a worker may take the open job."""
    return job.due_at if job.state is State.TAKEN else job.ready_at - EARLY


def later(job: Job, reason: str, at: datetime, lost_after: timedelta = LOST_AFTER) -> Job:
    """The job whose attempt failed for a side that is not ready: to be tried again after
    :func:`pause`, or given up after MOST_ATTEMPTS. The words of an agent stand where our own
    storage was away: the site is not asked again for that.
    """
    if job.attempts >= MOST_ATTEMPTS:
        return ended(job, Result(State.FAILED, reason, REST), at)
    words = job.told if reason == StorageUnavailable.code else ""
    patience = LOST_AFTER if words else lost_after
    return _sent(replace(job, reason=reason, told=words), at + pause(job), patience)


def ended(job: Job, result: Result, at: datetime) -> Job:
    """The job with its last word."""
    given_up = job.given_up + (result.reason == WORKER_LOST)
    return replace(
        job,
        state=result.state,
        reason=result.reason,
        due_at=at + result.rest,
        told="",
        given_up=0 if result.state is State.ANSWERED else given_up,
    )


def pause(job: Job) -> timedelta:
    """The pause before the next attempt: 3 s doubled up to 300 s, from half of it to all of it.

    The part follows from key and attempt, so that the series of a study do not come back together.
    """
    longest = min(_FIRST_PAUSE * 2 ** (job.attempts - 1), _LONGEST_PAUSE)
    drawn = hashlib.sha256(f"{job.key}/{job.attempts}".encode()).digest()[0] / 255
    return timedelta(seconds=longest * (1 + drawn) / 2)
