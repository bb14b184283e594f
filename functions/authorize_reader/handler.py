"""Authorizer of the reading pages: is there a live session behind this cookie, and whose?

A person who has none must be able to read a page that says so and to sign in: the request goes on
as ``nobody``, and every handler but those of the sign-in shows nothing else (decision 0052). The
context names the professional and holds no token.
"""

from __future__ import annotations

from typing import Any

from functions.authorize_reader.settings import Settings
from functions.aws import callers, entry, pages, policies, requests
from functions.aws.reading_pages import PAGES
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
    used = not pages.unattended(event)
    session = stores.reader_sessions.current(PAGES.session_identifier(event), used=used)
    if session is None:
        return policies.allow(event, {"caller": callers.NOBODY}, "nobody")
    subject = session.facts.subject_name_id
    context = {"caller": callers.READING, "tenant": tenant, "subject": subject}
    return policies.allow(event, context, "professional")
