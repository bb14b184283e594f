"""The settings that a function needs to open a store or the outside: one protocol per door.

``functions.aws.stores`` demands them, so the type checker refuses a handler that asks for a
door which its settings do not name.
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
    """The table of causes and filters."""

    @property
    def operations_table(self) -> str: ...


class NamesCertificates(NamesTenants, Protocol):
    """The findings on the structures' certificates."""

    @property
    def certificates_table(self) -> str: ...


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


class NamesTrustAnchors(NamesTenants, Protocol):
    """The authorities that our connections trust."""

    @property
    def trust_anchors_secret(self) -> str: ...


class NamesStructures(NamesTrustAnchors, Protocol):
    """The certificates and keys of the tenant's structures."""

    @property
    def structure_secrets(self) -> str: ...


class NamesDmp(NamesStructures, Protocol):
    """The DMP, this product as the DMP knows it, and the structures that it is called for."""

    @property
    def lps_secret(self) -> str: ...
    @property
    def dmp_url(self) -> str: ...
    @property
    def dmp_algorithms(self) -> str: ...


class NamesPsc(NamesTrustAnchors, Protocol):
    """Pro Santé Connect, and this DRIMbox as its client."""

    @property
    def psc_issuer(self) -> str: ...
    @property
    def psc_client_id(self) -> str: ...
    @property
    def psc_client_secret(self) -> str: ...


class NamesPscIntrospection(NamesPsc, Protocol):
    """Where Pro Santé Connect tells the state of a token."""

    @property
    def psc_introspection_url(self) -> str: ...


class NamesPscUserinfo(NamesPsc, Protocol):
    """Where Pro Santé Connect describes a professional."""

    @property
    def psc_userinfo_url(self) -> str: ...


class NamesOperatorsProvider(NamesTrustAnchors, Protocol):
    """The OpenID provider of the operators, and this application as its client."""

    @property
    def operator_issuer(self) -> str: ...
    @property
    def operator_client_id(self) -> str: ...
    @property
    def operator_client_secret(self) -> str: ...


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
