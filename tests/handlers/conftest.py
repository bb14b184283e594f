"""Handlers in this process: AWS by moto, the outside by functions that answer requests."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, get_args

import httpx
import pytest

from functions.aws import clients, https, pacs_client, peers, reading_sites, secrets, tenant_secrets
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.tenants.model import Permission
from simulators.pki import AUTHORITY_SUBJECT
from tests.fakes.aws import aws, put_secret, put_tenant, put_tenant_secret, tenant_facts
from tests.fakes.logs import written
from tests.fakes.world import LPS, STRUCTURE, SUBJECT, keys

if TYPE_CHECKING:
    from tests.handlers.journey import Journey

__all__ = ["aws"]

EVENTS: Final = Path(__file__).parents[2] / "events"
CONTEXT: Final = SimpleNamespace(function_name="drimbox-test", aws_request_id="request-1")
# A program that may look and no more: an operator's, and no sender's.
WATCHER: Final = "CN=watch.ambroise.example,OU=1750803447,O=Ambroise,C=FR"
MACHINE: Final = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"
ENVIRONMENT: Final = {
    "LOG_LEVEL": "DEBUG",
    "POWERTOOLS_SERVICE_NAME": "drimbox",
    "TENANTS_TABLE": "tenants",
    "INBOX_BUCKET": "inbox",
    "ARCHIVE_BUCKET": "archive",
    "AUDIT_BUCKET": "audit",
    "SEALS_BUCKET": "seals",
    "CACHE_BUCKET": "cache",
    "UPLOADS_BUCKET": "uploads",
    "UPLOAD_URL_SECONDS": "600",
    "UPLOADS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/uploads",
    "FILL_JOBS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/fill-jobs",
    "AGENT_QUEUES_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/agents-",
    "AGENT_LETTERS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/agent-letters",
    "AGENTS_TABLE": "agents",
    "AGENT_AUTHORITY_SECRET": "drimbox/platform/agent-authority",
    "AGENT_AUTHORITY_KEY_ARN": "alias/drimbox/agent-authority",
    "ISSUE_CERTIFICATE_FUNCTION": "drimbox-issue-certificate",
    "AGENT_ROLE_ARN": "arn:aws:iam::123456789012:role/drimbox-agent",
    "STUDIES_TABLE": "studies",
    "JOBS_TABLE": "jobs",
    "CIRCUITS_TABLE": "circuits",
    "HEALTH_TABLE": "health",
    "PROBE_SECONDS": "60",
    "MESSAGES_TABLE": "messages",
    "OPERATIONS_TABLE": "operations",
    "CERTIFICATES_TABLE": "certificates",
    "ALARM_TOPIC_ARN": "arn:aws:sns:eu-west-3:123456789012:alarms",
    "IMPORTS_TABLE": "imports",
    "PATIENTS_TABLE": "patients",
    "LOOKUPS_TABLE": "lookups",
    "TRAITS_SECRETS": "secrets",
    "SESSIONS_TABLE": "sessions",
    "SESSION_SECRETS": "secrets",
    "VI_URL": "https://vi.drimbox.example",
    "OPERATOR_ISSUER": "https://identity.example/realm",
    "OPERATOR_CLIENT_ID": "drimbox-operations",
    "OPERATOR_CLIENT_SECRET": "drimbox/platform/oidc-client",
    "MESSAGES_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/messages",
    "PUBLISH_WORKFLOW_ARN": MACHINE,
    "WAITS_TABLE": "waits",
    "TICKS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/ticks",
    "NEWS_QUEUE_URL": "https://sqs.eu-west-3.amazonaws.com/123456789012/news",
    "NEWS_TABLE": "news",
    "WEBHOOK_SECRETS": "secrets",
    "IN_URL": "https://in.drimbox.example",
    "STARTS_PER_SECOND": "100",
    "RECONCILE_WORKFLOW_ARN": MACHINE,
    "RECONCILED_PER_SECOND": "50",
    "PSC_ISSUER": "https://psc.example/realm",
    "PSC_INTROSPECTION_URL": "https://psc.example/introspect",
    "PSC_USERINFO_URL": "https://psc.example/userinfo",
    "PSC_CLIENT_ID": "drimbox-local",
    "PSC_CLIENT_SECRET": "drimbox/platform/psc-client",
    "TRUST_ANCHORS_SECRET": "drimbox/platform/trust-anchors",
    "TENANT_ANCHORS_SECRETS": "secrets",
    "PACS_ACCESS_SECRETS": "secrets",
    "FIND_STUDY_FUNCTION": "drimbox-find-study",
    "LPS_SECRET": "drimbox/platform/lps",
    "STRUCTURE_SECRETS": "secrets",
    "PACS_SECRETS": "secrets",
    "DMP_URL": "https://dmp.example/services",
    "DMP_ALGORITHMS": "sha1",
    "DB_URL": "https://db.drimbox.example",
    "WHITE_LIST_URL": "https://white-list.example/liste-blanche.xml",
    "WHITE_LIST_REVOCATION_URLS": "http://igc.example/intermediate.crl http://igc.example/root.crl",
    "WHITE_LIST_SIGNER_NAME": "Liste Blanche DRIM-M",
    "WHITE_LIST_SIGNER_UNIT": "318751275100020",
    "PEERS_TABLE": "peers",
    "PEER_CERTIFICATES": "shown",
    "PRIVATE_PEERS": "-",
    "PRIVATE_PACS": "-",
    "REVOCATIONS_BUCKET": "revocations",
    "SENDER_REVOCATION": "known",
    "SENDER_REVOCATION_URLS": "http://igc.example/senders.crl",
    "SIGNED_URL_SECONDS": "300",
    "READINGS_BUCKET": "readings",
    "READING_URL_SECONDS": "600",
    "EXPORTS_BUCKET": "exports",
    "RECONCILIATIONS_BUCKET": "reconciliations",
    "EXPORT_URL_SECONDS": "600",
    "VIEWER_SCRIPT": "viewer-abc.js",
    "VIEWER_SHEET": "viewer-abc.css",
    "FETCH_WORKFLOW_ARN": MACHINE,
    "IMPORT_WORKFLOW_ARN": MACHINE,
    "PEERS_CLIENT_SECRET": "drimbox/platform/peers-client",
}


def stores(tenant: str = "demo") -> TenantStores[Any]:
    """All stores of a tenant."""
    names = {name.lower(): value for name, value in ENVIRONMENT.items()}
    return for_tenant(SimpleNamespace(**names | {"probe_seconds": 60}), tenant)


def event(name: str, **changes: Any) -> dict[str, Any]:
    """``events/<name>.json`` with some of its first-level keys replaced."""
    USED.add(name)
    facts: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return {**facts, **changes}


USED: Final[set[str]] = set()


@dataclass
class Outside:
    """The network's answers: a function per host; any other host is a fault of the test.

    Another DRIMbox is asked at one of its ``addresses``, which is its host here.
    """

    hosts: dict[str, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.host}{request.url.path}")
        return self.hosts[request.url.host](request)


class FindingFunction:
    """AWS Lambda, of the one function that opens a PACS for others."""

    @staticmethod
    def invoke(*, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """See ``clients.Functions``."""
        from functions.find_study.handler import handler  # noqa: PLC0415  # few tests need it

        assert FunctionName == ENVIRONMENT["FIND_STUDY_FUNCTION"]
        try:
            answer = handler(json.loads(Payload), CONTEXT)
        except Exception as error:  # noqa: BLE001  # as Lambda does
            failed = json.dumps({"errorType": type(error).__name__}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(failed)}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    """The network, scripted."""
    answers = Outside()
    http = httpx.Client(transport=httpx.MockTransport(answers))
    pacs_client.forget()
    monkeypatch.setattr(https, "client", lambda *_: http)
    monkeypatch.setattr(pacs_client, "_client", lambda *_: http)
    monkeypatch.setattr(clients, "working_functions", lambda: FindingFunction)
    monkeypatch.setattr(peers, "resolve", lambda host: answers.addresses.get(host, ()))
    monkeypatch.setattr(
        peers, "_client", lambda _: httpx.Client(transport=httpx.MockTransport(answers))
    )
    monkeypatch.setattr(
        reading_sites, "_client", lambda _: httpx.Client(transport=httpx.MockTransport(answers))
    )
    yield answers
    pacs_client.forget()
    http.close()


@pytest.fixture
def site(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo tenant, its secrets and every function's environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    facts = {
        "tenant": "demo",
        "name": "Centre de radiologie Ambroise",
        "source_id": "1.2.250.1.213.4.5.9.1",
        "structures": [{"id": STRUCTURE, "name": "Ambroise", "sector": "SA08"}],
        "senders": [
            {
                "application": "DRIM_RIS",
                "facility": "AMBROISE",
                "certificate_subject": SUBJECT,
                "certificate_issuer": AUTHORITY_SUBJECT,
            }
        ],
        "operators": [
            {
                "name": "RIS DRIM",
                "certificate_subject": SUBJECT,
                "certificate_issuer": AUTHORITY_SUBJECT,
                "permissions": [str(permission) for permission in Permission],
            },
            {
                "name": "Watcher",
                "certificate_subject": WATCHER,
                "certificate_issuer": AUTHORITY_SUBJECT,
                "permissions": ["view"],
            },
            {"name": "Camille", "oidc_subject": "operator-1", "permissions": ["view"]},
            {
                "name": "Dominique",
                "oidc_subject": "operator-9",
                "permissions": [str(permission) for permission in Permission],
            },
        ],
        "link": "public",
        "pacs_url": "https://pacs.example/dicom-web",
        "manufacturer": "DRIMbox",
        "study_wait_seconds": 60,
        "outage_patience_seconds": 3600,
        "cache_on_publication": True,
        "time_zone": "Europe/Paris",
    }
    put_tenant(facts)
    authority = keys().authority.root.certificate_pem
    identity = {"certificate": keys().auth.certificate_pem, "private_key": keys().auth.key_pem}
    signature = {"certificate": keys().sign.certificate_pem, "private_key": keys().sign.key_pem}
    lps = {
        "id": LPS.id,
        "name": LPS.name,
        "version": LPS.version,
        "homologation": LPS.homologation,
        "device_id": "899711256811",
        "vendor": "DRIMbox",
    }
    for name, value in {
        "drimbox/platform/trust-anchors": json.dumps(
            dict.fromkeys(get_args(secrets.Peer), authority)
        ),
        "drimbox/platform/psc-client": json.dumps(identity),
        "drimbox/platform/peers-client": json.dumps(identity),
        "drimbox/platform/oidc-client": json.dumps({"client_secret": "s3 cret+"}),
        "drimbox/platform/lps": json.dumps(lps),
    }.items():
        put_secret(name, value)
    for name, value in {
        "trust-anchors": json.dumps(dict.fromkeys(get_args(tenant_secrets.TenantPeer), authority)),
        "pacs": json.dumps({"anchors": authority, "credential": {"kind": "none"}}),
        "traits": "A" * 64,
        "sessions": "B" * 64,
        "webhook": "C" * 64,
        f"structures/{STRUCTURE}/auth": json.dumps(identity),
        f"structures/{STRUCTURE}/sign": json.dumps(signature),
    }.items():
        put_tenant_secret("demo", name, value)


def another_tenant(slug: str, **changes: Any) -> None:
    """A tenant beside the demo site."""
    put_tenant({**tenant_facts(), "tenant": slug, **changes}, slug)


@pytest.fixture
def journey(site: None, outside: Outside, tmp_path: Path) -> Iterator[Journey]:
    """The demo site, its PACS and the DMP; the functions' log is ``log``."""
    from tests.handlers.journey import Journey  # noqa: PLC0415  # it needs this module

    made = Journey(tmp_path, outside)
    with written() as made.log:
        yield made
    made.close()


def audited() -> list[tuple[str, str]]:
    """(event, result) of every audit record of the demo tenant."""
    return [(one["event"], one["result"]) for one in audit_records()]


def audit_records() -> list[dict[str, str]]:
    """Every audit record of the demo tenant, in no order that means anything.

    An effect that is recorded again after midnight has one name under two days: it is one record.
    """
    found = clients.s3().list_objects_v2(Bucket="audit", Prefix="demo/").get("Contents", [])
    records = {one["Key"].split("/", 3)[3]: one["Key"] for one in found}
    return [
        json.loads(clients.s3().get_object(Bucket="audit", Key=key)["Body"].read())
        for key in records.values()
    ]


def refused_callers(out: str) -> list[dict[str, Any]]:
    """The counts of refused strangers among the lines of a function's output."""
    lines = [json.loads(line) for line in out.splitlines() if "RefusedCallers" in line]
    return [line for line in lines if "RefusedCallers" in line]


def now() -> datetime:
    """The present, for certificates and tokens that must be valid now."""
    return datetime.now(UTC)
