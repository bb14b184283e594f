"""``GET`` and ``POST in/v1/tenants/{tenant}/operations/filters``: the caller's own filters."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.operator_filters import DynamoFilters
from functions.drimbox.operations.filters import Wish, keep, saved
from functions.keep_filters.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The filters by name; a POST keeps one, or forgets it, before."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    store = DynamoFilters(settings.operations_table, site.tenant.tenant)
    if event["httpMethod"] == "GET":
        return replies.document(200, {"filters": saved(store, site.audit, caller)})
    wish = Wish.read(requests.json_body(event))
    return replies.document(200, {"filters": keep(store, site.audit, caller, wish)})
