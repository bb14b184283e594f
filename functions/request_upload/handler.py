"""``POST in/v1/tenants/{tenant}/hl7v2/uploads``: where to put a message too large to send."""

from __future__ import annotations

from datetime import timedelta

from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import UIDS, for_tenant
from functions.drimbox.audited import refusal_audited
from functions.drimbox.errors import RequestError
from functions.drimbox.publication.uploads import request_upload
from functions.request_upload.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """Answer with an address, and with that of the acknowledgement."""
    program = callers.messenger(event)
    stores = for_tenant(Settings.current(), program.tenant)
    key = requests.request_id(event)
    path = f"/v1/tenants/{program.tenant}/hl7v2"
    try:
        with refusal_audited(stores.audit, "upload.refused", key=key, who=program.subject):
            facts = requests.json_body(event)
            address = request_upload(
                facts,
                program.subject,
                uploads=stores.uploads,
                queue=stores.looks,
                audit=stores.audit,
                clock=stores.clock,
                uids=UIDS,
                life=timedelta(seconds=stores.settings.upload_url_seconds),
            )
    except RequestError:
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
            **(
                {"check": f"{path}/check?upload={address.upload_id}"}
                if facts.get("check")
                else {"acknowledgement": f"{path}/uploads/{address.upload_id}"}
            ),
        },
    )
