"""A tenant: one imaging site, its link, structures, senders and operators, and its delays."""

from __future__ import annotations

import re
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.tenants.reconciliation_policy import ReconciliationPolicy
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import timedelta
    from ipaddress import IPv4Network
    from zoneinfo import ZoneInfo

    from functions.drimbox.oid import Oid, Uid

SLUG: Final = re.compile(r"[a-z][a-z0-9-]{2,40}")
# The days for which a tenant may keep cached images: the bucket has one rule for each number.
CACHE_DAYS: Final = (1, 2, 7, 30)


class SenderPolicy(StrEnum):
    """The gateway's treatment of a declared sender's reports; it refuses an undeclared sender's."""

    PUBLISH = "publish"
    IGNORE = "ignore"


@frozen
class Sender:
    """A program allowed to send reports: MSH-3, MSH-4, and the subject and issuer of its
    certificate (RFC 4514).

    ``policy``: a site may send everything and have some of its programs left out here; their
    reports are acknowledged and nothing is published.
    """

    application: str
    facility: str
    certificate_subject: str
    certificate_issuer: str
    policy: SenderPolicy = SenderPolicy.PUBLISH


class Link(StrEnum):
    """How the site's PACS is reached: by an agent of ours that stands at the site and opens
    connections to the outside alone, through a private network, or over the Internet."""

    AGENT = "agent"
    VPN = "vpn"
    PUBLIC = "public"


@frozen
class Agent:
    """An agent at the site, by the subject and the issuer of its client certificate (RFC 4514).

    ``name`` is the operators': a host's name in lower case, such as ``salle-serveur-1``.
    """

    name: str
    certificate_subject: str
    certificate_issuer: str


class Permission(StrEnum):
    """An operator's permissions on publications, one for each verb.

    ``view`` also shows the patient's data of one publication, ``patients`` finds publications by
    their patient and names patients in lists, ``bulk`` replays a whole cause at once, ``identity``
    confirms that a report with other strict traits is of the same person, ``release`` takes a study
    out of the memory of imports, ``archive`` gives all manifests of a month, ``agents`` lets agents
    in and puts them out.
    """

    VIEW = "view"
    PATIENTS = "patients"
    REPLAY = "replay"
    EDIT = "edit"
    IDENTITY = "identity"
    WITHDRAW = "withdraw"
    EXPORT = "export"
    BULK = "bulk"
    RELEASE = "release"
    ARCHIVE = "archive"
    AGENTS = "agents"


@frozen
class Operator:
    """An operator of a tenant's publications: a program, by the subject and the issuer of its
    client certificate (RFC 4514), or a person, by the ``sub`` of the operators' OpenID provider.
    """

    name: str
    permissions: frozenset[Permission]
    certificate_subject: str = ""
    certificate_issuer: str = ""
    oidc_subject: str = ""

    @property
    def subject(self) -> str:
        """The identity that the audit trail names."""
        return self.certificate_subject or self.oidc_subject

    def may(self, permission: Permission) -> bool:
        """True when the tenant's file gives that permission."""
        return permission in self.permissions


class Identification(StrEnum):
    """The identity that is named and that holds the certificates: the entité géographique (EG), the
    entité juridique (EJ), or the EJ for its EG (DMP, EJ/EG identification).
    """

    EG = "EG"
    EJ_EG = "EJ/EG"
    EJ = "EJ"


@frozen
class Structure:
    """A legal structure for which this tenant publishes: ``id`` is "1" + FINESS or "3" + SIRET.

    ``sector`` is the Secteur_Activite of its VIHF (table …71.4.2.4). ``legal_entity`` is the id of
    the EJ whose certificates serve in mode EJ/EG, "" in the others. Submission sets and VIHF name
    ``id`` in every mode.
    """

    id: str
    name: str
    sector: str
    identification: Identification = Identification.EG
    legal_entity: str = ""

    @property
    def holder(self) -> str:
        """The structure that holds the certificates."""
        return self.legal_entity or self.id


class OfflineFiles(StrEnum):
    """When professionals may open exams from a file (decision 0072): never, while the DMP does not
    answer, or also while it does."""

    NO = "no"
    DMP_AWAY = "dmp_away"
    ALWAYS = "always"


class ImageQuality(StrEnum):
    """The images that other sites are asked for: without loss where they have it, or in the forms
    that the network's list prefers for viewing, lossy ones first (decision 0073)."""

    LOSSLESS = "lossless"
    VIEWING = "viewing"


@frozen
class Tenant:
    """``tenant`` is an opaque slug, never reused. ``source_id`` is the OID of XDS sourceId.

    ``link`` says how the site is reached. ``pacs_url`` is the base of the PACS's DICOMweb service,
    "" where an agent of ``agents`` asks it at the site. Through a private network (``vpn``) the
    site presents its PACS in ``pacs_range``, which we allot to it and to nobody else, behind the
    gateway of the Internet address ``vpn_gateway`` (decision 0097).

    ``study_wait``: how long a report waits for its study once the PACS has answered that it does
    not know it, at most three days. ``outage_patience``: how long it waits for a PACS or DMP that
    does not answer (``publication.patience`` says from when), at most four days. More would be
    more attempts than an execution's history holds. ``publication_objective``: the longest desired
    time from a report's validation to its publication. ``time_zone`` is the site's, for KOS and
    XDS local times. ``masking_cumulation`` is the DMP's parameter
    ``cumul-invisible_patient-masque_ps`` (EX_2.1-1050): whether a document may be hidden from the
    patient and from professionals at once. ``retrieve_location_uid`` is written into the series of
    the manifests (0040,E011, RAD-68), None writes none: the network's samples know both forms.
    ``retrieve_url`` is the base of the RetrieveURLs in this tenant's manifests, for a site whose
    images other DRIMboxes fetch through a host of its own (a front that leads to ``db``): host and
    path, without a slash at its end. "" is ``db`` and the tenant's path. Published manifests keep
    it for ever. ``cache_days``, one of CACHE_DAYS: how long cached images are kept; a file without
    it gets the deployment's at synthesis. ``offline_files``: when professionals may open exams from
    a file. ``imports``: whether professionals may store exams of other sites in this PACS (decision
    0071); ``pacs_store_url`` is the base of its STOW-RS, "" for ``pacs_url``. ``viewer_url`` is the
    address of the site's own viewer (``tenants.pacs_viewer``), "" for none. ``exam_quality``:
    the images that other sites are asked for to be read; an import asks for those without loss.
    ``prefetch_prior``: the likely prior of an exam that is whole is fetched before anybody opens
    it. ``webhook_url``: the site's own address that is told of the states of its messages (decision
    0086), "" for none: https, without a user, a query or a fragment.
    """

    tenant: str
    name: str
    source_id: Oid
    structures: tuple[Structure, ...]
    senders: tuple[Sender, ...]
    link: Link
    manufacturer: str
    study_wait: timedelta
    outage_patience: timedelta
    cache_on_publication: bool
    time_zone: ZoneInfo
    pacs_url: str = ""
    pacs_range: IPv4Network | None = None
    vpn_gateway: str = ""
    agents: tuple[Agent, ...] = ()
    masking_cumulation: bool = True
    cache_days: int = 2
    operators: tuple[Operator, ...] = ()
    publication_objective: timedelta | None = None
    retrieve_location_uid: Uid | None = None
    retrieve_url: str = ""
    offline_files: OfflineFiles = OfflineFiles.NO
    imports: bool = False
    pacs_store_url: str = ""
    viewer_url: str = ""
    exam_quality: ImageQuality = ImageQuality.LOSSLESS
    prefetch_prior: bool = False
    webhook_url: str = ""
    reconciliation: ReconciliationPolicy = field(default_factory=ReconciliationPolicy)

    def retrieve_base(self, db_url: str) -> str:
        """The base of the RetrieveURLs in its manifests, where ``db_url`` is the base of ``db``."""
        return self.retrieve_url or f"{db_url}/tenants/{self.tenant}/dicomweb"

    @property
    def store_url(self) -> str:
        """The base of its PACS's STOW-RS (PS3.18 10.5)."""
        return self.pacs_store_url or self.pacs_url

    @property
    def programs(self) -> tuple[Sender | Operator | Agent, ...]:
        """The senders, operators and agents that show a client certificate."""
        operators = (one for one in self.operators if one.certificate_subject)
        return (*self.senders, *operators, *self.agents)

    def operator_by_certificate(self, subject: str) -> Operator | None:
        """The operator whose program shows a certificate of that subject (RFC 4514)."""
        wanted = canonical_name(subject)
        return next(
            (
                one
                for one in self.operators
                if one.certificate_subject and canonical_name(one.certificate_subject) == wanted
            ),
            None,
        )

    def operator_by_oidc(self, subject: str) -> Operator | None:
        """The operator whom the operators' OpenID provider names so (``sub``)."""
        return next(
            (one for one in self.operators if one.oidc_subject and one.oidc_subject == subject),
            None,
        )

    def sender(self, application: str, facility: str) -> Sender | None:
        """The declared sender of MSH-3 and MSH-4."""
        wanted = (application, facility)
        return next((s for s in self.senders if (s.application, s.facility) == wanted), None)

    def structure(self, structure_id: str) -> Structure | None:
        """The declared structure of that id; a nine-digit FINESS means "1" + FINESS."""
        wanted = structure_id if len(structure_id) != 9 else "1" + structure_id
        return next((s for s in self.structures if s.id == wanted), None)
