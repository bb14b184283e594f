"""``POST in/v1/tenants/{tenant}/hl7v2/check``: what would become of an HL7 v2 message.

The message is neither stored nor queued; the record of the check says who asked and what the
answer's code was, nothing of the message.
"""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests, stores
from functions.check_message.settings import Settings
from functions.drimbox.errors import RequestError
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.pages.check.answer import preferred_form, write
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one check, as JSON or HTML."""
    settings = Settings.current()
    program = callers.sender(event)
    site = stores.for_tenant(settings.tenant_parameters, program.tenant)

    def record(result: str) -> None:
        site.audit(settings.audit_bucket).record(
            "message.checked",
            key=requests.request_id(event),
            result=result,
            who=program.subject,
            facts={},
        )

    try:
        form = preferred_form(
            requests.headers(event, "Accept"), requests.headers(event, "Accept-Language")
        )
        raw = requests.body(event, max_bytes=MAX_DIRECT_BYTES)
    except RequestError as error:
        record(error.code)
        raise
    check = check_message(
        raw,
        program.subject,
        tenant=site.tenant,
        inbox=site.blobs(settings.inbox_bucket),
        certificates=site.certificates(settings.links_table),
        clock=site.clock,
    )
    record(check.answer.code or "not_hl7")
    written = write(check, form)
    return replies.text(200, written.body, written.content_type, written.headers)
