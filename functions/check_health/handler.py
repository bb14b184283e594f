"""``GET db/tenants/{tenant}/dicomweb``: can this tenant's images be served now?

Asked by the national probes, without authentication. It says yes or no, and the product's version:
no name of a dependency, no patient data; and it answers fast even when the PACS does not.
"""

from __future__ import annotations

from functions.aws import entry, replies, requests
from functions.aws.stores import for_tenant
from functions.check_health.settings import Settings
from functions.version import VERSION


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """200 ``ready``, or 503 ``not_ready``; 404 for a tenant that does not exist."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    if not stores.pacs_answers():
        return replies.problem(503, "not_ready", headers={"Retry-After": "30"})
    return replies.document(200, {"status": "ready", "version": VERSION})
