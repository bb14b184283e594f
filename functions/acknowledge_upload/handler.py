"""``GET in/v1/tenants/{tenant}/hl7v2/uploads/{upload}``: the acknowledgement of a large message.

202 until the message is there, then what the direct route would have answered.
"""

from __future__ import annotations

from typing import Final

from functions.acknowledge_upload.settings import Settings
from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import for_tenant
from functions.drimbox.errors import BadRequest, NotHl7
from functions.drimbox.publication.uploads import HL7, acknowledge_upload

RETRY_AFTER: Final = 2


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Receive the message if nobody did, and answer its acknowledgement."""
    program = callers.messenger(event)
    stores = for_tenant(Settings.current(), program.tenant)
    desk = stores.desk
    upload_id = requests.path(event, "upload")
    try:
        reception = acknowledge_upload(upload_id, program.subject, desk, stores.uploads)
    except NotHl7:
        desk.audit.record(
            "message.refused",
            key=requests.request_id(event),
            result="not_hl7",
            who=program.subject,
            facts={"upload_id": upload_id},
        )
        metrics.count("RefusedMessages", program.tenant)
        raise BadRequest("body", code="not_hl7") from None
    if reception is None:
        return replies.document(
            202, {"state": "awaited"}, headers={"Retry-After": str(RETRY_AFTER)}
        )
    if reception.code != "AA":
        metrics.count("RefusedMessages", program.tenant)
    if reception.control_id_reused:
        metrics.count("ControlIdReused", program.tenant)
    return replies.text(200, reception.ack, HL7, {"Publication-Id": reception.message_id})
