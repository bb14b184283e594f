"""The front over HTTP: the local stack, its simulators, and TLS."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pydicom

from functions.drimbox.identity.pacs_credential import digest_of
from infra.admin import provision
from infra.demo.layout import STRUCTURE
from simulators.pacs.studies import Size, rejection_note, study_objects
from simulators.pki import CLIENT, SERVER, Authority, load_authority, load_issued
from simulators.ris.cases import CASES, Case
from tests.flows.neighbours import THIRD, UNDECLARED, WATCHER
from tests.flows.stack import LocalStack, in_parallel, new_ins
from tests.matrix.oracle import NO_ANSWER
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
)
from tests.matrix.table import HOSTS, SITES, A, B, Host

FULL: Final = "operator-1"
LOOKING: Final = "operator-2"
# The certificate of each tenant's RIS, by its stem in the folder of the authority.
STEMS: Final = {A: "ris", B: "operator"}
SMALL: Final = Size(instances=2, frames=2, pixels=16)
# The tables and buckets that a refusal must leave alone.
TABLES: Final = ("Studies", "Messages", "Operations", "Patients")
BUCKETS: Final = ("inbox", "archive", "uploads")


@dataclass
class Front:
    """Answers requests over HTTP; one client for each certificate."""

    urls: dict[Host, str]
    authority: Path
    certificates: dict[str, Path]
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, path in {"none": None, **self.certificates}.items():
            context = ssl.create_default_context(cafile=str(self.authority))
            if path is not None:
                context.load_cert_chain(path)
            self.clients[name] = httpx.Client(verify=context, trust_env=False, timeout=60)

    def ask(self, asked: Request) -> Answer:
        """The answer to one request, exactly with these headers."""
        url = self.urls[asked.host]
        headers = [("Host", urlsplit(url).netloc), *asked.headers]
        made = httpx.Request(asked.method, url + asked.path, headers=headers, content=asked.body)
        # Nobody shows a certificate where none is asked for.
        name = asked.certificate if asked.host == "in" else "none"
        try:
            said = self.clients[name].send(made)
        except httpx.TransportError:
            return Answer(NO_ANSWER)
        return Answer(said.status_code, tuple(said.headers.multi_items()), said.content)

    def close(self) -> None:
        """End every connection."""
        for one in self.clients.values():
            one.close()


def issue(pki: Path, folder: Path) -> dict[str, Path]:
    """The certificates with their keys, as files."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    ours = load_authority(pki)
    ris, neighbour = (_subject(pki, STEMS[tenant]) for tenant in SITES)
    namesake = Authority.create(since - timedelta(hours=1))
    b_s = Authority(load_issued(pki, "neighbour-ca"))
    made = {
        "ris_a": ours.issue(ris, CLIENT, since),
        "watcher_a": ours.issue(WATCHER, CLIENT, since),
        "ris_b": ours.issue(neighbour, CLIENT, since),
        "third_b": b_s.issue(THIRD, CLIENT, since),
        "undeclared": ours.issue(UNDECLARED, CLIENT, since),
        "ris_a_of_b_s_authority": b_s.issue(ris, CLIENT, since),
        "ris_a_of_a_namesake": namesake.issue(ris, CLIENT, since),
        "ris_a_expired": ours.issue(ris, CLIENT, since - timedelta(days=9), life=timedelta(days=1)),
        "ris_a_of_a_server": ours.issue(ris, SERVER, since),
    }
    folder.mkdir()
    paths = {name: folder / f"{name}.pem" for name in made}
    for name, one in made.items():
        paths[name].write_text(one.certificate_pem + one.key_pem)
    return paths


def _subject(pki: Path, stem: str) -> str:
    return load_issued(pki, stem).certificate.subject.rfc4514_string()


@dataclass
class _Builder:
    """Lets both tenants publish, hold and withdraw before the cells."""

    stack: LocalStack
    front: Front
    ins: str

    def site(self, tenant: str) -> Site:
        """Everything of one tenant."""
        view = replace(self.stack, endpoints={**self.stack.endpoints, "tenant": tenant})
        main, gone, *withdrawable = (self._case() for _ in range(4))
        publications = in_parallel(
            lambda one: self._published(view, tenant, one), [main, gone, *withdrawable]
        )
        former, withdrawn = (self._current(view, one.studies[0]) for one in (main, gone))
        again = replace(
            main, cda_id=f"{main.cda_id}.2", version=2, replaces=main.cda_id, action="RO"
        )
        waiting = [self._case() for _ in range(2)]
        contested = [
            replace(one, traits=replace(one.traits, birth_date="19780101"))
            for one in (self._case() for _ in range(2))
        ]
        for one in contested:
            view.store(one, SMALL)
        imported = [self._case() for _ in range(2)]
        for one in imported:
            self._remember(view, tenant, one.studies[0])
        sent = [(again, "published"), (replace(gone, action="CA"), "withdrawn")]
        sent += [(one, "held") for one in (*waiting, *contested, *imported)]
        found = in_parallel(lambda one: self._sent(view, tenant, *one), sent)
        subjects = [
            Subject(publication, one.studies[0])
            for publication, (one, _) in zip(found, sent, strict=True)
        ]
        held, argued, foreign = subjects[2:4], subjects[4:6], subjects[6:8]
        hosts: tuple[Host, ...] = ("in", "vi")
        divergent = in_parallel(lambda _: self._divergent(view, tenant), hosts)
        acts = {
            host: Acts(
                held[n],
                argued[n],
                foreign[n],
                Subject(publications[2 + n], withdrawable[n].studies[0]),
                *divergent[n],
            )
            for n, host in enumerate(hosts)
        }
        view.reconcile(tenant)  # a run that has ended is there to be seen
        images = self._images(main)
        return Site(
            images=images,
            current=self._current(view, images.study),
            former=former,
            withdrawn_images=self._images(gone),
            withdrawn=withdrawn,
            publication=publications[0],
            upload=self._upload(tenant),
            acts=acts,
            note=self._note(main),
        )

    @staticmethod
    def _remember(view: LocalStack, tenant: str, study: str) -> None:
        """As if a professional had imported the study."""
        facts = {"tenant": tenant, "study_instance_uid": study, "site": "1869990017"}
        facts["at"] = datetime.now(UTC).isoformat()
        view.aws["dynamodb"].put_item(
            TableName=view.table("imports"), Item={name: {"S": one} for name, one in facts.items()}
        )

    def _case(self) -> Case:
        return replace(CASES["C"].fresh(uuid4().hex), ins=self.ins)

    def _published(self, view: LocalStack, tenant: str, one: Case) -> str:
        view.store(one, SMALL)
        return self._sent(view, tenant, one, "published")

    @staticmethod
    def _sent(view: LocalStack, tenant: str, one: Case, state: str) -> str:
        ack = view.send(view.report(one), identity=STEMS[tenant], tenant=tenant)
        assert ack.code == "AA", ack.content
        publication = view.message_id(ack)
        assert view.await_outcome(publication).state == state
        return publication

    @staticmethod
    def _current(view: LocalStack, study: str) -> str:
        return str(view.record(study)["current"]["M"]["manifest_uid"]["S"])

    @staticmethod
    def _images(one: Case) -> Images:
        (study,) = one.archived_studies()
        image = next(iter(study_objects(study, SMALL)))
        return Images(
            study.study_instance_uid, str(image.SeriesInstanceUID), str(image.SOPInstanceUID)
        )

    @staticmethod
    def _note(one: Case) -> bytes:
        (study,) = one.archived_studies()
        image = next(iter(study_objects(study, SMALL)))
        out = BytesIO()
        pydicom.dcmwrite(out, rejection_note(study, [image]), enforce_file_format=True)
        return multipart(out.getvalue())

    def _divergent(self, view: LocalStack, tenant: str) -> tuple[Subject, int]:
        """A report whose patient is known under two sets of traits, and their revision."""
        first, second = (replace(self._case(), ins=ins) for ins in [new_ins()] * 2)
        self._published(view, tenant, first)
        second = replace(second, traits=replace(second.traits, birth_date="19780101"))
        view.store(second, SMALL)
        publication, (study,) = self._sent(view, tenant, second, "held"), second.studies
        word = {"study_instance_uid": study, "reason": "Checked", "confirm": True}
        path = f"/v1/tenants/{tenant}/operations/publications/{publication}"
        self._act(tenant, "POST", f"{path}/identity", word)
        view.await_state(publication, "published")
        shown = json.loads(self._act(tenant, "GET", path).body)
        return Subject(publication, study), int(shown["known_traits"]["revision"])

    def _act(self, tenant: str, method: str, path: str, facts: Any = None) -> Answer:
        """A request of the tenant's RIS, which has every permission."""
        body = b"" if facts is None else json.dumps(facts).encode()
        certificate, kind = ("ris_a" if tenant == A else "ris_b"), "application/json"
        answer = self.front.ask(
            Request("in", method, path, (("Content-Type", kind),), body, certificate)
        )
        assert answer.status in {200, 201, 202}, answer
        return answer

    def _upload(self, tenant: str) -> str:
        asked = {"size": 5_000_000, "sha256": "0" * 64}
        answer = self._act(tenant, "POST", f"/v1/tenants/{tenant}/hl7v2/uploads", asked)
        return str(json.loads(answer.body)["upload"])


def _tokens(stack: LocalStack) -> dict[str, str]:
    """Tokens of the simulated Pro Santé Connect, in every state that it knows."""

    def control(verb: str, **facts: Any) -> dict[str, Any]:
        with stack.client() as http:
            answer = http.post(f"{stack.endpoints['psc']}/_sim/{verb}", json=facts)
        answer.raise_for_status()
        return dict(answer.json())

    expired = str(control("tokens", expires_in=1)["access_token"])
    revoked = str(control("tokens")["access_token"])
    control("revoke", access_token=revoked)
    time.sleep(2)
    return {
        "psc": str(control("tokens", expires_in=3600)["access_token"]),
        "psc_elsewhere": str(
            control("tokens", expires_in=3600, professional="no-reference")["access_token"]
        ),
        "psc_expired": expired,
        "psc_revoked": revoked,
    }


def _attempts(stack: LocalStack) -> dict[str, tuple[str, str]]:
    """Sign-ins that the providers have just sent back."""
    return {
        "attempt_a": _attempt(stack, "operations", f"__Host-signin-{A}", LOOKING),
        "reader_attempt_a": _attempt(stack, "reading", f"__Host-psc-{A}", "radiologist"),
    }


def _attempt(stack: LocalStack, area: str, name: str, person: str) -> tuple[str, str]:
    """One of them: its cookie and the query."""
    start = f"{stack.endpoints['vi']}/v1/tenants/{A}/{area}/sign-in"
    with stack.client() as http:
        answer = http.get(start)
        cookie = answer.cookies[name]
        place = answer.headers["Location"]
        while not place.startswith(stack.endpoints["vi"]):
            answer = http.get(place)
            if answer.status_code == 200:  # the page of the identities
                answer = http.post(place, data={"professional": person})
            place = str(answer.url.join(answer.headers["Location"]))
    return cookie, urlsplit(place).query


def with_fresh_attempt(stack: LocalStack, scene: Scene) -> Scene:
    """The same scene; the provider's code lives for a minute."""
    return replace(scene, attempts=_attempts(stack))


def _provide_neighbour(stack: LocalStack) -> None:
    """B publishes too: its structure's certificates, and a credential of its PACS."""
    values = provision.secrets_of(stack.layout.pki, B, [STRUCTURE])
    wanted = {name: value for name, value in values.items() if "/structures/" in name}
    digests = {"sha256": [digest_of(PACS_CREDENTIALS["pacs_b"])]}
    stack.secrets.put({**wanted, f"{B}/pacs-credential": json.dumps(digests)})


def _secret(stack: LocalStack, tenant: str) -> str:
    """The secret that seals the tenant's sessions."""
    return stack.secret(tenant, "sessions")


def _sessions(stack: LocalStack) -> dict[str, str]:
    """The cookie of each session."""
    now = datetime.now(UTC)

    def opened(tenant: str, subject: str, age: timedelta = timedelta(0)) -> str:
        table = stack.table("Sessions")
        made: Any = {"secret": _secret(stack, tenant), "subject": subject, "at": now - age}
        return open_session(stack.aws["dynamodb"], table, tenant, **made)

    def reader(tenant: str, age: timedelta = timedelta(0)) -> str:
        made: Any = {"secret": _secret(stack, tenant), "structure": STRUCTURE, "at": now - age}
        return open_reader_session(stack.aws["dynamodb"], stack.table("Sessions"), tenant, **made)

    return {
        "reader_a": reader(A),
        "reader_b": reader(B),
        "reader_a_stale": reader(A, timedelta(hours=9)),
        "reader_a_ended": "r" * 43,
        "session_a": opened(A, FULL),
        "session_a_view": opened(A, LOOKING),
        "session_b": opened(B, FULL),
        "session_a_stale": opened(A, FULL, timedelta(hours=9)),
        "session_a_ended": "e" * 43,
        "session_a_of_a_stranger": opened(A, "stranger-1"),
    }


@contextmanager
def built(stack: LocalStack, folder: Path) -> Iterator[tuple[Front, Scene]]:
    """The front and its scene."""
    since = datetime.now(UTC) - timedelta(seconds=1)
    pki = stack.layout.pki
    urls = {host: str(stack.endpoints[host]) for host in HOSTS}
    front = Front(urls, pki / "ca.pem", issue(pki, folder / "certificates"))
    _provide_neighbour(stack)
    builder = _Builder(stack, front, new_ins())
    sites = dict(zip(SITES, in_parallel(builder.site, SITES), strict=True))
    sessions, tokens = _sessions(stack), _tokens(stack)
    own = (pki / "pacs-credential").read_text()
    scene = Scene(
        sites=sites,
        ins=(builder.ins, CASES["C"].ins_oid),
        authorization=authorization(tokens, {**PACS_CREDENTIALS, "pacs_a": own}),
        sessions=sessions,
        pages={
            tenant: open_page(
                stack.aws["dynamodb"],
                stack.table("Sessions"),
                tenant,
                secret=_secret(stack, tenant),
                ins=(builder.ins, CASES["C"].ins_oid),
                cookie=sessions[name],
            )
            for tenant, name in ((A, "reader_a"), (B, "reader_b"))
        },
        attempts=_attempts(stack),
        vi_url=urls["vi"],
        message=message_of,
        canaries=canaries(sites, builder.ins, sessions),
    )
    tables = [stack.table(name) for name in (*TABLES, "Sessions")]
    stores = {name: stack.aws[name] for name in ("dynamodb", "s3")}
    leave_behind(stores, tables, [stack.bucket(name) for name in (*BUCKETS, "cache")], since)
    yield front, scene
    front.close()


def kept(stack: LocalStack) -> dict[str, Any]:
    """All that a refusal must not change: records, messages, objects."""
    tables: dict[str, Any] = {}
    for name in TABLES:
        pages = stack.aws["dynamodb"].get_paginator("scan").paginate(TableName=stack.table(name))
        tables[name] = sorted(json.dumps(one, sort_keys=True) for p in pages for one in p["Items"])
    return tables | {name: sorted(stack.keys(name)) for name in BUCKETS}
