"""``GET db/tenants/{tenant}/dicomweb``: can this tenant's images be served now?

Asked by the national probes, without authentication. It says yes or no, and the product's version:
no name of a dependency, no patient data; and it answers fast even when the PACS does not.
"""

from __future__ import annotations

from typing import Final

import httpx

from functions.aws import entry, replies, requests
from functions.aws.connections import open_pacs
from functions.aws.stores import for_tenant
from functions.check_health.settings import Settings
from functions.drimbox.tenants.model import Tenant
from functions.version import VERSION

# Seconds: a probe waits 300 ms in all.
_TIMEOUT: Final = httpx.Timeout(0.2)
# A study that cannot exist: the PACS has to look, and has nothing to tell.
_NOBODY: Final = "2.25.0"


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """200 ``ready``, or 503 ``not_ready``; 404 for a tenant that does not exist."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    if not _answers(stores.tenant):
        return replies.problem(503, "not_ready", headers={"Retry-After": "30"})
    return replies.document(200, {"status": "ready", "version": VERSION})


def _answers(tenant: Tenant) -> bool:
    try:
        with open_pacs(Settings.current().trust_anchors_secret).stream(
            "GET",
            f"{tenant.pacs_url}/studies",
            params={"StudyInstanceUID": _NOBODY, "limit": "1"},
            headers={"Accept": "application/dicom+json"},
            timeout=_TIMEOUT,
        ) as answer:
            return answer.status_code in {200, 204}
    except httpx.HTTPError:
        return False
