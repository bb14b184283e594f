"""The DMP's answer to an intent, in the archive: its step writes it, or the last one does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.drimbox.publication import archive
from functions.drimbox.publication.record import Current
from functions.drimbox.report.requested_action import Action

if TYPE_CHECKING:
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import Withdrawal


def archive_settled(site: Site, settled: Current | Withdrawal) -> None:
    """Write down the outcome of this intent, once."""
    if isinstance(settled, Current):
        action, at, entry_uuid = settled.edition.action, settled.published_at, settled.entry_uuid
    else:
        # Not the edition's: images that are gone withdraw the manifest of a report.
        action, at, entry_uuid = Action.WITHDRAW, settled.withdrawn_at, ""
    site.archive.put_once(
        archive.key_of(settled.intent_id, archive.SETTLED),
        json.dumps(
            {
                "action": action,
                "manifest_uid": settled.manifest_uid,
                "entry_uuid": entry_uuid,
                "version": settled.version,
                "at": at.isoformat(),
            }
        ).encode(),
        "application/json",
    )
