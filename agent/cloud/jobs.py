"""The cloud's jobs over HTTPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.work.ports import CloudAway
from agent.work.wire import NotUnderstood, outcome_body, read_asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.cloud.door import Door, Reply
    from agent.work.wire import Asked, Outcome

_OK: Final = 200
# The cloud cannot read it, however often it comes.
_ILL_FORMED: Final = frozenset({400, 413, 415, 422})
# Nobody waits for it: no such job, or one that has ended.
_ABSENT, _ENDED = 404, 409


class HttpsAnswers:
    """Implements ``work.ports.Answers``. ``known`` raises NotServed where the cloud does not know
    this agent."""

    def __init__(self, door: Door, known: Callable[[], object]) -> None:
        self._door = door
        self._known = known

    def asked(self, job: str) -> Asked | None:
        """GET the job."""
        reply = self._door.get(f"/jobs/{job}")
        if self._is_over(reply):
            return None
        if reply.status != _OK:
            raise CloudAway(f"status {reply.status}")
        asked = read_asked(reply.body)
        if asked.job != job:
            raise NotUnderstood("another job")
        return asked

    def answer(self, asked: Asked, outcome: Outcome) -> bool:
        """POST the outcome."""
        reply = self._door.post(f"/jobs/{asked.job}", outcome_body(asked, outcome))
        if reply.status == _OK or self._is_over(reply):
            return True
        if reply.status in _ILL_FORMED:
            return False
        raise CloudAway(f"status {reply.status}")

    def _is_over(self, reply: Reply) -> bool:
        """Whether nobody waits for the job. A stranger finds nothing in the cloud: a removed agent
        would take each job for one that is not there, and delete its message."""
        if reply.status == _ABSENT:
            self._known()
        return reply.status in {_ABSENT, _ENDED}
