"""How far the sender of a message has been told: kept by message, written by one teller a time."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.oid import Uid


class Told(StrEnum):
    """``NOTHING``: there is no news, or the receiver has it already."""

    NOTHING = "nothing"
    TOLD = "told"
    GIVEN_UP = "given_up"


@frozen
class Telling:
    """The last news of one message. ``sequence`` numbers its states from 1, 0 before the first;
    ``digest`` is that state's; ``since`` when the teller saw it first; ``ended``: the receiver has
    taken it, or it was given up. ``missed_at``: when the last state was given up, None while the
    receiver lacks none. ``revision`` counts the writes.
    """

    message_id: str
    revision: int = 0
    sequence: int = 0
    digest: str = ""
    since: datetime | None = None
    ended: bool = False
    missed_at: datetime | None = None


# The oldest messages of a study hear no later end than the one that they heard last. Twenty names
# are one unit of a write.
MOST_PUBLISHERS: Final = 20


@frozen
class Publishers:
    """The messages of declared senders that published ``study``, in the order of their joining: the
    last MOST_PUBLISHERS (20) of them. ``revision`` counts the writes.
    """

    study: Uid
    revision: int = 0
    messages: tuple[str, ...] = ()

    def joined(self, message_id: str) -> Publishers:
        """With that message too."""
        if message_id in self.messages:
            return self
        return replace(self, messages=(*self.messages, message_id)[-MOST_PUBLISHERS:])


class Tellings(Protocol):
    """The tellings of one tenant. All raise StorageUnavailable."""

    def get(self, message_id: str) -> Telling:
        """Read consistently; one of revision 0 when nothing was told yet."""
        ...

    def put(self, telling: Telling) -> bool:
        """Store it as the next revision if the stored one is still its own; False if not."""
        ...

    def publishers(self, study: Uid) -> Publishers:
        """Read consistently; of revision 0 when no message joined yet."""
        ...

    def put_publishers(self, publishers: Publishers) -> bool:
        """Store them as the next revision if the stored one is still their own; False if not."""
        ...
