"""``POST in/v1/tenants/{tenant}/hl7v2/check``: a dry run of an HL7 v2 message.

The message is neither stored nor queued; the record of the check names the caller and the answer's
code, nothing of the message.
"""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import for_tenant
from functions.check_message.settings import Settings
from functions.drimbox.audited import refusal_audited
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.pages.check.answer import preferred_form, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.publication.uploads import uploaded_for_check
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one check, as JSON or HTML."""
    program = callers.sender(event)
    stores = for_tenant(Settings.current(), program.tenant)
    key, who = requests.request_id(event), program.subject
    with refusal_audited(stores.audit, "message.checked", key=key, who=who):
        form = preferred_form(
            requests.headers(event, "Accept"), requests.headers(event, "Accept-Language")
        )
        upload = requests.query(event, "upload")
        raw = (
            uploaded_for_check(upload, who, stores.uploads)
            if upload
            else requests.body(event, max_bytes=MAX_DIRECT_BYTES)
        )
    check = check_message(
        raw,
        program.subject,
        tenant=stores.tenant,
        inbox=stores.inbox,
        records=stores.records,
        certificates=stores.certificates,
        clock=stores.clock,
    )
    result = check.answer.code or "not_hl7"
    stores.audit.record("message.checked", key=key, result=result, who=who, facts={})
    written = write(describe(check), result_page, form)
    return replies.text(200, written.body, written.content_type, written.headers)
