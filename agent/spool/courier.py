"""The port that carries one message to the cloud, and the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

Code = Literal["AA", "AE", "AR"]


@frozen
class Acknowledged:
    """The cloud answered: ``ack`` are its bytes, ``code`` their MSA-1."""

    code: Code
    ack: bytes


@frozen
class Away:
    """No answer of the cloud, or none that can be believed: the message may be there or not.

    ``cause`` is one of ``wording.agent.CLOUD``; ``wait`` the seconds for which the cloud wants to
    be left alone, 0.0 where it said nothing.
    """

    cause: str
    wait: float = 0.0


@frozen
class Refused:
    """The cloud answered, and took nothing. ``everything``: it refuses this agent (its certificate,
    its tenant), so that no other message would pass; False: it refuses this one message.
    """

    status: int
    everything: bool


Outcome = Acknowledged | Away | Refused


class Courier(Protocol):
    """Carries messages to the cloud's ``in`` host."""

    async def carry(
        self, raw: bytes, control_id: str, *, accepted_at: datetime | None, within: float
    ) -> Outcome:
        """Send ``raw``, whose MSH-10 is ``control_id``, and wait at most ``within`` seconds.

        ``accepted_at`` (aware) is when the site has acknowledged it, None while it has not. Raises
        nothing of its own.
        """
        ...
