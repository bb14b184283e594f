"""The front in this process: the templates' routes and authorizers, and the real handlers."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx
import pydicom
from cryptography.hazmat.primitives.asymmetric import ec

from functions.aws import clients, tenant_secrets
from functions.aws.agent_register import DynamoAgentRegister
from functions.aws.clock import SystemClock
from functions.aws.revocation_lists import S3RevokedLists
from functions.drimbox.agents.wire import index_wish, name_of
from functions.drimbox.enrolment.register import AgentRecord, Issued
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.identity.client_certificate import read_certificate
from functions.drimbox.identity.pacs_credential import digest_of
from functions.drimbox.identity.revoked import RevokedCertificates, authority_id, digests_of
from functions.drimbox.identity.traits import marks_of, patient_key
from functions.drimbox.oid import Uid
from functions.drimbox.publication.imported import Imported
from functions.drimbox.publication.message_entry import Outcome, StudyOutcome
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.ports import KnownPatient
from functions.drimbox.publication.record import Contest, Pending, State, StudyRecord
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Permission
from functions.reconcile_studies.handler import handler as reconcile_studies
from functions.start_publication.handler import handler as start_publication
from infra.local.assembly import load_assembly
from infra.local.gateway.app import SCOPE_CERTIFICATE, SCOPE_HEADERS, RestApi
from infra.local.gateway.invoker import Invoked, Invoker
from infra.local.gateway.model import Api, read_apis
from infra.local.install import open_install
from infra.local.template import resolve
from simulators.pacs.studies import rejection_note
from simulators.pki import CLIENT, SERVER, Authority
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.drimbox.enrolment.scenes import Authority as AgentAuthority
from tests.drimbox.enrolment.scenes import request
from tests.drimbox.images.samples import instance
from tests.fakes.aws import (
    BUCKETS,
    TABLES,
    put_secret,
    put_tenant,
    put_tenant_secret,
    tenant_facts,
)
from tests.fakes.memory import VirtualClock
from tests.fakes.world import SENDER, STRUCTURE, SUBJECT, case, keys
from tests.flows.neighbours import B_S_AUTHORITY, THIRD, THIRD_SENDER, UNDECLARED
from tests.flows.stack import new_ins
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, WATCHER, event, now, stores
from tests.handlers.journey import STEPS, Journey, fill_now
from tests.handlers.reader_scenes import Psc
from tests.handlers.session_scenes import provider
from tests.matrix.play import Answer, Request
from tests.matrix.scene import (
    PACS_CREDENTIALS,
    Acts,
    Images,
    Scene,
    Site,
    Subject,
    authorization,
    canaries,
    leave_behind,
    message_of,
    multipart,
    open_page,
    open_reader_session,
    open_session,
    sender_behind,
)
from tests.matrix.table import ENROLLED, HOSTS, REVOKED, SITES, A, B, Host

AGENTS_KEY: Final = ec.generate_private_key(ec.SECP256R1())
AGENT_A: Final = "CN=agent.ambroise.example,OU=1750803447,O=Clinique Ambroise,C=FR"
RIS_B: Final = "CN=ris.voisin.example,OU=300000000000025,O=Voisin,C=FR"
FULL: Final = "operator-9"
LOOKING: Final = "operator-1"
SESSION_SECRETS: Final = {A: "B" * 64, B: "N" * 64}
# Token -> how Pro Santé Connect's declaration differs from that of an active token.
TOKENS: Final[dict[str, dict[str, Any]]] = {
    "psc": {},
    "psc_elsewhere": {"SubjectNameID": "899700000002"},
    "psc_of_another_application": {"azp": "other-box"},
    "psc_expired": {"exp": 1},
    "psc_revoked": {"active": False},
    "psc_of_another_issuer": {"iss": "https://other.example"},
    "psc_of_another_kind": {"typ": "ID"},
}
# Operations of AWS that change nothing.
READS: Final = ("Get", "Head", "List", "Query", "Scan", "Describe", "BatchGet")


def read_templates(assembly: Path, folder: Path) -> dict[Host, Api]:
    """The REST APIs as the templates declare them, at addresses of this machine."""
    deployment = resolve(load_assembly(assembly), open_install(folder), "http://127.0.0.1:1")
    local = {
        f"{host.capitalize()}Url": f"https://127.0.0.1:{7000 + n}" for n, host in enumerate(HOSTS)
    }
    apis = read_apis(replace(deployment, outputs={**deployment.outputs, **local}))
    return {host: api for host in HOSTS for api in apis if api.name == f"drimbox-{host}"}


class _Functions(Invoker):
    """Calls the handlers where the gateway would invoke their functions."""

    def __init__(self) -> None:
        """No endpoint is needed."""

    def invoke(self, function: str, payload: bytes) -> Invoked:
        name = function.removeprefix("drimbox-").replace("-", "_")
        handler = importlib.import_module(f"functions.{name}.handler").handler
        try:
            return Invoked(json.dumps(handler(json.loads(payload), CONTEXT)).encode(), failed=False)
        except Exception as error:  # noqa: BLE001  # as the runtime reports any
            return Invoked(json.dumps({"errorMessage": str(error)}).encode(), failed=True)


@dataclass
class Front:
    """Answers requests; ``changes`` are the calls of the last one that changed something in AWS.
    ``demanding``: the hosts that ask for a certificate."""

    apis: dict[Host, Api]
    certificates: dict[str, str]
    demanding: frozenset[str] = frozenset({"in"})
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A thread of its own: the simulated PACS runs an event loop where it is asked.
        self._executor = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._hosts = {
            host: RestApi(api, _Functions(), self._executor) for host, api in self.apis.items()
        }

    def ask(self, asked: Request) -> Answer:
        """The answer to one request."""
        self.changes.clear()
        return self._runner.run(self._ask(asked))

    async def _ask(self, asked: Request) -> Answer:
        path, _, query = asked.path.partition("?")
        headers = [(name.encode(), value.encode()) for name, value in asked.headers]
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "method": asked.method,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("192.0.2.10", 1),
            "server": ("drimbox.example", 443),
            SCOPE_HEADERS: headers,
        }
        if asked.host in self.demanding:
            scope[SCOPE_CERTIFICATE] = self.certificates.get(asked.certificate)
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": asked.body}

        async def send(part: MutableMapping[str, Any]) -> None:
            said.append(part)

        await self._hosts[asked.host](scope, receive, send)
        start, body = said
        fields = tuple((name.decode(), value.decode("latin-1")) for name, value in start["headers"])
        return Answer(start["status"], fields, body["body"])

    def close(self) -> None:
        """End its thread and its loop."""
        self._runner.close()
        self._executor.shutdown()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every call of the functions to AWS that may change something."""
        services: tuple[Any, ...] = (
            *(clients.s3(), clients.dynamodb(), clients.sqs(), clients.stepfunctions()),
            clients.sts(),
        )

        def note(params: dict[str, Any], model: Any, **_: Any) -> None:
            if not model.name.startswith(READS):
                self.changes.append((model.name, params))

        for one in services:
            one.meta.events.register("provide-client-params", note)
        yield
        for one in services:
            one.meta.events.unregister("provide-client-params", note)


def issued() -> tuple[dict[str, str], Authority]:
    """The certificates (PEM), and the authority of B alone."""
    since = now() - timedelta(minutes=1)
    ours, namesake = keys().authority, Authority.create(since - timedelta(hours=1))
    b_s = Authority.create(since - timedelta(hours=1), subject=B_S_AUTHORITY)
    made = {
        "ris_a": ours.issue(SUBJECT, CLIENT, since),
        "watcher_a": ours.issue(WATCHER, CLIENT, since),
        "ris_b": ours.issue(RIS_B, CLIENT, since),
        "third_b": b_s.issue(THIRD, CLIENT, since),
        "undeclared": ours.issue(UNDECLARED, CLIENT, since),
        "ris_a_of_b_s_authority": b_s.issue(SUBJECT, CLIENT, since),
        "ris_a_of_a_namesake": namesake.issue(SUBJECT, CLIENT, since),
        "ris_a_expired": ours.issue(
            SUBJECT, CLIENT, since - timedelta(days=9), life=timedelta(days=1)
        ),
        "ris_a_of_a_server": ours.issue(SUBJECT, SERVER, since),
        "ris_a_revoked": ours.issue(SUBJECT, CLIENT, since),
        "watcher_a_revoked": ours.issue(WATCHER, CLIENT, since),
        "agent_a": ours.issue(AGENT_A, CLIENT, since),
        "agent_a_revoked": ours.issue(AGENT_A, CLIENT, since),
    }
    revoked = [made[name].certificate for name, _ in REVOKED]
    _take_back([one.serial_number for one in revoked], since)
    return {**{name: one.certificate_pem for name, one in made.items()}, **_enrolled()}, b_s


def _enrolled() -> dict[str, str]:
    """The certificates of agents under our own authority, which the registers name."""
    authority = AgentAuthority(VirtualClock(now() - timedelta(minutes=1)))
    put_secret(
        ENVIRONMENT["AGENT_AUTHORITY_SECRET"], json.dumps({"certificates": authority.certificate})
    )
    made = {}
    for name, tenant in (*ENROLLED, ("agent_removed_a", A)):
        authority.tenant = tenant
        agent = name.replace("_", "-")
        made[name] = authority.issue(agent, request(AGENTS_KEY))
        found = read_certificate(made[name], SystemClock())
        issued = Issued(found.serial_number, found.not_before, found.not_after)
        record = AgentRecord(agent).enrolled(issued, now())
        removed = name.startswith("agent_removed")
        register = DynamoAgentRegister(ENVIRONMENT["AGENTS_TABLE"], tenant)
        assert register.put(record.removed(now()) if removed else record)
    return made


def _take_back(serials: Iterable[int], at: datetime) -> None:
    """The common authority's list names these, before any program calls."""
    authority = authority_id(keys().authority.root.certificate)
    end = at + timedelta(days=1)
    S3RevokedLists(ENVIRONMENT["REVOCATIONS_BUCKET"]).put(
        RevokedCertificates(authority, at, end, at, digests_of(serials), "")
    )


def _declare_neighbour(b_s: Authority) -> None:
    """B: another file, other programs, secrets of its own."""
    facts = tenant_facts(A)
    everything = [str(one) for one in Permission]
    issuer = facts["senders"][0]["certificate_issuer"]
    own = {"certificate_subject": RIS_B, "certificate_issuer": issuer}
    third = {"certificate_subject": THIRD, "certificate_issuer": B_S_AUTHORITY}
    changed = {
        "tenant": B,
        "source_id": "1.2.250.1.213.4.5.9.2",
        "senders": [
            {"application": SENDER[0], "facility": SENDER[1], **own},
            {"application": THIRD_SENDER[0], "facility": THIRD_SENDER[1], **third},
        ],
        "operators": [
            {"name": "RIS", "permissions": everything, **own},
            {"name": "Dominique", "oidc_subject": FULL, "permissions": everything},
        ],
    }
    put_tenant({**facts, **changed}, B)
    common = keys().authority.root.certificate_pem
    anchors = {"clients": common + b_s.root.certificate_pem}
    put_tenant_secret(B, "trust-anchors", json.dumps(anchors))
    access = {"anchors": common, "credential": {"kind": "none"}}
    put_tenant_secret(B, "pacs", json.dumps(access))
    put_tenant_secret(B, "traits", "T" * 64)
    for tenant in SITES:
        put_tenant_secret(tenant, "sessions", SESSION_SECRETS[tenant])
    for use in ("auth", "sign"):
        name = f"structures/{STRUCTURE}/{use}"
        put_tenant_secret(B, name, tenant_secrets.text("secrets", A, name))
    for tenant, held in ((A, "pacs_a"), (B, "pacs_b")):
        digest = digest_of(PACS_CREDENTIALS[held])
        put_tenant_secret(tenant, "pacs-credential", json.dumps({"sha256": [digest]}))


def behind_agents() -> None:
    """From now on an agent reaches each site; that of B shows the certificate of its RIS."""
    for tenant, subject in ((A, AGENT_A), (B, RIS_B)):
        facts = tenant_facts(tenant)
        issuer = facts["senders"][0]["certificate_issuer"]
        program = {"certificate_subject": subject, "certificate_issuer": issuer}
        brought = {"agent_a": program} if tenant == A else {}
        for name in (one for one, at in ENROLLED if at == tenant):
            enrolled = subject_of(tenant, name.replace("_", "-"))
            brought[name] = {"certificate_subject": enrolled, "certificate_issuer": AUTHORITY}
        kept = {name: facts[name] for name in facts if not name.startswith("pacs_")}
        senders = [*facts["senders"], *(_sender_behind(*one) for one in brought.items())]
        agents = [{"name": "salle-1", **program}]
        put_tenant({**kept, "senders": senders, "link": "agent", "agents": agents}, tenant)


def _sender_behind(agent: str, program: dict[str, str]) -> dict[str, str]:
    application, facility = sender_behind(agent)
    return {"application": application, "facility": facility, **program}


# The endpoints of its sign-in; the access token that it gives is the active one.
_SIGN_IN: Final = Psc(claims={"sub": "f:1:psc"}, token={"access_token": "psc"})


def _psc(request: httpx.Request) -> httpx.Response:
    """Pro Santé Connect: its declaration depends on the token alone."""
    if request.url.path.startswith("/realm/"):
        return _SIGN_IN(request)
    if request.url.path.endswith("userinfo"):
        token = request.headers["authorization"].partition(" ")[2]
        return httpx.Response(200, json=_professional(token))
    token = dict(parse_qsl(request.read().decode()))["token"]
    if token not in TOKENS:
        return httpx.Response(200, json={"active": False})
    at = int(now().timestamp())
    declared = {
        "active": True,
        "exp": at + 300,
        "iat": at - 1,
        "iss": ENVIRONMENT["PSC_ISSUER"],
        "sub": f"f:1:{token}",
        "typ": "Bearer",
        "azp": ENVIRONMENT["PSC_CLIENT_ID"],
        "SubjectNameID": "899700000001",
    }
    return httpx.Response(200, json={**declared, **TOKENS[token]})


def _professional(token: str) -> dict[str, Any]:
    activity = {
        "codeSecteurDactivite": "SA08",
        "raisonSocialeSite": "CENTRE D'ESSAI",
        "ancienIdentifiantDeLaStructure": STRUCTURE if token == "psc" else "1999999999",
        "numeroSiretSite": "",
    }
    exercise = {"codeProfession": "10", "codeSavoirFaire": "SM44", "activities": [activity]}
    return {
        "sub": f"f:1:{token}",
        "SubjectNameID": TOKENS[token].get("SubjectNameID", "899700000001"),
        "family_name": "ESSAI",
        "given_name": "Alix",
        "Secteur_Activite": "SA08^1.2.250.1.71.4.2.4",
        "SubjectRole": "10^1.2.250.1.213.1.1.5.5",
        "SubjectRefPro": {"exercices": [exercise]},
    }


@dataclass
class _Builder:
    """Plays what happened at the two sites before the cells."""

    journey: Journey
    front: Front

    def site(self, tenant: str) -> Site:
        """Everything of one tenant."""
        images, former, publication = self._published(tenant, "main")
        corrected = case().fresh(f"{tenant}-main")
        self._publish(
            tenant,
            replace(
                corrected,
                cda_id=f"{corrected.cda_id}.2",
                version=2,
                replaces=corrected.cda_id,
                action="RO",
            ),
        )
        gone, withdrawn, _ = self._published(tenant, "withdrawn")
        fill_now(tenant, gone.study, gone.series)
        self._publish(tenant, replace(case().fresh(f"{tenant}-withdrawn"), action="CA"))
        fill_now(tenant, images.study, images.series)
        self._reconcile(tenant)
        current = self._current(tenant, images.study)
        assert len({current, former, withdrawn}) == 3
        hosts: tuple[Host, ...] = ("in", "vi")
        acts = {host: self._acts(tenant, host) for host in hosts}
        return Site(
            images=images,
            current=current,
            former=former,
            withdrawn_images=gone,
            withdrawn=withdrawn,
            publication=publication,
            upload=self._upload(tenant),
            acts=acts,
            note=self._note(tenant, images),
            jobs={
                name: self._job(tenant, images, name)
                for name in ("job", "answer", *(f"answer/{one}" for one, _ in ENROLLED))
            },
        )

    def _send(self, tenant: str, sent: Case) -> str:
        """The RIS of the tenant sends a report; its identifier."""
        certificate = "ris_a" if tenant == A else "ris_b"
        raw = message(sent, control_id=uuid4().hex[:20], at=now(), sender=SENDER)
        kind = (("Content-Type", "application/hl7-v2"),)
        answer = self.front.ask(
            Request("in", "POST", f"/v1/tenants/{tenant}/hl7v2", kind, raw, certificate)
        )
        assert b"MSA|AA" in answer.body, answer
        url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
        (queued,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
        clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=queued["ReceiptHandle"])
        record = {**event("start_publication/batch")["Records"][0], "body": queued["Body"]}
        assert start_publication({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
        return str(json.loads(queued["Body"])["message_id"])

    def _publish(self, tenant: str, sent: Case) -> str:
        publication = self._send(tenant, sent)
        change = event(
            "read_report/change",
            tenant=tenant,
            message_id=publication,
            study_instance_uid=sent.studies[0],
            correlation_id=publication,
        )
        for step in STEPS:
            assert step(change, CONTEXT)["outcome"] == "continue"
        return publication

    def _published(self, tenant: str, token: str) -> tuple[Images, str, str]:
        """A study, its manifest and its publication."""
        made = case().fresh(f"{tenant}-{token}")
        study = made.studies[0]
        series = f"{study}.1"
        for number in (1, 2):
            self.journey.archive.store(
                instance(
                    number,
                    StudyInstanceUID=study,
                    SeriesInstanceUID=series,
                    SOPInstanceUID=f"{series}.{number}",
                    PatientID=made.ipp,
                    AccessionNumber=made.orders[0].accession,
                )
            )
        publication = self._publish(tenant, made)
        images = Images(study, series, f"{series}.1")
        return images, self._current(tenant, study), publication

    @staticmethod
    def _current(tenant: str, study: str) -> str:
        current = stores(tenant).records.get(Uid(study)).current
        assert current is not None
        return str(current.manifest_uid)

    @staticmethod
    def _reconcile(tenant: str) -> None:
        state = event("reconcile_studies/page", tenant=tenant)
        while state.get("outcome") != "done":
            state = reconcile_studies({**state, "tries": 0}, CONTEXT)

    def _acts(self, tenant: str, host: str) -> Acts:
        held = self._waiting(tenant, f"{host}-held")
        outcome = StudyOutcome(Outcome.HELD, "study_not_found", now())
        stores(tenant).messages.set_outcome(held.publication, Uid(held.study), outcome)
        contested = self._waiting(tenant, f"{host}-contested")
        reason, study, at = "known_traits_mismatch", Uid(contested.study), now()
        outcome = StudyOutcome(Outcome.HELD, reason, at)
        stores(tenant).messages.set_outcome(contested.publication, study, outcome)
        edition = Edition(at, 1, Action.PUBLISH)
        pending = Pending(contested.publication, State.HELD, at, at, 0, 1, edition, reason=reason)
        pending = replace(pending, contested=Contest(1, ("birth_date",)))
        stores(tenant).records.put(StudyRecord(study, pending=pending))
        imported = self._waiting(tenant, f"{host}-imported")
        outcome, study = StudyOutcome(Outcome.HELD, "imported_study", at), Uid(imported.study)
        stores(tenant).messages.set_outcome(imported.publication, study, outcome)
        assert stores(tenant).imported.add(Imported(study, "1869990017", at))
        images, _, publication = self._published(tenant, f"{host}-withdrawable")
        withdrawable = Subject(publication, images.study)
        divergent, revision = self._divergent(tenant, host)
        return Acts(held, contested, imported, withdrawable, divergent, revision)

    def _divergent(self, tenant: str, host: str) -> tuple[Subject, int]:
        """A report whose patient is known under two sets of traits, and their revision."""
        ins = new_ins()
        subject = self._waiting(tenant, f"{host}-divergent", ins=ins)
        said = message(replace(case(), ins=ins), control_id="9", at=now(), sender=SENDER)
        patient = read_report(said).document.patient
        known = stores(tenant).known_traits
        marks = marks_of(patient, known.secret)
        sets = (marks, {**marks, "birth_date": "another"})
        key = patient_key(patient.ins, known.secret)
        assert known.patients.put(KnownPatient(key).with_sets(sets))
        return subject, known.patients.get(key).revision

    def _waiting(self, tenant: str, token: str, **changes: str) -> Subject:
        made: Case = replace(case().fresh(f"{tenant}-{token}"), **changes)  # type: ignore[arg-type]
        return Subject(self._send(tenant, made), made.studies[0])

    def _upload(self, tenant: str) -> str:
        certificate = "ris_a" if tenant == A else "ris_b"
        path = f"/v1/tenants/{tenant}/hl7v2/uploads"
        body = json.dumps({"size": 5_000_000, "sha256": "0" * 64}).encode()
        kind = (("Content-Type", "application/json"),)
        answer = self.front.ask(Request("in", "POST", path, kind, body, certificate))
        return str(json.loads(answer.body)["upload"])

    @staticmethod
    def _job(tenant: str, images: Images, asker: str) -> str:
        """A question to the agents of the tenant, which the queue has told them."""
        wish = index_wish(Uid(images.study), {"asker": asker})
        clients.sqs().create_queue(QueueName=f"agents-{tenant}")
        return name_of(stores(tenant).presence.desk.ask(wish, "1").key)

    @staticmethod
    def _note(tenant: str, images: Images) -> bytes:
        image = pydicom.Dataset()
        image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        image.SeriesInstanceUID, image.SOPInstanceUID = images.series, images.instance
        (study,) = case().fresh(f"{tenant}-main").archived_studies()
        out = BytesIO()
        pydicom.dcmwrite(out, rejection_note(study, [image]), enforce_file_format=True)
        return multipart(out.getvalue())


def _attempt(journey: Journey, front: Front) -> tuple[str, str]:
    """A sign-in that the provider has just sent back: its cookie and the query."""
    asked: dict[str, str] = {}
    journey.outside.hosts["identity.example"] = provider(LOOKING, lambda: asked.get("nonce", ""))
    path = f"/v1/tenants/{A}/operations/sign-in"
    answer = front.ask(Request("vi", "GET", path, (), b"", "none"))
    asked |= dict(parse_qsl(urlsplit(answer.values("location")[0]).query))
    (cookie,) = answer.values("set-cookie")
    back = {
        "state": asked["state"],
        "code": "code-of-a-test",
        "iss": ENVIRONMENT["OPERATOR_ISSUER"],
    }
    return cookie.partition(";")[0].partition("=")[2], urlencode(back)


def _reader_attempt(front: Front) -> tuple[str, str]:
    """The same, of a professional."""
    answer = front.ask(Request("vi", "GET", f"/v1/tenants/{A}/reading/sign-in", (), b"", "none"))
    _SIGN_IN.asked = dict(parse_qsl(urlsplit(answer.values("location")[0]).query))
    (cookie,) = answer.values("set-cookie")
    back = {"state": _SIGN_IN.asked["state"], "code": "c", "iss": ENVIRONMENT["PSC_ISSUER"]}
    return cookie.partition(";")[0].partition("=")[2], urlencode(back)


def with_fresh_attempts(journey: Journey, front: Front, scene: Scene) -> Scene:
    """The same scene; a sign-in in progress lives for ten minutes."""
    attempts = {"attempt_a": _attempt(journey, front), "reader_attempt_a": _reader_attempt(front)}
    return replace(scene, attempts=attempts)


def build(journey: Journey, apis: dict[Host, Api]) -> tuple[Front, Scene]:
    """The front and its scene."""
    since = now() - timedelta(seconds=1)
    certificates, b_s = issued()
    front = Front(apis, certificates)
    _declare_neighbour(b_s)
    journey.outside.hosts["psc.example"] = _psc
    builder = _Builder(journey, front)
    sites = {tenant: builder.site(tenant) for tenant in SITES}

    def session(tenant: str, subject: str, age: timedelta = timedelta(0)) -> str:
        secret = SESSION_SECRETS[tenant]
        at = now() - age
        return open_session(
            clients.dynamodb(), "sessions", tenant, secret=secret, subject=subject, at=at
        )

    def reader(tenant: str, age: timedelta = timedelta(0)) -> str:
        made = {"secret": SESSION_SECRETS[tenant], "structure": STRUCTURE}
        return open_reader_session(clients.dynamodb(), "sessions", tenant, **made, at=now() - age)

    sessions = {
        "reader_a": reader(A),
        "reader_b": reader(B),
        "reader_a_stale": reader(A, timedelta(hours=9)),
        "reader_a_ended": "r" * 43,
        "session_a": session(A, FULL),
        "session_a_view": session(A, LOOKING),
        "session_b": session(B, FULL),
        "session_a_stale": session(A, FULL, timedelta(hours=9)),
        "session_a_ended": "e" * 43,
        "session_a_of_a_stranger": session(A, "stranger-1"),
    }
    pages = {
        tenant: open_page(
            clients.dynamodb(),
            "sessions",
            tenant,
            secret=SESSION_SECRETS[tenant],
            ins=(case().ins, case().ins_oid),
            cookie=sessions[name],
        )
        for tenant, name in ((A, "reader_a"), (B, "reader_b"))
    }
    aws = {
        "dynamodb": clients.dynamodb(),
        "s3": clients.s3(),
    }
    attempts = {"attempt_a": _attempt(journey, front), "reader_attempt_a": _reader_attempt(front)}
    leave_behind(aws, (*TABLES, "sessions"), BUCKETS, since)
    scene = Scene(
        sites=sites,
        ins=(case().ins, case().ins_oid),
        authorization=authorization({name: name for name in TOKENS}, PACS_CREDENTIALS),
        sessions=sessions,
        pages=pages,
        attempts=attempts,
        vi_url=ENVIRONMENT["VI_URL"],
        message=message_of,
        canaries=canaries(sites, case().ins, sessions),
    )
    return front, scene
