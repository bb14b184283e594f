"""``POST in/v1/tenants/{tenant}/operations/archives``: a page of a month's manifests."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.stores import UIDS
from functions.drimbox.budget import Budget
from functions.drimbox.outside.exporting import SECONDS, Desk, Wish, export_month
from functions.export_archive.settings import Settings
from functions.version import VERSION


@entry.http
@operators.audited(operators.program_visit, Settings.current)
def handler(event: entry.Event) -> replies.Reply:
    """200 with the addresses of the archives, and where the next page begins."""
    visit = operators.program_visit(event, Settings.current())
    wish, stores = Wish.read(requests.json_body(event)), visit.stores
    desk = Desk(
        tenant=stores.tenant,
        records=stores.records,
        archive=stores.archive,
        exports=stores.exports,
        audit=stores.audit,
        clock=stores.clock,
        fresh=UIDS.fresh,
        seconds=stores.settings.export_url_seconds,
        application=f"DRIMbox {VERSION}",
        budget=Budget(SECONDS),
    )
    return replies.document(200, export_month(desk, visit.caller, wish))
