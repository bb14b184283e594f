"""``GET …/operations/publications?state=held`` of ``in``, and ``GET …/operations/causes``."""

from __future__ import annotations

from functools import partial

from functions.aws import entry, operators, replies, requests
from functions.aws.causes import DynamoCauses
from functions.drimbox.operations.causes import list_causes
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.list_publications.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """One page; ``state`` defaults to ``held``, ``after`` continues a listing. Or what is open."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    if requests.route(event).endswith("/causes"):
        causes = DynamoCauses(settings.operations_table, site.tenant.tenant)
        return replies.document(200, list_causes(causes, site.audit, caller))
    query = Query.read(partial(requests.query, event))
    return replies.document(200, describe(list_publications(site, caller, query)))
