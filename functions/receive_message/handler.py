"""``POST in/v1/tenants/{tenant}/hl7v2``: an HL7 v2 message in, its acknowledgement out.

Status 200 with an HL7 ACK whenever MSH can be read, 4xx with a problem document otherwise.
"""

from __future__ import annotations

from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import for_tenant
from functions.drimbox.audited import refusal_audited
from functions.drimbox.errors import BadRequest, NotHl7, RequestError
from functions.drimbox.publication.receive import Desk, Reception, receive
from functions.drimbox.publication.site_accepted import ACCEPTED_AT, claimed_at
from functions.drimbox.publication.uploads import HL7
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.receive_message.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer one message."""
    program = callers.messenger(event)
    desk = for_tenant(Settings.current(), program.tenant).desk
    key = requests.request_id(event)
    try:
        # No header was read when this refuses.
        with refusal_audited(desk.audit, "message.refused", key=key, who=program.subject):
            reception = _take(event, program, desk)
    except RequestError:
        metrics.count("RefusedMessages", program.tenant)
        raise
    if reception.code != "AA":
        metrics.count("RefusedMessages", program.tenant)
    if reception.control_id_reused:
        metrics.count("ControlIdReused", program.tenant)
    return replies.text(200, reception.ack, HL7, {"Publication-Id": reception.message_id})


def _take(event: entry.Event, program: callers.Program, desk: Desk) -> Reception:
    """Receive the body; BadRequest or TooLarge when there is nothing to acknowledge."""
    claims = requests.headers(event, ACCEPTED_AT)
    accepted_at = claimed_at(desk.tenant, program.subject, claims)
    raw = requests.body(event, max_bytes=MAX_DIRECT_BYTES)
    try:
        return receive(raw, program.subject, desk, accepted_at)
    except NotHl7:
        raise BadRequest("body", code="not_hl7") from None
