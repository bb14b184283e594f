"""``POST …/operations/publications/{publication}/mend`` of ``in``: what an operator mends."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.editing import Edit, mend
from functions.mend_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """201 with the mend's number; it counts from the next replay on."""
    site, caller = operators.arrive(event, Settings.current())
    message_id = requests.path(event, "publication")
    edit = Edit.read(requests.json_body(event))
    number = mend(site, caller, message_id=message_id, edit=edit)
    return replies.document(201, {"id": message_id, "mend": number})
