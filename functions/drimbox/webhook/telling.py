"""How far the sender of a message has been told: kept by message, written by one teller a time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

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
    taken it, or it was given up. ``revision`` counts the writes.
    """

    message_id: str
    revision: int = 0
    sequence: int = 0
    digest: str = ""
    since: datetime | None = None
    ended: bool = False


class Tellings(Protocol):
    """The tellings of one tenant. All raise StorageUnavailable."""

    def get(self, message_id: str) -> Telling:
        """Read consistently; one of revision 0 when nothing was told yet."""
        ...

    def put(self, telling: Telling) -> bool:
        """Store it as the next revision if the stored one is still its own; False if not."""
        ...

    def last_message(self, study: Uid) -> str:
        """The message that put the study into the state that was told last, "" for none."""
        ...

    def set_last_message(self, study: Uid, message_id: str) -> None:
        """From now on it is this one."""
        ...
