"""Replay on ``in``: ``operations/publications/{publication}/replay``, or a whole cause.

``operations/causes/{reason}/replay`` replays a page of what is held for one reason.
"""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.queues import SqsMessages
from functions.drimbox.operations.replaying import replay, replay_cause
from functions.replay_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """202 with what is queued; 404 when there is nothing to replay."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    queue = SqsMessages(settings.messages_queue_url, site.tenant.tenant)
    if "{reason}" in requests.route(event):
        reason, after = requests.path(event, "reason"), requests.query(event, "after")
        bulk = replay_cause(site, queue, caller, reason=reason, after=after)
        return replies.document(202, {"replayed": bulk.replayed, "next": bulk.next})
    message_id = requests.path(event, "publication")
    number = replay(site, queue, caller, message_id=message_id)
    return replies.document(202, {"id": message_id, "replay": number})
