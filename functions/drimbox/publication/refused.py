"""The messages that were refused (AE): their facts, never their content.

For the site's operators, one row stands for all refusals of one message for one reason within an
hour: a sender that repeats a refused message without end fills no table. For its sender, the last
refusal of each message is kept.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

# How long a refusal is listed; the audit keeps it for good.
KEPT: Final = timedelta(days=30)
# MSH-10 is a sender's text: HL7 v2.5 gives it 20 characters, later versions 199.
LONGEST: Final = 199


@frozen
class RefusedMessage:
    """``at`` is the last refusal of the hour, ``times`` their number. ``sender`` is
    ``APPLICATION|FACILITY`` as the message says it; ``code`` is ERR-7, ``location`` ERR-2.
    """

    message_id: str
    at: datetime
    sender: str
    control_id: str
    code: str
    location: str
    times: int = 1


@frozen
class RefusedPage:
    """``next`` continues the listing, None at its end."""

    messages: tuple[RefusedMessage, ...]
    next: str | None


class RefusalNotes(Protocol):
    """Where refusals are noted."""

    def note(self, refused: RefusedMessage) -> None:
        """Count one more refusal of this message for this reason. Raises StorageUnavailable."""
        ...

    def keep_last(self, refused: RefusedMessage) -> None:
        """Keep it as the last refusal of that message, for KEPT. Raises StorageUnavailable."""
        ...


class LastRefusals(Protocol):
    """The last refusal of each message of one tenant, for its sender."""

    def last(self, message_id: str) -> RefusedMessage | None:
        """None where none is kept; one of which the time is over may still be there. Raises
        StorageUnavailable."""
        ...


class RefusedMessages(RefusalNotes, LastRefusals, Protocol):
    """The refused messages of one tenant."""

    def find(self, since: datetime, *, limit: int, after: str | None) -> RefusedPage:
        """Those of the hour of ``since`` and later, latest hour first; BadRequest for a position
        that no former page gave.
        """
        ...
