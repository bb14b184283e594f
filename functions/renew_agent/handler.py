"""``POST in/v1/tenants/{tenant}/agents/renew``: a new certificate, for the one that is shown.

An agent with a certificate of another authority finds nothing here.
"""

from __future__ import annotations

from functions.aws import callers, entry, logging, replies, requests
from functions.aws.stores import for_tenant
from functions.drimbox.enrolment.enrolling import Asked, read_asked
from functions.drimbox.errors import RequestError
from functions.renew_agent.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The body is ``{"request": …}``; 201 with the certificate and its chain."""
    agent = callers.enrolled_agent(event)
    stores = for_tenant(Settings.current(), agent.tenant)
    request_id = requests.request_id(event)
    try:
        facts = requests.json_body(event)
        asked = Asked(read_asked(facts, {"request"}), f"agent/{agent.name}", request_id)
        answer = stores.enrolments.renew(agent.name, agent.enrolled, asked)
    except RequestError as error:
        stores.audit.record(
            "agent.refused",
            key=request_id,
            result=error.code,
            who=agent.subject,
            facts={"agent": agent.name},
        )
        raise
    logging.event("agent renewed", tenant=agent.tenant)
    return replies.document(201, answer)
