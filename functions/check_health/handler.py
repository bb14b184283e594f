"""``GET db/tenants/{tenant}/dicomweb``, ``OPTIONS …/studies``: can its images be served now?

Asked by the national probes, without authentication. It says yes or no, and the product's version:
no name of a dependency, no patient data; and it answers fast even when the PACS does not. The PACS
is probed every 15 seconds at most, however many ask.
"""

from __future__ import annotations

from typing import Final

from functions.aws import entry, replies, requests
from functions.aws.stores import for_tenant
from functions.check_health.settings import Settings
from functions.version import VERSION


def _ready(event: entry.Event) -> replies.Reply:
    """200 ``ready``, or 503 ``not_ready``; 404 for a tenant that does not exist."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    if not stores.pacs_is_ready():
        return replies.problem(503, "not_ready", headers={"Retry-After": "30"})
    return replies.document(200, {"status": "ready", "version": VERSION})


_BASE: Final = "/tenants/{tenant}/dicomweb"
ROUTES: Final[entry.Routes] = {
    ("GET", _BASE): _ready,
    ("OPTIONS", f"{_BASE}/studies"): _ready,
}
handler = entry.http(entry.routes(ROUTES))
