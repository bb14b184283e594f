"""Authorizer of the operator's pages: is there a live session behind this cookie, and whose?

A person who has none must be able to read a page that says so and to sign in: the request goes on
as ``nobody``, and every handler but those of the sign-in refuses it (decision 0033).
"""

from __future__ import annotations

from typing import Any

from functions.authorize_operator.settings import Settings
from functions.aws import callers, entry, policies, requests
from functions.aws.operator_pages import PAGES
from functions.aws.stores import for_tenant
from functions.drimbox.errors import Absent


@entry.authorizer
def handler(event: entry.Event) -> dict[str, Any]:
    """Say whose session it is."""
    tenant = requests.path(event, "tenant")
    try:
        stores = for_tenant(Settings.current(), tenant)
    except Absent:
        return policies.allow(event, {"caller": callers.NOBODY}, "nobody")
    session = stores.sessions.current(PAGES.session_identifier(event))
    if session is None:
        return policies.allow(event, {"caller": callers.NOBODY}, "nobody")
    context = {"caller": callers.SIGNED_IN, "tenant": tenant, "subject": session.facts.subject}
    return policies.allow(event, context, "operator")
