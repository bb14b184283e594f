"""``GET in/v1/tenants/{tenant}/operations/…``: the operators' programs read; nothing changes."""

from __future__ import annotations

from functools import partial
from typing import Final

from functions.aws import entry, operators, replies, requests
from functions.aws.blobs import S3Blobs
from functions.aws.causes import DynamoCauses
from functions.aws.operator_filters import DynamoFilters
from functions.drimbox.operations.activity import days_of, report_activity
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import saved
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.reconciliation import view_last_run
from functions.drimbox.operations.view import view
from functions.read_operations.settings import Settings


def _publications(event: entry.Event) -> replies.Reply:
    site, caller = operators.arrive(event, Settings.current())
    query = Query.read(partial(requests.query, event))
    return replies.document(200, describe(list_publications(site, caller, query)))


def _publication(event: entry.Event) -> replies.Reply:
    site, caller = operators.arrive(event, Settings.current())
    return replies.document(200, view(site, caller, requests.path(event, "publication")))


def _export(event: entry.Event) -> replies.Reply:
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    archive = S3Blobs(settings.archive_bucket, site.tenant.tenant)
    message_id = requests.path(event, "publication")
    return replies.document(200, export(site, archive, caller, message_id))


def _causes(event: entry.Event) -> replies.Reply:
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    causes = DynamoCauses(settings.operations_table, site.tenant.tenant)
    return replies.document(200, list_causes(causes, site.audit, caller))


def _activity(event: entry.Event) -> replies.Reply:
    site, caller = operators.arrive(event, Settings.current())
    days = days_of(requests.query(event, "days"))
    return replies.document(200, report_activity(site, caller, days=days))


def _filters(event: entry.Event) -> replies.Reply:
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    store = DynamoFilters(settings.operations_table, site.tenant.tenant)
    return replies.document(200, {"filters": saved(store, site.audit, caller)})


def _reconciliation(event: entry.Event) -> replies.Reply:
    site, caller = operators.arrive(event, Settings.current())
    return replies.document(200, view_last_run(site, caller, requests.query(event, "after")))


_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("GET", f"{_BASE}/publications"): _publications,
    ("GET", f"{_BASE}/publications/{{publication}}"): _publication,
    ("GET", f"{_BASE}/publications/{{publication}}/export"): _export,
    ("GET", f"{_BASE}/causes"): _causes,
    ("GET", f"{_BASE}/activity"): _activity,
    ("GET", f"{_BASE}/filters"): _filters,
    ("GET", f"{_BASE}/reconciliation"): _reconciliation,
}
handler = entry.http(entry.routes(ROUTES))
