"""The queue and the place for objects, against a server of AWS's interfaces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import boto3
import certifi
import pytest
from moto.server import ThreadedMotoServer

from agent.cloud.aws import Rented, S3Incoming, SqsBell, Way
from agent.cloud.lending import Credentials, Lent
from agent.cloud.pace import Pace
from agent.config.model import Uploads
from agent.work.ports import CloudAway, Part
from agent.work.wire import Pointer
from tests.agent.work.samples import NAME

KEY = "demo/incoming/1"
LEAST = 5 * 1024 * 1024


class Lends:
    """A loan that stands."""

    def __init__(self, lent: Lent) -> None:
        self.now: Lent | None = lent

    def lent(self) -> Lent:
        if self.now is None:
            raise CloudAway("no rights are lent")
        return self.now


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def client(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-west-3",
        aws_access_key_id="AK",
        aws_secret_access_key="SK",
    )


@pytest.fixture
def lends(url: str, request: pytest.FixtureRequest) -> Lends:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    queue = client("sqs", url).create_queue(QueueName=name)["QueueUrl"]
    place = {"LocationConstraint": "eu-west-3"}
    client("s3", url).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    key = client("kms", url).create_key()["KeyMetadata"]["Arn"]
    credentials = Credentials("AK", "SK", "ST", datetime.now(UTC) + timedelta(hours=1))
    return Lends(Lent(credentials, "eu-west-3", url, url, queue, name, key))


def rented(lends: Any) -> Rented:
    return Rented(lends, Way(Path(certifi.where())))


def send(lends: Lends, url: str, body: str) -> None:
    assert lends.now is not None
    client("sqs", url).send_message(QueueUrl=lends.now.queue_url, MessageBody=body)


def part(folder: Path, data: bytes, name: str = "part") -> Part:
    path = folder / name
    path.write_bytes(data)
    return Part(path, len(data), hashlib.sha256(data).digest())


def incoming(lends: Lends) -> S3Incoming:
    return S3Incoming(rented(lends), Pace(Uploads(), lambda: time_of_day(12)))


def test_a_message_rings_is_held_and_goes(
    lends: Lends, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.cloud.aws._LONG_POLL", 0)
    bell = SqsBell(rented(lends))
    assert bell.ring() is None
    send(lends, url, json.dumps({"job": NAME, "kind": "index", "protocol": 1}))
    ring = bell.ring()
    assert ring is not None
    assert ring.pointer == Pointer(NAME, "index")
    assert bell.ring() is None
    bell.hold(ring)
    bell.done(ring)
    send(lends, url, "nothing of ours")
    ring = bell.ring()
    assert ring is not None
    assert ring.pointer is None


def test_a_body_is_put_once_under_the_site_s_key(lends: Lends, url: str, tmp_path: Path) -> None:
    at = incoming(lends)
    at.put(KEY, part(tmp_path, b"one"))
    at.put(KEY, part(tmp_path, b"two"))
    assert lends.now is not None
    found = client("s3", url).get_object(Bucket=lends.now.bucket, Key=KEY)
    assert found["Body"].read() == b"one"
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == lends.now.kms_key


def test_a_body_of_several_parts(lends: Lends, url: str, tmp_path: Path) -> None:
    at = incoming(lends)
    parts = [part(tmp_path, b"a" * LEAST, "a"), part(tmp_path, b"b" * 10, "b")]
    upload = at.begin(KEY)
    assert at.listed(KEY, upload) == {}
    for number, one in enumerate(parts, 1):
        at.add(KEY, upload, number, one)
    listed = at.listed(KEY, upload)
    assert listed is not None
    assert {n: size for n, (size, _) in listed.items()} == {1: LEAST, 2: 10}
    at.complete(KEY, upload, parts)
    assert at.listed(KEY, upload) is None
    assert lends.now is not None
    found = client("s3", url).get_object(Bucket=lends.now.bucket, Key=KEY)["Body"].read()
    assert found == b"a" * LEAST + b"b" * 10


def test_failures_are_the_cloud_s_absence_told_by_their_kind(lends: Lends, tmp_path: Path) -> None:
    assert lends.now is not None
    lends.now = replace(lends.now, bucket="nobodys-bucket", queue_url=lends.now.queue_url + "x")
    at, bell = incoming(lends), SqsBell(rented(lends))
    for call in (
        lambda: at.put(KEY, part(tmp_path, b"one")),
        lambda: at.begin(KEY),
        lambda: at.listed(KEY, "upload"),
        lambda: at.add(KEY, "upload", 1, part(tmp_path, b"one")),
        lambda: at.complete(KEY, "upload", [part(tmp_path, b"one")]),
        bell.ring,
    ):
        with pytest.raises(CloudAway) as away:
            call()
        assert KEY not in away.value.detail
    lends.now = replace(lends.now, s3_url="http://127.0.0.1:1")
    with pytest.raises(CloudAway, match="EndpointConnectionError"):
        incoming(lends).begin(KEY)
    lends.now = None
    with pytest.raises(CloudAway, match="no rights"):
        incoming(lends).begin(KEY)


def test_a_client_is_made_once_for_a_loan_and_reads_no_configuration(
    lends: Lends, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-east-1\nendpoint_url = http://192.0.2.1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    at = rented(lends)
    _, first = at.client("s3")
    assert at.client("s3")[1] is first
    assert first.meta.endpoint_url == lends.lent().s3_url
    lends.now = replace(lends.lent(), region="eu-west-1")
    assert at.client("s3")[1] is not first
    proxied = Rented(lends, Way(Path(certifi.where()), "http://u:p@127.0.0.1:9"))  # type: ignore[arg-type]
    assert proxied.client("sqs")[1].meta.config.proxies["https"] == "http://u:p@127.0.0.1:9"
