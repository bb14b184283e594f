"""``POST in/v1/tenants/{tenant}/operations/publications/{publication}/withdraw``: take it back."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.queues import SqsMessages
from functions.drimbox.operations.withdrawing import study_of, withdraw
from functions.withdraw_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """202 with the identifier of the order, which is a publication of its own."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    message_id = requests.path(event, "publication")
    queue = SqsMessages(settings.messages_queue_url, site.tenant.tenant)
    study = study_of(requests.json_body(event))
    order = withdraw(site, queue, caller, message_id=message_id, study=study)
    return replies.document(202, {"id": order})
