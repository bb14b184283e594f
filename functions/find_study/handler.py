"""Ask a tenant's PACS for one study, on behalf of ``reconcile_studies``.

That function holds the structures' keys, and must not speak with a hospital's network (rule A29).
No circuit is asked here: the caller asks within its own.
"""

from __future__ import annotations

from typing import Any

from functions.aws import entry
from functions.aws.stores import for_tenant
from functions.drimbox.oid import Uid
from functions.drimbox.reconciliation.relayed import told
from functions.find_study.settings import Settings


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{tenant, study_instance_uid}``; the answer is that of ``relayed.told``."""
    stores = for_tenant(Settings.current(), str(event["tenant"]))
    return told(stores.pacs, Uid(event["study_instance_uid"]))
