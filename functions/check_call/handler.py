"""``POST in/v1/tenants/{tenant}/check/context``: a dry run of a contextual call.

The call opens no page and is not stored; the record of the check names the caller and the result,
nothing of the call.
"""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import for_tenant
from functions.check_call.settings import Settings
from functions.drimbox.audited import refusal_audited
from functions.drimbox.consultation.call_facts import describe
from functions.drimbox.consultation.call_form import MAX_BYTES
from functions.drimbox.consultation.contextual_call import read_call
from functions.drimbox.pages.check.answer import preferred_form, write
from functions.drimbox.pages.check.call_page import call_page


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one check, as JSON or HTML."""
    program = callers.sender(event)
    stores = for_tenant(Settings.current(), program.tenant)
    key, who = requests.request_id(event), program.subject
    with refusal_audited(stores.audit, "call.checked", key=key, who=who):
        form = preferred_form(
            requests.headers(event, "Accept"), requests.headers(event, "Accept-Language")
        )
        raw = requests.body(event, max_bytes=MAX_BYTES)
    types = requests.headers(event, "Content-Type")
    call = read_call(types, tuple(requests.query_values(event)), raw)
    stores.audit.record("call.checked", key=key, result=call.result, who=who, facts={})
    written = write(describe(call), call_page, form)
    return replies.text(200, written.body, written.content_type, written.headers)
