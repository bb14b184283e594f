"""The queue's filters as a page's parameters: none of them is about a patient."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.queue import Query
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

NAMES = ("state", "reason", "sender", "from", "to")


@frozen
class Filters:
    """The parameters of the page, as they were written: for its fields and its links.

    ``from_`` and ``to`` are days at the site (``YYYY-MM-DD``), both of them included.
    """

    state: str = "held"
    reason: str = ""
    sender: str = ""
    from_: str = ""
    to: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """From the given parameters; ``query`` checks their values."""
        known = {name: given.get(name, "") for name in NAMES}
        return cls(
            known["state"] or "held", known["reason"], known["sender"], known["from"], known["to"]
        )

    def parameters(self, **changes: str) -> dict[str, str]:
        """Names and values, without those that filter nothing."""
        mine = {
            "state": self.state,
            "reason": self.reason,
            "sender": self.sender,
            "from": self.from_,
            "to": self.to,
            **changes,
        }
        return {name: value for name, value in mine.items() if value}

    def query(self, zone: ZoneInfo, after: str | None = None) -> Query:
        """The query to the queue; BadRequest names the ill-formed parameter."""
        given = {
            "state": self.state,
            "reason": self.reason,
            "sender": self.sender,
            "since": _midnight(self.from_, "from", zone),
            "until": _midnight(self.to, "to", zone, days=1),
            "after": after,
        }
        return Query.read(given.get)


def _midnight(text: str, name: str, zone: ZoneInfo, days: int = 0) -> str:
    if not text:
        return ""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise BadRequest(name) from None
    return datetime.combine(day, time(), zone).isoformat()
