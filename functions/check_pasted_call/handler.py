"""``POST vi/v1/tenants/{tenant}/operations/check/context``: the check of a call that was pasted.

The call opens no page and is not stored; the record of the check names the operator and the result,
nothing of the call.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from functions.aws import entry, operators, pages, replies, requests
from functions.aws.operator_pages import PAGES
from functions.check_pasted_call.settings import Settings
from functions.drimbox.consultation.call_facts import describe
from functions.drimbox.consultation.call_form import MAX_BYTES
from functions.drimbox.consultation.contextual_call import read_call
from functions.drimbox.operations.permissions import demand
from functions.drimbox.pages.check.answer import HTML, Asked, Form, write
from functions.drimbox.pages.check.call_page import call_page
from functions.drimbox.tenants.model import Permission

# The form escapes each percent sign of the call once more.
_FORM_BYTES: Final = 4 * MAX_BYTES


@PAGES.handler
@operators.audited(operators.person_visit, Settings.current)
def handler(event: entry.Event) -> replies.Reply:
    """The check's page, as a RIS would be answered that sends this body."""
    settings = Settings.current()
    visit = operators.person_visit(event, settings)
    fields = PAGES.require_form(event, settings.vi_url, max_bytes=_FORM_BYTES)
    demand(visit.stores.audit, visit.caller, Permission.VIEW)
    # A text that was copied whole ends with the end of its line.
    raw = fields.get("call", "").strip("\r\n").encode()
    call = read_call([fields.get("content_type", "")], (), raw)
    visit.stores.audit.record(
        "call.checked",
        key=requests.request_id(event),
        result=call.result,
        who=visit.operator.subject,
        facts={},
    )
    tenant = visit.stores.tenant
    page = partial(call_page, asked=Asked(PAGES.layout(event).path("/check"), tenant.name))
    written = write(describe(call), page, Form(HTML, pages.language(event)))
    return replies.text(200, written.body, written.content_type, written.headers)
