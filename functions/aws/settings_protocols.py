"""The settings that a function needs to open a store: one protocol per store.

``functions.aws.stores`` demands them, so the type checker refuses a handler that asks for a store
which its settings do not name.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class NamesTenants(Protocol):
    """The tenants' files: every function names them."""

    @property
    def tenant_parameters(self) -> str: ...


class NamesAudit(NamesTenants, Protocol):
    """The audit trail."""

    @property
    def audit_bucket(self) -> str: ...


@runtime_checkable
class NamesInbox(NamesTenants, Protocol):
    """The messages, the notes and their acknowledgements."""

    @property
    def inbox_bucket(self) -> str: ...


@runtime_checkable
class NamesArchive(NamesTenants, Protocol):
    """The archive of publications and reconciliations."""

    @property
    def archive_bucket(self) -> str: ...


class NamesCache(NamesTenants, Protocol):
    """The image cache."""

    @property
    def cache_bucket(self) -> str: ...


class NamesUploads(NamesTenants, Protocol):
    """The messages that senders upload."""

    @property
    def uploads_bucket(self) -> str: ...


class NamesUploadsQueue(NamesTenants, Protocol):
    """The queue of uploads to look at."""

    @property
    def uploads_queue_url(self) -> str: ...


@runtime_checkable
class NamesStudies(NamesTenants, Protocol):
    """The studies' records."""

    @property
    def studies_table(self) -> str: ...


@runtime_checkable
class NamesMessages(NamesTenants, Protocol):
    """The log of messages."""

    @property
    def messages_table(self) -> str: ...


class NamesMessagesQueue(NamesTenants, Protocol):
    """The queue of accepted messages."""

    @property
    def messages_queue_url(self) -> str: ...


@runtime_checkable
class NamesCircuits(NamesTenants, Protocol):
    """The circuit breakers, and the interval between probes of an unreachable service."""

    @property
    def circuits_table(self) -> str: ...
    @property
    def probe_seconds(self) -> int: ...


class NamesOperations(NamesTenants, Protocol):
    """The table of causes, filters and found certificates."""

    @property
    def operations_table(self) -> str: ...


@runtime_checkable
class NamesCauses(NamesOperations, Protocol):
    """The causes of held publications, and the topic on which they are notified."""

    @property
    def alarm_topic_arn(self) -> str: ...


class NamesSessions(NamesTenants, Protocol):
    """The operators' sessions, and the secrets that seal them."""

    @property
    def sessions_table(self) -> str: ...
    @property
    def session_secrets(self) -> str: ...


class NamesPatients(NamesTenants, Protocol):
    """The patients known by their traits, and the secrets that hide them."""

    @property
    def patients_table(self) -> str: ...
    @property
    def traits_secrets(self) -> str: ...


class NamesStructures(NamesTenants, Protocol):
    """The certificates and keys of the tenant's structures."""

    @property
    def structure_secrets(self) -> str: ...
    @property
    def trust_anchors_secret(self) -> str: ...


class NamesPacsCredentials(NamesTenants, Protocol):
    """The credentials of the tenant's PACS."""

    @property
    def pacs_secrets(self) -> str: ...


class NamesPublishWorkflow(NamesTenants, Protocol):
    """The workflow of a publication."""

    @property
    def publish_workflow_arn(self) -> str: ...


class NamesFillWorkflow(NamesTenants, Protocol):
    """The workflow that fills the image cache."""

    @property
    def fill_workflow_arn(self) -> str: ...


class NamesReconcileWorkflow(NamesTenants, Protocol):
    """The workflow of a reconciliation."""

    @property
    def reconcile_workflow_arn(self) -> str: ...


class NamesPace(NamesTenants, Protocol):
    """How many studies are compared in a second."""

    @property
    def reconciled_per_second(self) -> int: ...


class NamesReception(NamesAudit, NamesInbox, NamesMessagesQueue, Protocol):
    """Everything that receives a message."""


class NamesImages(NamesArchive, NamesCache, NamesStudies, NamesFillWorkflow, Protocol):
    """Everything that serves images."""


class NamesNotes(NamesReception, NamesArchive, NamesCache, NamesStudies, Protocol):
    """Everything that receives a rejection note."""
