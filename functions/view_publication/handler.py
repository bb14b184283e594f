"""``GET in/v1/tenants/{tenant}/operations/publications/{publication}``, and its ``/export``."""

from __future__ import annotations

from functions.aws import entry, operators, replies, requests
from functions.aws.blobs import S3Blobs
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.view import view
from functions.view_publication.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The publication to read, or to keep: with the message's bytes."""
    settings = Settings.current()
    site, caller = operators.arrive(event, settings)
    message_id = requests.path(event, "publication")
    if requests.route(event).endswith("/export"):
        archive = S3Blobs(settings.archive_bucket, site.tenant.tenant)
        return replies.document(200, export(site, archive, caller, message_id))
    return replies.document(200, view(site, caller, message_id))
