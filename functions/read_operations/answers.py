"""``GET in/v1/tenants/{tenant}/operations/…``: the operators' programs read; nothing changes."""

from __future__ import annotations

from functools import partial
from typing import Final

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.activity import days_of, report_activity
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import saved
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.reconciliation import view_last_run
from functions.drimbox.operations.view import view
from functions.read_operations.settings import Settings


def _publications(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    query = Query.read(partial(requests.query, event))
    return replies.document(200, describe(list_publications(visit.site, visit.caller, query)))


def _publication(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    return replies.document(200, view(visit.site, visit.caller, message_id))


def _export(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    return replies.document(200, export(visit.site, visit.stores.archive, visit.caller, message_id))


def _causes(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, list_causes(stores.causes, stores.audit, visit.caller))


def _activity(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    days = days_of(requests.query(event, "days"))
    return replies.document(200, report_activity(visit.site, visit.caller, days=days))


def _filters(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, {"filters": saved(stores.filters, stores.audit, visit.caller)})


def _reconciliation(event: entry.Event) -> replies.Reply:
    visit = _visit(event)
    after = requests.query(event, "after")
    return replies.document(200, view_last_run(visit.site, visit.caller, after))


def _visit(event: entry.Event) -> operators.Visit[Settings]:
    return operators.program_visit(event, Settings.current())


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
