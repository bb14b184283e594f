"""The exams that professionals opened: their sealed records, and their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import tenant_secrets
from functions.aws.sessions import DynamoSessions, unguessable
from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.reading.readings import Readings
from functions.drimbox.reading.shelf import Shelf

if TYPE_CHECKING:
    from functions.aws.settings_protocols import NamesReadings
    from functions.aws.stores import TenantStores


def open_shelf(stores: TenantStores[NamesReadings]) -> Shelf:
    """The opened exams of a tenant."""
    settings, tenant = stores.settings, stores.slug
    secret = tenant_secrets.text(settings.session_secrets, tenant, tenant_secrets.SESSIONS)
    seal = Seal(secret.encode(), tenant, "readings")
    records = DynamoSessions(settings.sessions_table, tenant)
    sealed = SealedStore(records, stores.clock, unguessable, seal)
    return Shelf(Readings(sealed), stores.readings)
