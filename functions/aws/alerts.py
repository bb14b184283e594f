"""Alerts of causes and outages, on the topic of all alarms: the tenant, reason and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import clients, logging
from functions.aws.faults import storage
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.operations.causes import News
from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.outages import IS_BACK, STAYS_AWAY

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
        _publish(self._topic_arn, f"{self._tenant}: {reason} {news}", lines)


class SnsOutageAlerts:
    """The same of outages, which the names of their circuits stand for."""

    def __init__(self, topic_arn: str, tenant: str) -> None:
        self._topic_arn = topic_arn
        self._tenant = tenant

    def tell(self, reason: str, news: News, since: datetime) -> None:
        """Publish it. The circuit of a structure is named by the structure's number."""
        service, slash, _ = reason.partition("/")
        table = {News.OPENED: STAYS_AWAY, News.CLOSED: IS_BACK}[news]
        words = table[service + slash]
        state = {News.OPENED: "away", News.CLOSED: "back"}[news]
        when = {News.OPENED: ", since", News.CLOSED: "; the service was away since"}[news]
        lines = (f"Tenant {self._tenant}{when} {since.isoformat()}:", words.en, words.fr)
        try:
            _publish(self._topic_arn, f"{self._tenant}: {reason} {state}", lines)
        except StorageUnavailable as error:
            logging.warning("outage not told", tenant=self._tenant, detail=error.detail)
            raise


def _publish(topic_arn: str, subject: str, lines: tuple[str, ...]) -> None:
    with storage("alert"):
        clients.sns().publish(
            TopicArn=topic_arn,
            # ASCII, at most 100 characters (SNS).
            Subject=subject[:100],
            Message="\n".join(lines),
        )
