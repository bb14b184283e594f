"""A question: a job that an agent at the site answers, and the states that follow each other.

::

    asked ──► answered     the answer is there
      │  └──► failed       the agent gave up, with a reason
      └─────► expired      no answer came in time
    answered, failed ──► expired   a day later: the answer is not kept any more
    answered, failed, expired ──► asked, as the next attempt

An answer belongs to one attempt: that of an earlier one comes too late. No word of a question but a
sealed one is about a patient.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.jobs.job import Kind
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.drimbox.jobs.job import Wish

# How long the agent has for its answer: a publication waits for hours, a person for seconds.
LIFE: Final[Mapping[Kind, timedelta]] = {
    Kind.INDEX: timedelta(hours=6),
    Kind.SURVEY: timedelta(hours=1),
    Kind.FIND: timedelta(minutes=2),
    Kind.IMPORT: timedelta(hours=1),
}

# How long an answer is kept: the bucket may delete it then, whenever the question itself goes.
KEPT: Final = timedelta(days=1)


class State(StrEnum):
    """The state of a question."""

    ASKED = "asked"
    ANSWERED = "answered"
    FAILED = "failed"
    EXPIRED = "expired"


@frozen
class Answer:
    """An answer, kept as an object of the tenant's cache: its key, size in bytes and SHA-256."""

    key: str
    size: int
    sha256: str


@frozen
class Question:
    """``attempt`` counts from 1. ``sealed`` is the part of the question that is about a patient, ""
    for none and once it has ended. ``expires_at``: no answer is taken then.

    ``word`` is an answer of one word; ``answer`` a longer one, None for none; ``reason`` the code
    for which the agent gave up. ``revision`` counts the writes.
    """

    key: str
    wish: Wish
    correlation_id: str
    state: State
    attempt: int
    asked_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    sealed: str = ""
    word: str = ""
    answer: Answer | None = None
    reason: str = ""
    revision: int = 0

    def as_of(self, at: datetime) -> Question:
        """The same at that time: one without an answer expires, and so does one that ended long
        ago."""
        if self.state is State.ASKED and at >= self.expires_at:
            return replace(self, state=State.EXPIRED, sealed="", ended_at=self.expires_at)
        is_old = self.ended_at is not None and at >= self.ended_at + KEPT
        if is_old and self.state is not State.EXPIRED:
            return replace(self, state=State.EXPIRED, word="", answer=None, reason="")
        return self


def asked(
    wish: Wish, correlation_id: str, at: datetime, *, sealed: str = "", before: Question | None
) -> Question:
    """The first attempt, or the one after ``before``."""
    return Question(
        key=wish.key,
        wish=wish,
        correlation_id=correlation_id,
        state=State.ASKED,
        attempt=before.attempt + 1 if before else 1,
        asked_at=at,
        expires_at=at + LIFE[wish.kind],
        sealed=sealed,
        revision=before.revision if before else 0,
    )


def answered(question: Question, at: datetime, *, word: str, answer: Answer | None) -> Question:
    """The question with its answer."""
    return replace(question, state=State.ANSWERED, ended_at=at, sealed="", word=word, answer=answer)


def failed(question: Question, at: datetime, reason: str) -> Question:
    """The question that the agent gave up."""
    return replace(question, state=State.FAILED, ended_at=at, sealed="", reason=reason)
