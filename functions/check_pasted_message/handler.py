"""``POST vi/v1/tenants/{tenant}/operations/check``: the feed check, for a message that was pasted.

The page is the feed check's own. Nothing of the message is stored, queued or audited.
"""

from __future__ import annotations

from functools import partial

from functions.aws import entry, operators, pages, replies, requests
from functions.aws.operator_pages import PAGES
from functions.check_pasted_message.settings import Settings
from functions.drimbox.errors import BadRequest, TooLarge
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.operations.permissions import demand
from functions.drimbox.pages.check.answer import HTML, Asked, Form, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.drimbox.tenants.model import Permission

# The size of a form with the longest message that API Gateway and Lambda let in.
_FORM_BYTES = MAX_DIRECT_BYTES + MAX_DIRECT_BYTES // 8


@PAGES.handler
@operators.audited(operators.person_visit, Settings.current)
def handler(event: entry.Event) -> replies.Reply:
    """The check's page, as the chosen sender would be answered."""
    settings = Settings.current()
    visit = operators.person_visit(event, settings)
    fields = PAGES.require_form(event, settings.vi_url, max_bytes=_FORM_BYTES)
    demand(visit.stores.audit, visit.caller, Permission.VIEW)
    stores = visit.stores
    application, _, facility = fields.get("sender", "").partition("|")
    sender = stores.tenant.sender(application, facility)
    if sender is None:
        raise BadRequest("sender")
    raw = fields.get("message", "").encode()
    if len(raw) > MAX_DIRECT_BYTES:
        raise TooLarge
    check = check_message(
        raw,
        sender.certificate_subject,
        tenant=stores.tenant,
        inbox=stores.inbox,
        records=stores.records,
        certificates=stores.certificates,
        clock=stores.clock,
    )
    visit.stores.audit.record(
        "message.checked",
        key=requests.request_id(event),
        result=check.answer.code or "not_hl7",
        who=visit.operator.subject,
        facts={},
    )
    page = partial(result_page, asked=Asked(PAGES.layout(event).path("/check"), stores.tenant.name))
    written = write(describe(check), page, Form(HTML, pages.language(event)))
    return replies.text(200, written.body, written.content_type, written.headers)
