"""``POST in/v1/tenants/{tenant}/operations/publications/{publication}/replay``: try again."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.queues import SqsMessages
from functions.drimbox.operations.replaying import replay
from functions.replay_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """202 with the replay's number; 404 when there is nothing to replay."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    queue = SqsMessages(settings.messages_queue_url, site.tenant.tenant)
    message_id = requests.path(event, "publication")
    number = replay(site, queue, caller, message_id=message_id)
    return replies.document(202, {"id": message_id, "replay": number})
