"""The order of the messages about one study: by their content, never by their arrival.

Decision 0006. ``record`` compares editions when a message asks to change a study.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.report.model import Report

# The order of actions on one version of one document: published, then corrected, then withdrawn.
_RANK: Final = {Action.PUBLISH: 0, Action.REPLACE: 1, Action.WITHDRAW: 2}


@frozen
class Edition:
    """The rank of a message among those about one study: the later edition counts.

    ``effective_time`` (UTC) and ``version`` are the CDA's. The time decides first, because setId
    does not tell documents apart and versions are only comparable within one set; the version next;
    then the action.
    """

    effective_time: datetime
    version: int
    action: Action

    @classmethod
    def of(cls, report: Report, zone: tzinfo) -> Edition:
        """The edition of a message; a time without zone is on the site's clock."""
        at = report.document.effective_time
        aware = at if at.tzinfo else at.replace(tzinfo=zone)
        return cls(aware.astimezone(UTC), report.document.version, report.action)

    def is_older_than(self, other: Edition) -> bool:
        """True when ``other`` is a later edition."""
        return self._key < other._key

    @property
    def _key(self) -> tuple[datetime, int, int]:
        return self.effective_time, self.version, _RANK[self.action]
