"""The answers of read_operations, one function for each route."""

from __future__ import annotations

from functools import partial

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.activity import days_of, report_activity
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import saved
from functions.drimbox.operations.last_reconciliation import view_last_run
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.view import view
from functions.read_operations.settings import Settings


def show_publications(event: entry.Event) -> replies.Reply:
    """A page of publications; ``state`` defaults to ``held``."""
    visit = _visit(event)
    query = Query.read(partial(requests.query, event))
    return replies.document(200, describe(list_publications(visit.site, visit.caller, query)))


def show_publication(event: entry.Event) -> replies.Reply:
    """One publication whole."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    return replies.document(200, view(visit.site, visit.caller, message_id))


def give_export(event: entry.Event) -> replies.Reply:
    """One publication with the bytes of its message."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    return replies.document(200, export(visit.site, visit.stores.archive, visit.caller, message_id))


def show_causes(event: entry.Event) -> replies.Reply:
    """The open causes."""
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, list_causes(stores.causes, stores.audit, visit.caller))


def show_activity(event: entry.Event) -> replies.Reply:
    """The last days by the clock of the site, today included."""
    visit = _visit(event)
    days = days_of(requests.query(event, "days"))
    return replies.document(200, report_activity(visit.site, visit.caller, days=days))


def show_filters(event: entry.Event) -> replies.Reply:
    """The caller's own filters by name."""
    visit = _visit(event)
    stores = visit.stores
    return replies.document(200, {"filters": saved(stores.filters, stores.audit, visit.caller)})


def show_reconciliation(event: entry.Event) -> replies.Reply:
    """The last run with a page of its differences; 404 before a first run has ended."""
    visit = _visit(event)
    after = requests.query(event, "after")
    return replies.document(200, view_last_run(visit.site, visit.caller, after))


def _visit(event: entry.Event) -> operators.Visit[Settings]:
    return operators.program_visit(event, Settings.current())
