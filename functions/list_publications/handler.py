"""``GET in/v1/tenants/{tenant}/operations/publications?state=held``: what became of messages."""

from __future__ import annotations

from functools import partial

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.list_publications.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """One page; ``state`` defaults to ``held``, ``after`` continues a listing."""
    site, caller = operators.arrive(event, Settings.current())
    query = Query.read(partial(requests.query, event))
    return replies.document(200, describe(list_publications(site, caller, query)))
