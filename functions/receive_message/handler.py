"""``POST in/v1/tenants/{tenant}/hl7v2``: an HL7 v2 message in, its acknowledgement out.

Status 200 with an HL7 ACK whenever MSH can be read, 4xx with a problem document otherwise.
"""

from __future__ import annotations

from functions.aws import callers, entry, metrics, replies, requests, stores
from functions.aws.queues import SqsMessages
from functions.drimbox.errors import BadRequest, NotHl7, RequestError
from functions.drimbox.publication.receive import Desk, Reception, receive
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.receive_message.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one message."""
    settings = Settings.current()
    program = callers.sender(event)
    site = stores.for_tenant(settings.tenant_parameters, program.tenant)
    desk = Desk(
        tenant=site.tenant,
        inbox=site.blobs(settings.inbox_bucket),
        queue=SqsMessages(settings.messages_queue_url, program.tenant),
        audit=site.audit(settings.audit_bucket),
        clock=site.clock,
    )
    try:
        reception = _take(event, program, desk)
    except RequestError as error:
        # No header was read: the record says who and why, and nothing of the body.
        desk.audit.record(
            "message.refused",
            key=requests.request_id(event),
            result=error.code,
            who=program.subject,
            facts={},
        )
        metrics.count("RefusedMessages", program.tenant)
        raise
    if reception.code != "AA":
        metrics.count("RefusedMessages", program.tenant)
    if reception.control_id_reused:
        metrics.count("ControlIdReused", program.tenant)
    return replies.text(200, reception.ack, "application/hl7-v2")


def _take(event: entry.Event, program: callers.Program, desk: Desk) -> Reception:
    """What becomes of the body; BadRequest or TooLarge when there is nothing to acknowledge."""
    try:
        return receive(requests.body(event, max_bytes=MAX_DIRECT_BYTES), program.subject, desk)
    except NotHl7:
        raise BadRequest(code="not_hl7") from None
