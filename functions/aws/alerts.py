"""Alerts of causes, on the topic of all alarms: the reason, the tenant, the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import clients
from functions.aws.faults import storage
from functions.drimbox.operations.causes import News
from functions.drimbox.wording.held import HELD_REASONS

if TYPE_CHECKING:
    from datetime import datetime


class SnsAlerts:
    """Implements ``operations.causes.Alerts`` for one tenant."""

    def __init__(self, topic_arn: str, tenant: str) -> None:
        self._topic_arn = topic_arn
        self._tenant = tenant

    def tell(self, reason: str, news: News, since: datetime) -> None:
        """Publish it: the reason's own words, nothing of a message."""
        advice = HELD_REASONS[reason]
        lines = {
            News.OPENED: (
                f"Publications of the tenant {self._tenant} are held since {since.isoformat()}:",
                f"{advice.en} ({reason})",
                advice.todo.en,
                f"{advice.fr} {advice.todo.fr}",
            ),
            News.CLOSED: (
                f"No publication of the tenant {self._tenant} is held any more.",
                f"Since {since.isoformat()} some were:",
                f"{advice.en} ({reason})",
                advice.fr,
            ),
        }[news]
        with storage("alert"):
            clients.sns().publish(
                TopicArn=self._topic_arn,
                # ASCII, at most 100 characters (SNS).
                Subject=f"{self._tenant}: {reason} {news}"[:100],
                Message="\n".join(lines),
            )
