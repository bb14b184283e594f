"""``POST in/v1/tenants/{tenant}/hl7v2/uploads``: where to put a message too large to send."""

from __future__ import annotations

import uuid

from functions.aws import callers, entry, metrics, replies, requests, stores
from functions.aws.queues import SqsLooks
from functions.drimbox.errors import RequestError
from functions.drimbox.publication.uploads import request_upload
from functions.request_upload.settings import Settings


class _RandomUids:
    def fresh(self) -> str:
        return str(uuid.uuid4())


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer with an address, and with that of the acknowledgement."""
    settings = Settings.current()
    program = callers.sender(event)
    site = stores.for_tenant(settings.tenant_parameters, program.tenant)
    audit = site.audit(settings.audit_bucket)
    try:
        address = request_upload(
            requests.json_body(event),
            program.subject,
            uploads=site.uploads(settings.uploads_bucket),
            queue=SqsLooks(settings.uploads_queue_url, program.tenant),
            audit=audit,
            clock=site.clock,
            uids=_RandomUids(),
        )
    except RequestError as error:
        audit.record(
            "upload.refused",
            key=requests.request_id(event),
            result=error.code,
            who=program.subject,
            facts={},
        )
        metrics.count("RefusedMessages", program.tenant)
        raise
    return replies.document(
        201,
        {
            "upload": address.upload_id,
            "method": "PUT",
            "url": address.url,
            "headers": dict(address.headers),
            "expires_at": address.expires_at.isoformat(),
            "acknowledgement": (f"/v1/tenants/{program.tenant}/hl7v2/uploads/{address.upload_id}"),
        },
    )
