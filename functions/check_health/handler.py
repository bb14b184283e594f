"""``GET``, ``HEAD``, ``OPTIONS db/tenants/{tenant}/dicomweb``, ``OPTIONS …/studies``: can its
images be served now?

Asked by the national probes, without authentication. It says yes or no, and the product's version
or the service's capabilities: no name of a dependency, no patient data; and it answers fast even
when the PACS does not. The PACS is probed every 15 seconds at most, however many ask.
"""

from __future__ import annotations

from typing import Final

from functions.aws import entry, replies, requests
from functions.aws.stores import for_tenant
from functions.check_health.settings import Settings
from functions.drimbox.accept import prefer_media
from functions.drimbox.images.capabilities import JSON, WADL, capabilities
from functions.version import VERSION


def _ready(event: entry.Event) -> replies.Reply:
    """200 ``ready``, or 503 ``not_ready``; 404 for a tenant that does not exist."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    if not stores.pacs_is_ready():
        return replies.problem(503, "not_ready", headers={"Retry-After": "30"})
    return replies.document(200, {"status": "ready", "version": VERSION})


def _capable(event: entry.Event) -> replies.Reply:
    """The same; 200 has the capabilities, unless JSON is liked better."""
    ready = _ready(event)
    wanted = prefer_media(requests.headers(event, "Accept"), (WADL, JSON))
    if ready["statusCode"] != 200 or wanted == JSON:
        return ready
    tenant = requests.path(event, "tenant")
    return replies.text(200, capabilities(f"/tenants/{tenant}/dicomweb/"), WADL)


_BASE: Final = "/tenants/{tenant}/dicomweb"
ROUTES: Final[entry.Routes] = {
    ("GET", _BASE): _ready,
    ("HEAD", _BASE): _ready,
    ("OPTIONS", _BASE): _capable,
    ("OPTIONS", f"{_BASE}/studies"): _capable,
}
handler = entry.http(entry.routes(ROUTES))
