"""Queues and objects of two tenants behind agents, served under the templates' own policies, and
the loan of the first.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from functions.drimbox.agents.answering import INCOMING
from infra.local.assembly import Assembly, Stack, load_assembly
from infra.local.aws.endpoint import Endpoint, Service
from infra.local.aws.loans import LentRole, LoanBook, TokenService, read_roles
from infra.local.aws.signature import Verifier
from infra.local.aws.web import Request, Response, WebServer
from infra.local.install import Install, open_install
from infra.local.s3.buckets import Bucket, read_buckets
from infra.local.s3.service import S3Service
from infra.local.s3.store import Facts, ObjectStore, Upload
from infra.local.sqs.queues import MessageStore, Queue, read_queues
from infra.local.sqs.service import QueueService
from infra.local.template import Deployment, resolve
from infra.shared.names import agent_queue_name
from infra.shared.tenants import KEY_ALIASES
from tests.infra.local.support import ACCOUNT, REGION

# The tenant whose loan it is, another one, and one whose name begins as the first.
A: Final = "demo"
B: Final = "voisin"
LIKE_A: Final = "demo-2"
# Each object and message of the scene holds it: no answer to a loan may.
CANARY: Final = b"canary-of-a-tenant"
# The services of a local run that no loan opens.
CLOSED: Final = ("dynamodb", "secretsmanager", "states", "lambda", "sns", "kms")
SESSION: Final = boto3.session.Session()
Credentials = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The endpoint's answer to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Served:
    """A running endpoint whose clock the test moves. ``bucket`` is the cache."""

    install: Install
    deployment: Deployment
    url: str
    store: ObjectStore
    buckets: Mapping[str, Bucket]
    queues: Mapping[str, Queue]
    messages: MessageStore
    role: LentRole
    book: LoanBook = field(init=False)
    upload: Upload = field(init=False)
    offset: timedelta = timedelta()
    reached: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    @property
    def bucket(self) -> str:
        """The bucket of the agents' objects."""
        (found,) = (name for name in self.buckets if "-cache-" in name)
        return found

    def queue(self, tenant: str) -> Queue:
        """The queue of a tenant's agents."""
        (found,) = (one for one in self.queues.values() if one.name == agent_queue_name(tenant))
        return found

    def key(self, tenant: str) -> str:
        """The name by which the tenant's key is lent."""
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:{KEY_ALIASES}{tenant}"

    def client(self, service: str, lent: Credentials | None = None) -> Any:
        """A client with these credentials, or with the key of the installation."""
        make: Any = SESSION.client
        known = {
            "AccessKeyId": self.install.access_key_id,
            "SecretAccessKey": self.install.secret_access_key,
        }
        shown = lent or known
        return make(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=shown["AccessKeyId"],
            aws_secret_access_key=shown["SecretAccessKey"],
            aws_session_token=shown.get("SessionToken"),
            config=Config(
                retries={"total_max_attempts": 1},
                request_checksum_calculation="when_required",
                s3={"addressing_style": "path"},
            ),
        )

    def lend(self, tenant: str) -> Credentials:
        """As ``serve_agents`` asks for them."""
        lent: Credentials = self.client("sts").assume_role(
            RoleArn=self.role.arn,
            RoleSessionName=f"{tenant}.salle-1",
            Tags=[{"Key": "tenant", "Value": tenant}],
        )["Credentials"]
        return lent

    def ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """The answer to exactly this request."""
        place = urlsplit(self.url)
        http = HTTPConnection(str(place.hostname), place.port, timeout=30)
        try:
            http.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            length = (
                {}
                if "content-length" in {one.lower() for one in headers}
                else {"Content-Length": str(len(body))}
            )
            for name, value in {**headers, **length}.items():
                http.putheader(name, value)
            http.endheaders(body or None)
            said = http.getresponse()
            return Answer(said.status, dict(said.getheaders()), said.read())
        finally:
            http.close()

    def put(self, bucket: str, key: str) -> None:
        """Keep an object there, beside all policies."""
        path = self.store.new_blob()
        path.write_bytes(CANARY)
        facts = Facts(size=len(CANARY), etag="0" * 32)
        self.store.put(self.buckets[bucket], key, facts, path)

    def begin(self, key: str) -> Upload:
        """Begin an upload of one part there."""
        upload = self.store.begin_upload(self.buckets[self.bucket], key, Facts())
        path = self.store.new_blob()
        path.write_bytes(CANARY)
        self.store.add_part(upload, 1, Facts(size=len(CANARY), etag="0" * 32), path)
        return upload

    def state(self) -> object:
        """All that a call could change."""
        objects = [
            (name, one.key, one.version, one.latest, one.facts)
            for name in sorted(self.buckets)
            for one in self.store.history(self.buckets[name], "")
        ]
        counts = {arn: self.messages.counts(one) for arn, one in self.queues.items()}
        return objects, counts, self.reached


def _queues_of(*tenants: str) -> Stack:
    """The queues that the stacks of these tenants would make."""
    resources = {
        f"Queue{number}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": agent_queue_name(tenant)},
        }
        for number, tenant in enumerate(tenants)
    }
    return Stack("Agents", ACCOUNT, REGION, {"Resources": resources})


@contextmanager
def served(assembly: Path, folder: Path, **changes: Any) -> Iterator[Served]:
    """The scene; ``changes`` are of the role that is lent."""
    server = WebServer(0, lambda _: Response(503))
    url = f"http://127.0.0.1:{server.port}"
    install = open_install(folder / "data")
    stacks = [
        replace(one, account=ACCOUNT, region=REGION) for one in load_assembly(assembly).stacks
    ]
    deployment = resolve(Assembly(assembly, (*stacks, _queues_of(A, B, LIKE_A))), install, url)
    buckets, queues = read_buckets(deployment), read_queues(deployment)
    (role,) = read_roles(deployment).values()
    role = replace(role, **changes)
    store = ObjectStore(folder / "objects", buckets)
    messages = MessageStore(folder / "messages.sqlite", queues)
    made = Served(install, deployment, url, store, buckets, queues, messages, role)
    made.book = book = LoanBook({role.arn: role}, install.derive("loans"), made.now)
    verifier = Verifier(install.access_key_id, install.secret_access_key, made.now, book)

    def reached(request: Request, _: bytes) -> Response:
        made.reached.append(request.target)
        return Response(200, (), CANARY)

    services: dict[str, Service] = {
        **dict.fromkeys(CLOSED, reached),
        "sqs": QueueService(queues, messages),
        "sts": TokenService(book),
    }
    server.application = Endpoint(verifier, services, S3Service(store, verifier))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        _fill(made)
        yield made
    finally:
        server.shutdown()
        server.server_close()


def _fill(made: Served) -> None:
    """Both tenants have objects, in every bucket, and messages."""
    for tenant in (A, B, LIKE_A):
        for bucket in made.buckets:
            made.put(bucket, f"{tenant}/object")
            made.put(bucket, f"{tenant}/{INCOMING}object")
        made.put(made.bucket, f"{tenant}/answers/object")
        for _ in range(2):
            made.messages.send(made.queue(tenant), CANARY.decode(), {}, {})
    made.upload = made.begin(f"{B}/{INCOMING}upload")


def read_all(body: Any) -> bytes:
    """The bytes of a request that boto has prepared."""
    if isinstance(body, io.IOBase):
        return bytes(body.read())
    return body.encode() if isinstance(body, str) else bytes(body or b"")
