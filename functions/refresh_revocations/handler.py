"""Every hour: download the revocation lists of the senders' authorities where one is due.

A file that is not taken leaves the kept list in place, and the metrics raise the alarms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import entry, logging, metrics
from functions.aws.stores import CLOCK, for_every_tenant, for_platform
from functions.drimbox.errors import DrimboxError
from functions.drimbox.identity.client_certificate import read_authorities
from functions.drimbox.identity.revocation_refresh import refresh
from functions.refresh_revocations.settings import Settings

if TYPE_CHECKING:
    from cryptography import x509

_NONE = "-"


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{"at_once": true}`` downloads whether or not a list is due."""
    settings = Settings.current()
    if settings.sender_revocation_urls == _NONE:
        logging.warning("the senders' certificates are not checked for revocation")
        metrics.revocation_lists(0, refused=False)
        return {"outcome": "not_configured"}
    platform = for_platform(settings)
    found = refresh(
        platform.revocation_source,
        _authorities(settings),
        platform.revoked_lists,
        CLOCK,
        at_once=event.get("at_once") is True,
    )
    metrics.revocation_lists(len(found.stale), refused=found.is_refused)
    for number, outcome in enumerate(found.outcomes, 1):
        logging.event("revocation list", detail=f"address {number}", outcome=outcome)
    for name in found.stale:
        logging.error("no revocation list in force", detail=name)
    return {"outcome": "refused" if found.is_refused else "looked", "stale": len(found.stale)}


def _authorities(settings: Settings) -> list[x509.Certificate]:
    """Of every tenant; one whose authorities cannot be read does not stop the others."""
    found: list[x509.Certificate] = []
    for tenant, stores in for_every_tenant(settings):
        try:
            if stores is not None:
                found += read_authorities(stores.client_authorities)
        except DrimboxError as error:
            logging.error("authorities not read", tenant=tenant, code=error.code)
    return found
