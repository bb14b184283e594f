"""The agent's own clients, with a loan, at the queue and the bucket under the templates' policies.

Each right of the loan is one that the agent uses, and the agent uses no other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, time, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest

from agent.cloud import queue
from agent.cloud.lending import Credentials, Lent
from agent.cloud.objects import S3Incoming
from agent.cloud.pace import Pace
from agent.cloud.packs import S3Packs
from agent.cloud.queue import SqsBell
from agent.cloud.signing import Rented
from agent.config.model import Uploads
from agent.work.bodies import write_body
from agent.work.ports import CloudAway, PackGone, Part
from agent.work.sending import send
from functions.drimbox.agents.answering import INCOMING
from functions.drimbox.images.fill import PART_BYTES
from tests.agent.cloud.aws_scenes import Lends
from tests.infra.local.lent_scenes import A, B, Served, served
from tests.infra.local.support import REGION

JOB: Final = f"index-{'a' * 64}"
POINTER: Final = {"tenant": A, "job": JOB, "kind": "index", "protocol": 1}
BODY: Final = b"begin" + bytes(PART_BYTES) + b"end"
PACE: Final = Pace(Uploads(), lambda: time(12))


@pytest.fixture(scope="module")
def scene(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(assembly_folder, tmp_path_factory.mktemp("lent")) as made:
        yield made


def lent(scene: Served, tenant: str = A) -> Lent:
    """The loan of that tenant, as ``serve_agents`` tells it."""
    found = scene.lend(tenant)
    ends_at = scene.now() + timedelta(hours=1)
    keys = found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
    return Lent(
        credentials=Credentials(*keys, ends_at.astimezone(UTC)),
        region=REGION,
        sqs_url=scene.url,
        s3_url=scene.url,
        queue_url=scene.queue(tenant).url,
        bucket=scene.bucket,
        kms_key=scene.key(tenant),
    )


class Site:
    """The agent's clients; ``cut`` requests, by their number, do not leave."""

    def __init__(self, opened: ExitStack, loan: Lent, cut: frozenset[int]) -> None:
        self.asked: list[str] = []

        def count(request: httpx.Request) -> None:
            self.asked.append(request.method)
            if len(self.asked) in cut:
                raise httpx.ReadError("cut")

        hooks = {"request": [count]}
        client = opened.enter_context(httpx.Client(event_hooks=hooks, trust_env=False))
        rented = Rented(Lends(loan), client)  # type: ignore[arg-type]
        self.bell = SqsBell(rented)
        self.incoming = S3Incoming(rented, PACE)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Site]]:
    """Opens the clients with a loan."""
    monkeypatch.setattr(queue, "_LONG_POLL", 0)
    with ExitStack() as opened:
        yield lambda loan, *cut: Site(opened, loan, frozenset(cut))


def kept(scene: Served, key: str) -> bytes:
    """The object, read as the cloud reads it."""
    found = scene.client("s3").get_object(Bucket=scene.bucket, Key=key)
    data: bytes = found["Body"].read()
    assert found["SSEKMSKeyId"] == scene.key(A)
    return data


def test_a_message_is_taken_held_and_deleted(scene: Served, site: Callable[..., Site]) -> None:
    own = scene.queue(A)
    for message in scene.messages.receive(own, 10, 60):
        scene.messages.delete(own, message.receipt)
    scene.messages.send(own, json.dumps(POINTER), {}, {})
    bell = site(lent(scene)).bell
    ring = bell.ring()
    assert ring is not None
    assert ring.pointer is not None
    assert ring.pointer.job == JOB
    bell.hold(ring)
    assert bell.ring() is None
    bell.done(ring)
    assert not any(scene.messages.counts(own))


def test_a_body_is_put_once_and_nothing_is_read(
    scene: Served, site: Callable[..., Site], tmp_path: Path
) -> None:
    key = f"{A}/{INCOMING}one"
    at = site(lent(scene)).incoming
    for data in (b"one", b"two"):
        path = tmp_path / "part"
        path.write_bytes(data)
        at.put(key, Part(path, len(data), hashlib.sha256(data).digest()))
    assert kept(scene, key) == b"one"


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_body_in_parts_goes_on_where_it_was_cut(
    cut: int, scene: Served, site: Callable[..., Site], tmp_path: Path
) -> None:
    """A part that is there is not sent again: the bucket lists its digest."""
    key, loan = f"{A}/{INCOMING}parts-{cut}", lent(scene)
    body = write_body(tmp_path, BODY)
    assert len(body.parts) == 2
    first = site(loan, cut)
    try:
        send(first.incoming, key, body.parts, tmp_path)
    except CloudAway:
        again = site(loan)
        send(again.incoming, key, body.parts, tmp_path)
        assert first.asked.count("PUT") + again.asked.count("PUT") <= 3
    assert kept(scene, key) == BODY
    assert not (tmp_path / "upload.json").exists()


def test_a_loan_opens_nothing_of_another_site(
    scene: Served, site: Callable[..., Site], tmp_path: Path
) -> None:
    theirs, before = lent(scene, B), scene.state()
    ours = lent(scene)
    loan = Lent(
        credentials=ours.credentials,
        region=REGION,
        sqs_url=scene.url,
        s3_url=scene.url,
        queue_url=theirs.queue_url,
        bucket=scene.bucket,
        kms_key=theirs.kms_key,
    )
    agent, body = site(loan), write_body(tmp_path, BODY)
    for call in (
        agent.bell.ring,
        lambda: agent.incoming.put(f"{B}/{INCOMING}x", body.parts[1]),
        lambda: agent.incoming.put(f"{A}/{INCOMING}x", body.parts[1]),
        lambda: agent.incoming.begin(f"{B}/{INCOMING}x"),
        lambda: agent.incoming.listed(scene.upload.key, scene.upload.upload),
    ):
        with pytest.raises(CloudAway, match="status 40"):
            call()
    assert scene.state() == before


def test_a_loan_that_has_ended_opens_nothing(scene: Served, site: Callable[..., Site]) -> None:
    bell = site(lent(scene)).bell
    scene.offset = timedelta(hours=1, seconds=1)
    try:
        with pytest.raises(CloudAway, match="status 403"):
            bell.ring()
    finally:
        scene.offset = timedelta()


def test_an_import_is_read_by_its_signed_address_alone(scene: Served) -> None:
    """As ``serve_agents`` signs it. The loan itself reads nothing."""
    place = {"Bucket": scene.bucket, "Key": f"{A}/readings/s/p/e/outgoing/1"}
    s3 = scene.client("s3")
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": scene.key(A)}
    s3.put_object(Body=b"onetwothree", **place, **sealed)
    signed = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    with httpx.Client(trust_env=False) as client:
        packs = S3Packs(client, PACE)
        assert b"".join(packs.read(signed, 0)) == b"onetwothree"
        assert b"".join(packs.read(signed, 3)) == b"twothree"
        for other in (signed.partition("?")[0], signed.replace("outgoing/1", "outgoing/2")):
            with pytest.raises(PackGone):
                list(packs.read(other, 0))
