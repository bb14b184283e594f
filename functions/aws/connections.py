"""The DMP in the name of a structure: its client certificate, its signature, this product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import https, secrets
from functions.aws.clock import RandomUids, SystemClock
from functions.aws.structure_keys import StructureKeys, TenantKeys
from functions.drimbox.consultation.reader import vihf_facts as reader_facts
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.session import DmpSession
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.dmp.vihf_facts import LpsIdentity, VihfFacts
from functions.drimbox.publication.vihf_facts import vihf_facts as speaker_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.aws.settings_protocols import NamesDmp
    from functions.drimbox.budget import Budget
    from functions.drimbox.identity.health_professional import Activity, HealthProfessional
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.ports import Clock, Signer
    from functions.drimbox.report.model import Report
    from functions.drimbox.tenants.model import Structure


def for_reports(
    settings: NamesDmp, tenant: str, clock: Clock
) -> Callable[[Report, Structure], DmpSession]:
    """The DMP in the name of a report; implements ``publication.asking_dmp.Connect``."""
    keys = TenantKeys(settings.structure_secrets, tenant, settings.trust_anchors_secret, clock)

    def connect(report: Report, structure: Structure) -> DmpSession:
        own = keys.of(structure)
        signer = own.signer()
        facts = speaker_facts(report, structure, lps(settings.lps_secret))
        return _session(settings, own, signer, facts)

    return connect


def for_professionals(
    settings: NamesDmp, tenant: str, clock: Clock, budget: Budget | None = None
) -> Callable[[HealthProfessional, Activity, Structure, Ins], DmpSession]:
    """The DMP in the name of a professional; implements ``consultation.find_exams.Connect``. All
    its calls share the ``budget`` of the professional's request."""
    keys = TenantKeys(settings.structure_secrets, tenant, settings.trust_anchors_secret, clock)

    def connect(
        professional: HealthProfessional, activity: Activity, structure: Structure, patient: Ins
    ) -> DmpSession:
        facts = reader_facts(professional, activity, patient, lps(settings.lps_secret))
        own = keys.of(structure)
        return _session(settings, own, own.signer(), facts, budget)

    return connect


def _session(
    settings: NamesDmp,
    keys: StructureKeys,
    signer: Signer,
    facts: VihfFacts,
    budget: Budget | None = None,
) -> DmpSession:
    """The DMP, with the structure's ORG_AUTH_CLI; Held when none may serve."""
    http = https.client(secrets.anchors(settings.trust_anchors_secret, "dmp"), keys.tls())
    endpoints = DmpEndpoints.under(settings.dmp_url)
    client = DmpClient(http, endpoints, SystemClock(), RandomUids(), budget=budget)
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
