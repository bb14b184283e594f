"""A cloud on this machine: the host ``in`` over mutual TLS, and AWS's interfaces beside it."""

from __future__ import annotations

import hashlib
import json
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from simulators.pki import CLIENT, SERVER, Authority
from tests.agent.cloud.aws_scenes import aws_server, client

LEASE = timedelta(hours=1)


@dataclass
class LocalCloud:
    """The state of the cloud for one site."""

    url: str = ""
    aws: str = ""
    queue: str = ""
    # The server of AWS's interfaces has one memory for a whole process.
    bucket: str = field(default_factory=lambda: f"incoming-{secrets.token_hex(8)}")
    kms_key: str = ""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    posted: dict[str, dict[str, Any]] = field(default_factory=dict)
    beats: list[dict[str, Any]] = field(default_factory=list)
    # The status that the next requests of a path's end get, one after the other.
    refusals: dict[str, list[int]] = field(default_factory=dict)

    def client(self, service: Any) -> Any:
        return client(service, self.aws)

    def ask(self, kind: str, ask: dict[str, Any]) -> str:
        """Put a job and ring for it; its name."""
        name = f"{kind}-{hashlib.sha256(json.dumps(ask).encode()).hexdigest()}"
        self.jobs[name] = {
            "job": name,
            "kind": kind,
            "protocol": 1,
            "attempt": 1,
            "expires_at": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
            "ask": ask,
            "incoming": {"key": f"demo/incoming/{name}"},
        }
        self.ring(name, kind)
        return name

    def ring(self, name: str, kind: str) -> None:
        body = json.dumps({"job": name, "kind": kind, "protocol": 1})
        self.client("sqs").send_message(QueueUrl=self.queue, MessageBody=body)

    def waiting(self) -> int:
        """The messages that are not deleted yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = self.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(one) for one in found.values())

    def object_of(self, name: str) -> bytes:
        key = self.jobs[name]["incoming"]["key"]
        found = self.client("s3").get_object(Bucket=self.bucket, Key=key)
        data: bytes = found["Body"].read()
        return data

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """The answer to one request."""
        end = path.rsplit("/", 1)[-1]
        refusals = self.refusals.get(end) or self.refusals.get(method) or []
        if refusals:
            return refusals.pop(0), {"code": "refused"}
        assert path.startswith("/v1/tenants/demo/agents/"), path
        if method == "POST" and end == "loan":
            self.beats.append(json.loads(body))
            return 200, self._loan()
        job = self.jobs.get(end)
        if job is None:
            return 404, {"code": "absent"}
        if end in self.posted:
            return 409, {"code": "job_ended"}
        if method == "GET":
            return 200, job
        self.posted[end] = json.loads(body)
        return 200, {"job": end, "state": self.posted[end]["outcome"]}

    def _loan(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "protocol": 1,
            "lowest_protocol": 1,
            "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "region": "eu-west-3",
            "endpoints": {"sqs": self.aws, "s3": self.aws},
            "queue": {"url": self.queue, "visibility_seconds": 120},
            "incoming": {
                "bucket": self.bucket,
                "prefix": "demo/incoming/",
                "kms_key": self.kms_key,
                "part_bytes": 8388608,
            },
            "credentials": {
                "access_key_id": "AK",
                "secret_access_key": "SK",
                "session_token": "ST",
                "expires_at": f"{now + LEASE:%Y-%m-%dT%H:%M:%SZ}",
            },
            "site": {
                "tenant": "demo",
                "senders": [],
                "time_zone": "Europe/Paris",
                "structures": [],
            },
        }


@contextmanager
def local_cloud(folder: Path) -> Iterator[LocalCloud]:
    """The cloud runs; ``folder`` gets the agent's certificate, its key and the authorities."""
    cloud = LocalCloud()
    authority = Authority.create(datetime.now(UTC))
    agent = authority.issue("CN=agent,C=FR", CLIENT, datetime.now(UTC))
    server = authority.issue("CN=in,C=FR", SERVER, datetime.now(UTC), hosts=("127.0.0.1",))
    for name, text in (
        ("agent.pem", agent.certificate_pem),
        ("agent.key", agent.key_pem),
        ("authorities.pem", authority.root.certificate_pem),
        ("server.pem", server.certificate_pem + server.key_pem),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    with aws_server() as cloud.aws:
        _prepare(cloud)
        https = _https(cloud, folder)
        cloud.url = f"https://127.0.0.1:{https.server_address[1]}"
        thread = Thread(target=https.serve_forever, daemon=True)
        thread.start()
        try:
            yield cloud
        finally:
            https.shutdown()
            https.server_close()
            thread.join()


def _prepare(cloud: LocalCloud) -> None:
    cloud.queue = cloud.client("sqs").create_queue(QueueName=cloud.bucket)["QueueUrl"]
    cloud.client("s3").create_bucket(
        Bucket=cloud.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
    )
    cloud.kms_key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]


def _https(cloud: LocalCloud, folder: Path) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do(b"")

        def do_POST(self) -> None:
            self._do(self.rfile.read(int(self.headers["Content-Length"])))

        def _do(self, body: bytes) -> None:
            facts: Any
            if self.path == "/":
                status, facts = 403, None
            else:
                status, facts = cloud.answer(self.command, self.path, body)
            data = json.dumps(facts).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "authorities.pem")
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return server
