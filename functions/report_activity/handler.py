"""``GET in/v1/tenants/{tenant}/operations/activity?days=7``: counters by day, and delays."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.activity import days_of, report_activity
from functions.report_activity.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The last days of the site's clock, today included."""
    site, caller = operators.arrive(event, Settings.current())
    days = days_of(requests.query(event, "days"))
    return replies.document(200, report_activity(site, caller, days=days))
