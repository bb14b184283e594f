"""Connections to the outside, each with its own identity and trust: PACS, DMP, Pro Santé Connect.

TLS contexts and clients are kept per process: the handshake is paid once. They are renewed when
the secret behind them changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import httpx

from functions.aws import secrets
from functions.aws.clock import RandomUids, SystemClock
from functions.aws.structure_keys import StructureKeys, TenantKeys
from functions.drimbox.consultation.reader import vihf_facts as reader_facts
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.session import DmpSession
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.dmp.vihf import LpsIdentity, VihfFacts
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oidc import Application, ClientSecret, OidcClient
from functions.drimbox.identity.psc import Activity, HealthProfessional, PscClient
from functions.drimbox.ports import Clock, Signer
from functions.drimbox.publication.vihf_facts import vihf_facts as speaker_facts
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
    application = Application(issuer, client_id, ClientSecret(facts["client_secret"]), redirect_uri)
    http = _client(secrets.required_text(trust_anchors_secret), None)
    return OidcClient(http, application, SystemClock())


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
) -> Callable[[Report, Structure], DmpSession]:
    """The DMP in the name of a report; implements ``publication.asking_dmp.Connect``."""
    keys = TenantKeys(settings.structure_secrets, tenant, settings.trust_anchors_secret, clock)

    def connect(report: Report, structure: Structure) -> DmpSession:
        own = keys.of(structure)
        signer = own.signer()
        facts = speaker_facts(report, structure, lps(settings.lps_secret))
        return _session(settings, own, signer, facts)

    return connect


def reader(
    settings: SpeakerSettings, tenant: str, clock: Clock
) -> Callable[[HealthProfessional, Activity, Structure, Ins], DmpSession]:
    """The DMP in the name of a professional; implements ``consultation.find_exams.Connect``."""
    keys = TenantKeys(settings.structure_secrets, tenant, settings.trust_anchors_secret, clock)

    def connect(
        professional: HealthProfessional, activity: Activity, structure: Structure, patient: Ins
    ) -> DmpSession:
        facts = reader_facts(professional, activity, patient, lps(settings.lps_secret))
        own = keys.of(structure)
        return _session(settings, own, own.signer(), facts)

    return connect


def _session(
    settings: SpeakerSettings, keys: StructureKeys, signer: Signer, facts: VihfFacts
) -> DmpSession:
    """The DMP, with the structure's ORG_AUTH_CLI; Held when none may serve."""
    http = _client(secrets.required_text(settings.trust_anchors_secret), keys.tls())
    client = DmpClient(http, DmpEndpoints.under(settings.dmp_url), SystemClock(), RandomUids())
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]
    return DmpSession(client, vihf.builder(facts, signer, algorithms))


def lps(name: str) -> LpsIdentity:
    """This product as the DMP knows it (EX_GEN-1180, EX_GEN-1490)."""
    facts = secrets.fields(name, ("id", "name", "version", "homologation"))
    return LpsIdentity(facts["id"], facts["name"], facts["version"], facts["homologation"])


def device(name: str) -> DeviceAuthor:
    """This product as the author of its submissions."""
    facts = secrets.fields(name, ("device_id", "name", "vendor"))
    return DeviceAuthor(facts["device_id"], facts["name"], facts["vendor"])
