"""Asking the agents of a site, and taking their answers: an item is the truth, a message only
rings.

The item is written before its message is sent. A message that is lost, comes twice or outlives its
question changes nothing: the next asker sends it again, and an ended question takes no answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.agents.question import Question, State, answered, asked, failed
from functions.drimbox.errors import Absent, Conflict, StorageUnavailable
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from functions.drimbox.agents.question import Answer
    from functions.drimbox.jobs.job import Wish
    from functions.drimbox.ports import Clock

_TRIES: Final = 5
# How long a question that was given up stands for an asker who comes again.
_FAILURE_LASTS: Final = timedelta(minutes=1)


class Questions(Protocol):
    """The questions of one tenant. Raises StorageUnavailable."""

    def get(self, key: str) -> Question | None:
        """Read consistently; None when there is none (any more)."""
        ...

    def put(self, question: Question) -> bool:
        """Store it as the revision after its own; False when another writer was faster."""
        ...


class Bell(Protocol):
    """The queue that the agents of one tenant listen to."""

    def ring(self, key: str) -> None:
        """Deliver the pointer to a job at least once. Raises StorageUnavailable."""
        ...


@frozen
class QuestionDesk:
    """The questions of one tenant. Every method raises StorageUnavailable."""

    questions: Questions
    bell: Bell
    clock: Clock

    def look(self, key: str) -> Question | None:
        """The question as it is now, None when there is none (any more)."""
        found = self.questions.get(key)
        return None if found is None else found.as_of(self.clock.now())

    def stands(self, question: Question) -> bool:
        """Whether to ask it again now would change nothing: it is asked, or has an answer, or was
        given up in the last minute."""
        return _stands(question, self.clock.now(), None)

    def has_ended(self, key: str) -> bool:
        """Whether nobody needs to wait for it: it has ended, or is not there (any more)."""
        found = self.look(key)
        return found is None or found.state is not State.ASKED

    def ask(
        self,
        wish: Wish,
        correlation_id: str,
        *,
        sealed: str = "",
        lasts: timedelta | None = None,
    ) -> Question:
        """Want an answer to ``wish``; the question as it stands now.

        One that was asked, and one that ended, stand; of the latter one that is older than an
        answer ``lasts`` is asked again, and so is one that expired, or that was given up a minute
        ago: a look at a wait asks the same question until it has an answer.
        """
        for _ in range(_TRIES):
            now, known = self.clock.now(), self.look(wish.key)
            if known is None or not _stands(known, now, lasts):
                wanted = asked(wish, correlation_id, now, sealed=sealed, before=known)
                if not self.questions.put(wanted):
                    continue
                known = replace(wanted, revision=wanted.revision + 1)
            if known.state is State.ASKED:
                # Also where it was asked before: that message may never have left.
                self.bell.ring(known.key)
            return known
        raise StorageUnavailable("jobs: too many writers")

    def take(self, key: str) -> Question:
        """The question that an agent is about to answer; Absent, Conflict ``job_ended``."""
        found = self.look(key)
        if found is None:
            raise Absent("job")
        if found.state is not State.ASKED:
            raise Conflict("job", code="job_ended")
        return found

    def answer(
        self, key: str, attempt: int, *, word: str, answer: Answer | None = None
    ) -> Question:
        """Take the answer of an attempt; :meth:`take`'s errors."""
        return self._end(key, attempt, lambda one, at: answered(one, at, word=word, answer=answer))

    def fail(self, key: str, attempt: int, reason: str) -> Question:
        """The agent gives the attempt up; :meth:`take`'s errors."""
        return self._end(key, attempt, lambda one, at: failed(one, at, reason))

    def _end(
        self, key: str, attempt: int, change: Callable[[Question, datetime], Question]
    ) -> Question:
        for _ in range(_TRIES):
            found = self.take(key)
            if found.attempt != attempt:
                raise Conflict("job", code="job_ended")
            wanted = change(found, self.clock.now())
            if self.questions.put(wanted):
                return replace(wanted, revision=wanted.revision + 1)
        raise StorageUnavailable("jobs: too many writers")


def _stands(known: Question, now: datetime, lasts: timedelta | None) -> bool:
    if known.state is State.EXPIRED:
        return False
    if known.state is State.FAILED:
        lasts = _FAILURE_LASTS if lasts is None else min(lasts, _FAILURE_LASTS)
    return lasts is None or known.ended_at is None or now - known.ended_at < lasts
