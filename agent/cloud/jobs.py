"""The cloud's jobs over HTTPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.work.ports import CloudAway
from agent.work.wire import NotUnderstood, outcome_body, read_asked

if TYPE_CHECKING:
    from agent.cloud.door import Door
    from agent.work.wire import Asked, Outcome

_OK: Final = 200
# The cloud cannot read it, however often it comes.
_ILL_FORMED: Final = frozenset({400, 413, 415, 422})
# No such job, or one that has ended: nobody waits for it.
_OVER: Final = frozenset({404, 409})


class HttpsAnswers:
    """Implements ``work.ports.Answers``."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def asked(self, job: str) -> Asked | None:
        """GET the job."""
        reply = self._door.get(f"/jobs/{job}")
        if reply.status in _OVER:
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
        if reply.status == _OK or reply.status in _OVER:
            return True
        if reply.status in _ILL_FORMED:
            return False
        raise CloudAway(f"status {reply.status}")
