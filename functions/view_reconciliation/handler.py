"""``GET in/v1/tenants/{tenant}/operations/reconciliation``: the last run, and what it found."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.reconciliation import view_last_run
from functions.view_reconciliation.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """200 with a page of differences, 404 before the first run has ended."""
    site, caller = operators.arrive(event, Settings.current())
    return replies.document(200, view_last_run(site, caller, requests.query(event, "after")))
