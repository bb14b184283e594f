"""Connections to the outside, each with its own identity and trust: PACS, DMP, Pro Santé Connect.

TLS contexts and clients are kept per process: the handshake is paid once. They are renewed when
the secret behind them changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import httpx

from functions.aws import secrets
from functions.aws.clock import RandomUids, SystemClock
from functions.aws.structure_keys import StructureKeys, TenantKeys
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints, StoredSubmission
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.metadata import study_reference
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.dmp.vihf import LpsIdentity, VihfBuilder
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oidc import Application, OidcClient
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.oid import Uid
from functions.drimbox.ports import Clock
from functions.drimbox.publication.speaker import vihf_facts
from functions.drimbox.report.model import Report
from functions.drimbox.tenants.model import Structure
from functions.drimbox.transport import TlsIdentity, open_client, tls_context


@lru_cache(maxsize=64)
def _client(trust_anchors: str, identity: TlsIdentity | None) -> httpx.Client:
    return open_client(tls_context(trust_anchors, identity))


def open_pacs(trust_anchors_secret: str) -> httpx.Client:
    """A client for the tenant's PACS."""
    return _client(secrets.required_text(trust_anchors_secret), None)


def open_psc(
    trust_anchors_secret: str,
    client_secret: str,
    client_id: str,
    *,
    issuer: str,
    introspection_url: str = "",
    userinfo_url: str = "",
) -> PscClient:
    """Pro Santé Connect, with this DRIMbox's client certificate (RFC 8705)."""
    facts = secrets.fields(client_secret, ("certificate", "private_key"))
    identity = TlsIdentity(facts["certificate"], facts["private_key"])
    return PscClient(
        _client(secrets.required_text(trust_anchors_secret), identity),
        introspection_url,
        userinfo_url,
        client_id,
        SystemClock(),
        issuer=issuer,
    )


def open_operators_provider(
    trust_anchors_secret: str,
    client_secret: str,
    *,
    issuer: str,
    client_id: str,
    redirect_uri: str,
) -> OidcClient:
    """The OpenID provider of the operators."""
    facts = secrets.fields(client_secret, ("client_secret",))
    application = Application(issuer, client_id, facts["client_secret"], redirect_uri)
    http = _client(secrets.required_text(trust_anchors_secret), None)
    return OidcClient(http, application, SystemClock())


@dataclass(frozen=True, slots=True)
class StructureDmp:
    """The DMP as one structure sees it for one patient; implements ``sending.Dmp``."""

    client: DmpClient
    vihf: VihfBuilder

    def submit(self, submission: StoredSubmission) -> None:
        """ITI-41."""
        self.client.submit(submission, self.vihf)

    def update(self, metadata: bytes) -> None:
        """ITI-57."""
        self.client.update(metadata, self.vihf)

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 FindDocumentsByReferenceId."""
        reference = study_reference(study_instance_uid)
        return self.client.find_by_reference_id(patient, reference, self.vihf)

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments."""
        return self.client.get_by_unique_id(unique_id, self.vihf)


def open_dmp(dmp_url: str, trust_anchors_secret: str, keys: StructureKeys) -> DmpClient:
    """The DMP, with the structure's ORG_AUTH_CLI; Held when none may serve."""
    http = _client(secrets.required_text(trust_anchors_secret), keys.tls())
    return DmpClient(http, DmpEndpoints.under(dmp_url), SystemClock(), RandomUids())


class SpeakerSettings(Protocol):
    """The settings of a function that calls the DMP."""

    @property
    def structure_secrets(self) -> str: ...
    @property
    def trust_anchors_secret(self) -> str: ...
    @property
    def lps_secret(self) -> str: ...
    @property
    def dmp_url(self) -> str: ...
    @property
    def dmp_algorithms(self) -> str: ...


def speaker(
    settings: SpeakerSettings, tenant: str, clock: Clock
) -> Callable[[Report, Structure], StructureDmp]:
    """How the DMP is reached in the name of a report; implements ``sending.Connect``."""
    keys = TenantKeys(settings.structure_secrets, tenant, settings.trust_anchors_secret, clock)
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]

    def connect(report: Report, structure: Structure) -> StructureDmp:
        own = keys.of(structure)
        signer = own.signer()
        facts = vihf_facts(report, structure, lps(settings.lps_secret))
        client = open_dmp(settings.dmp_url, settings.trust_anchors_secret, own)
        return StructureDmp(client, vihf.builder(facts, signer, algorithms))

    return connect


def lps(name: str) -> LpsIdentity:
    """This product as the DMP knows it (EX_GEN-1180, EX_GEN-1490)."""
    facts = secrets.fields(name, ("id", "name", "version", "homologation"))
    return LpsIdentity(facts["id"], facts["name"], facts["version"], facts["homologation"])


def device(name: str) -> DeviceAuthor:
    """This product as the author of its submissions."""
    facts = secrets.fields(name, ("device_id", "name", "vendor"))
    return DeviceAuthor(facts["device_id"], facts["name"], facts["vendor"])
