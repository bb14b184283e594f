"""The last white list that was verified, and the time for which it is trusted.

ANS publishes no greatest age. The list is downloaded every day, so that one failed download costs
nothing; after three days without a verified one nobody is known to be listed, and no token leaves
(decision 0053). The age runs from the last verification, not from the list's own date: ANS signs
the same list for months, and only a verification tells that it still stands.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox import safe_xml
from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.white_list import WhiteList, read_white_list
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

MAX_AGE: Final = timedelta(hours=72)
# A verified list is looked at again after this long; a download that failed, at the next hour.
DUE_AFTER: Final = timedelta(hours=12)


@frozen
class KeptWhiteList:
    """``content`` is the canonical XML that the signature covered, nothing else.

    ``generated_at`` and ``signed_at`` are the list's own dates; together they rank lists.
    ``checked_at`` is the last time when it was downloaded and verified. ``revision`` counts the
    writes.
    """

    revision: int
    content: bytes
    generated_at: datetime
    signed_at: datetime
    checked_at: datetime

    @property
    def rank(self) -> tuple[datetime, datetime]:
        """A list of a lower rank is an older one."""
        return self.generated_at, self.signed_at

    @property
    def white_list(self) -> WhiteList:
        """The list itself, whatever its age: :func:`white_list_at` is for deciding.

        WhiteListUnusable where the kept content is none.
        """
        try:
            root = safe_xml.parse(self.content)
        except safe_xml.UnsafeXml:
            raise WhiteListUnusable(Fault.UNREADABLE, "the kept list") from None
        return read_white_list(root)

    def says_as(self, other: KeptWhiteList) -> bool:
        """Whether both name the same domains; their bytes depend on the style of the signature."""
        return self.content == other.content or self.white_list == other.white_list

    def age(self, at: datetime) -> timedelta:
        """The time since the last verification; nothing for one "later" than ``at``."""
        return max(at - self.checked_at, timedelta())


@frozen
class Refusal:
    """Why the last list that was not taken was refused: ``code`` is that of the fault."""

    code: str
    at: datetime


class WhiteListStore(Protocol):
    """The one kept list of the platform, and its last refusal. All raise StorageUnavailable."""

    def get(self) -> KeptWhiteList | None:
        """Read consistently; None before the first one."""
        ...

    def put(self, kept: KeptWhiteList) -> bool:
        """Store over ``kept.revision`` (0: there is none); False when another was faster."""
        ...

    def refusal(self) -> Refusal | None:
        """The last refusal, None before the first one."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Keep the refusal in the former one's place."""
        ...


def is_due(kept: KeptWhiteList | None, at: datetime) -> bool:
    """Whether to download the list."""
    return kept is None or kept.age(at) >= DUE_AFTER


def white_list_at(kept: KeptWhiteList | None, at: datetime) -> WhiteList:
    """The list that holds at ``at``.

    Raises WhiteListUnusable ``never_taken`` or ``too_old``, or where the kept one cannot be read:
    nobody is listed then.
    """
    if kept is None:
        raise WhiteListUnusable(Fault.NEVER_TAKEN)
    if kept.age(at) > MAX_AGE:
        raise WhiteListUnusable(Fault.TOO_OLD)
    return kept.white_list
