"""The ``Site`` of a publication step, from the function's settings."""

from __future__ import annotations

from typing import Protocol

from functions.aws import stores
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.ports import Blobs
from functions.drimbox.publication.ports import Site


class Closed:
    """Stands for a store that this function has no right to: any use is a fault of ours."""

    def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:
        """Refused."""
        raise ConfigurationError("this function has no such store")

    def put(self, key: str, data: bytes, content_type: str = "") -> None:
        """Refused."""
        raise ConfigurationError("this function has no such store")

    def get(self, key: str) -> bytes | None:
        """Refused."""
        raise ConfigurationError("this function has no such store")


class StepSettings(Protocol):
    """What every step's settings have."""

    @property
    def tenant_parameters(self) -> str: ...
    @property
    def audit_bucket(self) -> str: ...


def open_site(settings: StepSettings, tenant: str) -> Site:
    """The tenant's site; what the settings do not name stays closed."""
    doors = stores.for_tenant(settings.tenant_parameters, tenant)

    def blobs(name: str) -> Blobs:
        bucket = getattr(settings, name, None)
        return doors.blobs(bucket) if bucket else Closed()

    return Site(
        tenant=doors.tenant,
        inbox=blobs("inbox_bucket"),
        archive=blobs("archive_bucket"),
        records=doors.records(getattr(settings, "studies_table", "")),
        messages=doors.messages(getattr(settings, "messages_table", "")),
        audit=doors.audit(settings.audit_bucket),
        clock=doors.clock,
        breaker=doors.breaker(
            getattr(settings, "links_table", ""), getattr(settings, "probe_seconds", 60)
        ),
        causes=doors.causes(
            getattr(settings, "operations_table", ""), getattr(settings, "alarm_topic_arn", "")
        ),
    )
