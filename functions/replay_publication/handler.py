"""``POST in/v1/tenants/{tenant}/operations/publications/{publication}/replay``: try again."""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests, stores
from functions.aws.queues import SqsMessages
from functions.drimbox.publication.operations import replay
from functions.replay_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """202 with the replay's number; 404 when there is nothing to replay."""
    settings = Settings.current()
    program = callers.sender(event)
    site = stores.for_tenant(settings.tenant_parameters, program.tenant)
    message_id = requests.path(event, "publication")
    number = replay(
        site.messages(settings.messages_table),
        SqsMessages(settings.messages_queue_url, program.tenant),
        site.audit(settings.audit_bucket),
        site.clock,
        message_id=message_id,
        who=program.subject,
    )
    return replies.document(202, {"id": message_id, "replay": number})
