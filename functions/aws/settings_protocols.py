"""The settings that a function needs to open a store or the outside: one protocol per door.

``functions.aws.stores`` demands them, so the type checker refuses a handler that asks for a
door which its settings do not name.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class NamesTenants(Protocol):
    """The tenants' files: every function that works for one tenant names them."""

    @property
    def tenants_table(self) -> str: ...


@runtime_checkable
class NamesAudit(NamesTenants, Protocol):
    """The audit trail."""

    @property
    def audit_bucket(self) -> str: ...


class NamesSeals(Protocol):
    """The audit trails of all tenants, and their seals: no tenant's file tells of them."""

    @property
    def audit_bucket(self) -> str: ...
    @property
    def seals_bucket(self) -> str: ...


@runtime_checkable
class NamesInbox(NamesTenants, Protocol):
    """The messages, the notes and their acknowledgements."""

    @property
    def inbox_bucket(self) -> str: ...


@runtime_checkable
class NamesArchive(NamesTenants, Protocol):
    """The archive of publications."""

    @property
    def archive_bucket(self) -> str: ...


@runtime_checkable
class NamesReconciliations(NamesTenants, Protocol):
    """The pages of the reconciliations."""

    @property
    def reconciliations_bucket(self) -> str: ...


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
class NamesImports(NamesTenants, Protocol):
    """The studies that the tenants imported."""

    @property
    def imports_table(self) -> str: ...


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


class NamesAgentWatch(NamesCauses, Protocol):
    """The last words of the agents, and the topic on which a silent one is notified."""

    @property
    def health_table(self) -> str: ...


class NamesOutageWatch(NamesCircuits, NamesCauses, Protocol):
    """The circuits to watch, and where alerts about them are kept and sent."""


class NamesSessions(NamesTenants, Protocol):
    """The sessions of operators and professionals, and the secrets that seal them."""

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


class NamesRefused(NamesTenants, Protocol):
    """The messages that were refused of late."""

    @property
    def lookups_table(self) -> str: ...


@runtime_checkable
class NamesLookups(NamesTenants, Protocol):
    """The terms of messages and their sealed facts, and the secrets that hide them."""

    @property
    def lookups_table(self) -> str: ...
    @property
    def traits_secrets(self) -> str: ...


class NamesTrustAnchors(Protocol):
    """The authorities of the platform's peers: one bundle for each peer."""

    @property
    def trust_anchors_secret(self) -> str: ...


class NamesTenantAnchors(NamesTenants, Protocol):
    """The authorities of one tenant's senders and operators' programs."""

    @property
    def tenant_anchors_secrets(self) -> str: ...


class NamesPacs(NamesTenants, Protocol):
    """The PACS of one tenant, and the secret of our access to it. ``private_pacs`` are hosts on
    this machine, separated by spaces; "-" in a deployment.
    """

    @property
    def pacs_access_secrets(self) -> str: ...
    @property
    def private_pacs(self) -> str: ...


class NamesHealth(NamesPacs, Protocol):
    """The remembered health of the tenants' PACS, and the way to them."""

    @property
    def health_table(self) -> str: ...


class NamesStructures(NamesTenants, NamesTrustAnchors, Protocol):
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


class NamesCallingPeers(NamesTrustAnchors, Protocol):
    """The table with the white list, and the demand on certificates (``PeerCertificates``)."""

    @property
    def peers_table(self) -> str: ...
    @property
    def peer_certificates(self) -> str: ...


class NamesPscUserinfo(NamesPsc, Protocol):
    """Where Pro Santé Connect describes a professional."""

    @property
    def psc_userinfo_url(self) -> str: ...


class NamesPscSignIn(NamesPscIntrospection, NamesPscUserinfo, Protocol):
    """Where professionals sign in: Pro Santé Connect tells everything about them."""


class NamesOperatorsProvider(NamesTrustAnchors, Protocol):
    """The OpenID provider of the operators, and this application as its client."""

    @property
    def operator_issuer(self) -> str: ...
    @property
    def operator_client_id(self) -> str: ...
    @property
    def operator_client_secret(self) -> str: ...


class NamesWhiteList(NamesTrustAnchors, Protocol):
    """The national white list: its publisher, its signer, and the table that keeps it.

    ``white_list_revocation_urls`` are separated by spaces.
    """

    @property
    def white_list_url(self) -> str: ...
    @property
    def white_list_revocation_urls(self) -> str: ...
    @property
    def white_list_signer_name(self) -> str: ...
    @property
    def white_list_signer_unit(self) -> str: ...
    @property
    def peers_table(self) -> str: ...


@runtime_checkable
class NamesOutcomes(NamesTenants, Protocol):
    """The table that keeps the last outcomes of the services."""

    @property
    def health_table(self) -> str: ...


class NamesServices(NamesOutcomes, Protocol):
    """The tables that tell the state of the services: outcomes, circuits, the white list."""

    @property
    def circuits_table(self) -> str: ...
    @property
    def peers_table(self) -> str: ...


class NamesSigners(NamesTenants, NamesTrustAnchors, Protocol):
    """The authorities of the structures, whose signatures a file may have."""


class NamesRevocations(NamesTenants, Protocol):
    """The kept revocation lists of the senders' authorities."""

    @property
    def revocations_bucket(self) -> str: ...


class NamesRevocationSource(NamesTrustAnchors, Protocol):
    """Where those lists are published; the addresses are separated by spaces."""

    @property
    def sender_revocation_urls(self) -> str: ...
    @property
    def revocations_bucket(self) -> str: ...


class NamesPacsCredentials(NamesTenants, Protocol):
    """The credentials of the tenant's PACS."""

    @property
    def pacs_secrets(self) -> str: ...


class NamesPublishWorkflow(NamesTenants, Protocol):
    """The workflow of a publication."""

    @property
    def publish_workflow_arn(self) -> str: ...


class NamesJobs(NamesTenants, Protocol):
    """The jobs, and the queues that the agents at the sites listen to: each tenant's URL begins
    with ``agent_queues_url``.
    """

    @property
    def jobs_table(self) -> str: ...
    @property
    def agent_queues_url(self) -> str: ...


class NamesFillJobs(NamesJobs, Protocol):
    """The same, and the queue of the jobs that fill the image cache."""

    @property
    def fill_jobs_queue_url(self) -> str: ...


class NamesAgents(NamesJobs, Protocol):
    """The agents at the sites: their last words, and the questions to them."""

    @property
    def health_table(self) -> str: ...


class NamesAnswers(NamesAgents, NamesCache, Protocol):
    """The same, and their answers."""


class NamesSearches(NamesAnswers, Protocol):
    """The same, and the secrets that seal an operator's search."""

    @property
    def traits_secrets(self) -> str: ...


class NamesAskedPacs(NamesPacs, NamesAnswers, Protocol):
    """The PACS of a site, reached directly or through its agents."""


class NamesSurveyedPacs(NamesAnswers, Protocol):
    """The same, of which another function opens the PACS that is reached directly."""

    @property
    def find_study_function(self) -> str: ...


class NamesSearchedPacs(NamesPacs, NamesSearches, Protocol):
    """The same for an operator's search."""


class NamesFailing(NamesFillJobs, Protocol):
    """The jobs that no agent could do, and the queue of the ticks."""

    @property
    def ticks_queue_url(self) -> str: ...


class NamesServing(NamesSearches, NamesFillJobs, NamesAudit, NamesArchive, NamesStudies, Protocol):
    """Everything that serves the agents: the role that is lent to them, the counts of their
    requests, the queue of the ticks, which their answers ring, and the bucket where imports lie on
    their way.
    """

    @property
    def agents_table(self) -> str: ...
    @property
    def readings_bucket(self) -> str: ...
    @property
    def ticks_queue_url(self) -> str: ...
    @property
    def agent_role_arn(self) -> str: ...


class NamesAgentRegister(NamesTenants, Protocol):
    """The register of the agents with a certificate of our own authority, and its certificate."""

    @property
    def agents_table(self) -> str: ...
    @property
    def agent_authority_secret(self) -> str: ...


class NamesEnrolments(NamesAgentRegister, NamesAudit, Protocol):
    """The same, and the function that issues their certificates."""

    @property
    def issue_certificate_function(self) -> str: ...


class NamesAgentsDesk(NamesAudit, Protocol):
    """The register as operators see and change it, and the last words of the agents."""

    @property
    def agents_table(self) -> str: ...
    @property
    def health_table(self) -> str: ...


@runtime_checkable
class NamesWaits(NamesTenants, Protocol):
    """The table of the changes that wait outside the workflow."""

    @property
    def waits_table(self) -> str: ...


class NamesParking(NamesWaits, Protocol):
    """The same, the queue of ticks, and the pause of an open circuit, in seconds."""

    @property
    def ticks_queue_url(self) -> str: ...

    @property
    def probe_seconds(self) -> int: ...


class NamesWaking(NamesParking, NamesPublishWorkflow, NamesPacs, NamesAgents, Protocol):
    """Everything that wakes a waiting change. ``starts_per_second`` is the ceiling of the starts of
    all tenants together.
    """

    @property
    def starts_per_second(self) -> int: ...


@runtime_checkable
class NamesNews(NamesTenants, Protocol):
    """The queue of the messages that have news."""

    @property
    def news_queue_url(self) -> str: ...


class NamesMissedNews(NamesTenants, Protocol):
    """How far sites were told of their messages, and the news that they missed."""

    @property
    def news_table(self) -> str: ...


class NamesTelling(NamesNews, NamesMissedNews, NamesRefused, NamesTenantAnchors, Protocol):
    """Everything that tells them: how far they were told, the keys that sign, the hosts of this
    machine ("-" for none, as in :class:`NamesKnownSources`), and the addresses in an event.
    """

    @property
    def webhook_secrets(self) -> str: ...
    @property
    def private_peers(self) -> str: ...
    @property
    def in_url(self) -> str: ...
    @property
    def vi_url(self) -> str: ...


class NamesReconcileWorkflow(NamesTenants, Protocol):
    """The workflow of a reconciliation."""

    @property
    def reconcile_workflow_arn(self) -> str: ...


class NamesPace(NamesTenants, Protocol):
    """How many studies are compared in a second."""

    @property
    def reconciled_per_second(self) -> int: ...


class NamesReception(NamesAudit, NamesInbox, NamesMessagesQueue, NamesRefused, Protocol):
    """Everything that receives a message."""


class NamesSweep(
    NamesInbox, NamesMessages, NamesMessagesQueue, NamesOperations, NamesCache, Protocol
):
    """Everything that sweeps the inbox, and the objects that agents have put."""


class NamesLinks(NamesArchive, NamesStudies, Protocol):
    """The published studies, which links of reports name."""


class NamesImages(NamesArchive, NamesCache, NamesStudies, NamesFillJobs, Protocol):
    """Everything that serves images."""


class NamesServicesView(NamesServices, Protocol):
    """The same for operators, with the signer that every white list must show."""

    @property
    def white_list_signer_name(self) -> str: ...
    @property
    def white_list_signer_unit(self) -> str: ...


class NamesKnownSources(NamesServices, NamesSessions, Protocol):
    """The known states of the other DRIMboxes that serve a page's exams.

    ``private_peers`` are hosts on this machine, separated by spaces; "-" in a deployment.
    """

    @property
    def private_peers(self) -> str: ...


class NamesSources(
    NamesKnownSources, NamesTrustAnchors, NamesArchive, NamesCache, NamesStudies, Protocol
):
    """These DRIMboxes themselves, and the images of this site."""


class NamesReadingsBucket(NamesTenants, Protocol):
    """The bucket of the bytes that professionals opened."""

    @property
    def readings_bucket(self) -> str: ...


class NamesExports(NamesTenants, Protocol):
    """The bucket of the archives and large exports that operators asked for."""

    @property
    def exports_bucket(self) -> str: ...


class NamesExportAddresses(NamesExports, Protocol):
    """The same, and for how many seconds an address in it is good."""

    @property
    def export_url_seconds(self) -> int: ...


class NamesReadings(NamesSessions, NamesReadingsBucket, Protocol):
    """The exams that professionals opened: their records, and the bucket of their bytes."""


class NamesImageBuckets(NamesCache, Protocol):
    """The buckets that the viewer's page reads from, known by their names alone."""

    @property
    def readings_bucket(self) -> str: ...


class NamesFetchWorkflow(NamesTenants, Protocol):
    """The workflow that fetches an exam from its site."""

    @property
    def fetch_workflow_arn(self) -> str: ...


class NamesImportWorkflow(NamesTenants, Protocol):
    """The workflow that imports an exam into the site's PACS."""

    @property
    def import_workflow_arn(self) -> str: ...


class NamesImporting(NamesReadings, NamesImports, NamesStudies, NamesAskedPacs, Protocol):
    """Everything that sends an opened exam to the site's PACS, directly or through its agents."""

    @property
    def circuits_table(self) -> str: ...
    @property
    def probe_seconds(self) -> int: ...


class NamesPeers(NamesTrustAnchors, NamesCache, Protocol):
    """The other DRIMboxes, asked for images with our client certificate.

    ``private_peers`` as in :class:`NamesKnownSources`. ``cache_bucket`` is known by its name alone:
    an answer may redirect there.
    """

    @property
    def peers_table(self) -> str: ...
    @property
    def private_peers(self) -> str: ...
    @property
    def peers_client_secret(self) -> str: ...


class NamesNotes(
    NamesAudit, NamesInbox, NamesMessagesQueue, NamesArchive, NamesCache, NamesStudies, Protocol
):
    """Everything that receives a rejection note."""
