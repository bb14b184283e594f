"""A server of AWS's interfaces on this machine, and a loan of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer

from agent.cloud.lending import Credentials, Lent
from agent.cloud.signing import Rented
from agent.work.ports import CloudAway


class Lends:
    """A loan that stands; None: there are no rights."""

    def __init__(self, lent: Lent) -> None:
        self.now: Lent | None = lent

    def lent(self) -> Lent:
        if self.now is None:
            raise CloudAway("no rights are lent")
        return self.now


@contextmanager
def aws_server() -> Iterator[str]:
    """The server's URL. It has one memory for a whole process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def client(service: Any, url: str) -> Any:
    """AWS's own client, as the judge."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-west-3",
        aws_access_key_id="AK",
        aws_secret_access_key="SK",
    )


def lent_at(url: str) -> Lent:
    """A queue, a bucket and a key of their own."""
    name = f"site-{secrets.token_hex(8)}"
    queue = client("sqs", url).create_queue(QueueName=name)["QueueUrl"]
    place = {"LocationConstraint": "eu-west-3"}
    client("s3", url).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    key = client("kms", url).create_key()["KeyMetadata"]["Arn"]
    credentials = Credentials("AK", "SK", "ST", datetime.now(UTC) + timedelta(hours=1))
    return Lent(credentials, "eu-west-3", url, url, queue, name, key)


def rented(lends: Any, transport: httpx.BaseTransport | None = None) -> Rented:
    """The rights in use; ``transport`` replaces the network."""
    return Rented(lends, httpx.Client(transport=transport))
