"""``POST vi/v1/tenants/{tenant}/agents/enrol``: a certificate for a one-time code.

Nobody is known here: each refusal is counted and leaves no audit record. ``in`` could not take this
route, since it demands a certificate.
"""

from __future__ import annotations

from functions.aws import entry, logging, replies, requests
from functions.aws.stores import enrolling_address, for_tenant
from functions.drimbox.enrolment.enrolling import Asked, read_asked
from functions.enrol_agent.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The body is ``{"code": …, "request": …}``; 201 with the certificate and its chain."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    address = str((event["requestContext"].get("identity") or {}).get("sourceIp", ""))
    with entry.strangers_counted(event):
        facts = requests.json_body(event)
        asked = Asked(
            read_asked(facts, {"code", "request"}),
            enrolling_address(address),
            requests.request_id(event),
        )
        answer = stores.enrolments.enrol(facts["code"], asked)
    logging.event("agent enrolled", tenant=stores.slug)
    return replies.document(201, answer)
