"""The scene of the cells: two tenants with real publications, and a third that is gone."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.contexts import Contexts
from functions.drimbox.consultation.reader_facts import ReaderFacts
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oidc import Tokens
from functions.drimbox.identity.psc_sign_in import SignedIn
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import Kept, Sessions
from functions.drimbox.oid import Oid
from functions.drimbox.operations.sign_in import OperatorFacts
from simulators.ris.cases import CASES
from simulators.ris.messages import message
from tests.flows.neighbours import THIRD_SENDER
from tests.matrix.table import REMOVED, A, B, Host

SENDER: Final = ("DRIM_RIS", "AMBROISE")
Fields = Mapping[str, tuple[str, ...]]
PACS_CREDENTIALS: Final = {"pacs_a": "a" * 43, "pacs_b": "b" * 43, "pacs_wrong": "w" * 43}


@dataclass(frozen=True, slots=True)
class Subject:
    """A publication and its study."""

    publication: str
    study: str


@dataclass(frozen=True, slots=True)
class Acts:
    """The publications that the acts of one host are about: each can be done once.

    ``revision``: that of the two sets of traits that are known for the patient of ``divergent``.
    """

    held: Subject
    contested: Subject
    imported: Subject
    withdrawable: Subject
    divergent: Subject
    revision: int


@dataclass(frozen=True, slots=True)
class Images:
    """A study that was published, one of its series and one of its objects."""

    study: str
    series: str
    instance: str


@dataclass(frozen=True, slots=True)
class Site:
    """The resources of one tenant, all of them real; ``note`` rejects one of its images. ``jobs``:
    the job that each act is about which the agents have.
    """

    images: Images
    current: str
    former: str
    withdrawn_images: Images
    withdrawn: str
    publication: str
    upload: str
    acts: Mapping[Host, Acts]
    note: bytes
    jobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a request is made of.

    ``authorization``: the fields of each credential; ``sessions``: the cookie of each session;
    ``pages``: the page of a patient that the professional's session of each site has opened;
    ``attempts``: the cookie of each sign-in, and the query with which the provider sent it back;
    ``message``: a fresh message of a program. ``canaries`` stand in no refusal.
    """

    sites: Mapping[str, Site]
    ins: tuple[str, str]
    authorization: Fields
    sessions: Mapping[str, str]
    pages: Mapping[str, str]
    attempts: Mapping[str, tuple[str, str]]
    vi_url: str
    message: Callable[[str], bytes]
    canaries: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _At:
    """Implements ``ports.Clock``: one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class _Kept:
    """The one record that a sign-in leaves."""

    records: dict[str, Kept] = field(default_factory=dict)

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        self.records[key] = facts

    def get(self, key: str) -> Kept | None:
        return self.records.get(key)

    def note(self, key: str, name: str, value: str) -> None:
        raise AssertionError("nobody comes back here")

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        raise AssertionError("nobody comes back here")

    def claim(self, key: str, name: str, value: str, ends_at: datetime) -> bool:
        self.records[key] = {**self.records[key], name: value}
        return True

    def keep(self, key: str, name: str, value: str) -> None:
        raise AssertionError("nobody comes back here")

    def take(self, key: str) -> Kept | None:
        return self.records.pop(key, None)


def open_session(
    dynamodb: Any, table: str, tenant: str, *, secret: str, subject: str, at: datetime
) -> str:
    """The cookie of a session that ``subject`` opened ``at`` that time."""
    kept = _Kept()
    seal = Seal(secret.encode(), tenant, "operators' sessions")
    sessions = Sessions(kept, _At(at), _unguessable, seal, OperatorFacts)
    cookie = sessions.open(OperatorFacts(subject))
    _put(dynamodb, table, tenant, kept)
    return cookie


def open_reader_session(
    dynamodb: Any, table: str, tenant: str, *, secret: str, structure: str, at: datetime
) -> str:
    """The cookie of a session that a professional of ``structure`` opened ``at`` that time."""
    kept = _Kept()
    seal = Seal(secret.encode(), tenant, "readers' sessions")
    sessions = Sessions(kept, _At(at), _unguessable, seal, ReaderFacts, whose="reader_")
    activity = Activity(structure, "Centre", "SA08", "10", "SM44")
    who = HealthProfessional("899700000001", "ESSAI", "Alix", "10", "", "SA08", (activity,))
    ends_at = datetime.now(UTC) + timedelta(hours=1)
    tokens = Tokens("f:1:psc", {"nonce": "n"}, "id", "access", "refresh", ends_at)
    cookie = sessions.open(ReaderFacts.of(SignedIn(who, tokens, ends_at)))
    _put(dynamodb, table, tenant, kept)
    return cookie


def open_page(
    dynamodb: Any, table: str, tenant: str, *, secret: str, ins: tuple[str, str], cookie: str
) -> str:
    """The page of a patient, which the session of ``cookie`` has opened."""
    kept = _Kept()
    seal = Seal(secret.encode(), tenant, "contexts")
    contexts = Contexts(kept, _At(datetime.now(UTC)), _unguessable, seal)
    traits = CASES["C"].traits
    call = CallContext(
        ins=Ins(ins[0], Oid(ins[1])),
        birth_family=traits.family,
        birth_given=traits.given,
        birth_date=traits.birth_date,
        sex="F",
        birth_place="63113",
        consent=True,
        situation="",
        wanted=WantedExams(),
    )
    page = contexts.open(call)
    assert contexts.bind(page, cookie) == call
    _put(dynamodb, table, tenant, kept)
    return page


def _unguessable() -> str:
    """As the product draws them."""
    return secrets.token_urlsafe(32)


def _put(dynamodb: Any, table: str, tenant: str, kept: _Kept) -> None:
    ((key, facts),) = kept.records.items()
    item = {"tenant": {"S": tenant}, "session": {"S": key}, "ends_at": {"N": "9999999999"}}
    dynamodb.put_item(
        TableName=table, Item={**item, **{name: {"S": text} for name, text in facts.items()}}
    )


def leave_behind(
    aws: Mapping[str, Any], tables: Iterable[str], buckets: Iterable[str], since: datetime
) -> None:
    """All that A has, once more under the tenant that is gone: only its file is missing. Of the
    objects, those that were written ``since``.
    """
    for table in tables:
        if table.endswith("tenants"):
            continue
        pages = aws["dynamodb"].get_paginator("scan").paginate(TableName=table)
        for item in [one for page in pages for one in page["Items"] if one["tenant"] == {"S": A}]:
            copied = {**item, "tenant": {"S": REMOVED}}
            aws["dynamodb"].put_item(TableName=table, Item=copied)
    for bucket in buckets:
        pages = aws["s3"].get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{A}/")
        found = [one for page in pages for one in page.get("Contents", [])]
        for key in [one["Key"] for one in found if one["LastModified"] >= since]:
            body = aws["s3"].get_object(Bucket=bucket, Key=key)["Body"].read()
            there = f"{REMOVED}/{key.removeprefix(f'{A}/')}"
            aws["s3"].put_object(Bucket=bucket, Key=there, Body=body)


OTHER: Final = {A: B, B: A}


def multipart(note: bytes) -> bytes:
    """The body of a store request."""
    head = b"--note\r\nContent-Type: application/dicom\r\n\r\n"
    return head + note + b"\r\n--note--\r\n"


def sender_behind(agent: str) -> tuple[str, str]:
    """The sender whose messages an agent brings: two agents of a site bring two senders'."""
    return agent, SENDER[1]


def message_of(certificate: str) -> bytes:
    """A fresh message of the program that has this certificate; of A's RIS for a stranger."""
    sender = THIRD_SENDER if certificate == "third_b" else SENDER
    if certificate.startswith("agent_"):
        sender = sender_behind(certificate)
    made = CASES["C"].fresh(uuid4().hex)
    return message(made, control_id=uuid4().hex[:20], at=datetime.now(UTC), sender=sender)


def authorization(tokens: Mapping[str, str], pacs: Mapping[str, str]) -> Fields:
    """The fields Authorization of each credential: the tokens of Pro Santé Connect, the PACS'."""
    pair = base64.b64encode(f"{A}:{pacs['pacs_a']}".encode()).decode()
    nothing = base64.b64encode(b"demo:garbage").decode()
    active = f"Bearer {tokens['psc']}"
    return {
        "garbage": ("Bearer garbage",),
        "basic": (f"Basic {nothing}",),
        "psc_twice": (active, active),
        "pacs_a_basic": (f"Basic {pair}",),
        **{name: (f"Bearer {one}",) for name, one in {**tokens, **pacs}.items()},
    }


def canaries(sites: Mapping[str, Site], ins: str, sessions: Mapping[str, str]) -> tuple[str, ...]:
    """Texts that no refusal may show; the first is the patient's family name."""
    texts = [CASES["C"].traits.family, ins, *sessions.values()]
    for site in sites.values():
        texts += [site.current, site.former, site.withdrawn]
        texts += [site.publication, site.images.study, site.withdrawn_images.study]
    return tuple(texts)
