"""The adapters' requests to AWS: tenant first, the tenant's key, errors under our names."""

from __future__ import annotations

import base64
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

from functions.aws import clients, faults, peers, secrets
from functions.aws.agents import StsLender
from functions.aws.audit import S3Audit
from functions.aws.blobs import S3Blobs
from functions.aws.cache_store import S3CacheStore
from functions.aws.jobs import SiteJobs, SqsJobs
from functions.aws.message_log import DynamoMessageLog
from functions.aws.pacing import Pace
from functions.aws.questions import SqsBell
from functions.aws.queues import PublishWorkflow, SqsMessages, SqsTicks
from functions.aws.sessions import DynamoSessions
from functions.drimbox.errors import (
    BadRequest,
    ConfigurationError,
    StartRefused,
    StorageUnavailable,
)
from functions.drimbox.images.cache_keys import DAYS_TAG
from functions.drimbox.jobs.job import Kind, Wish, asked
from functions.drimbox.oid import Uid
from functions.drimbox.publication.change import Change, Step
from tests.fakes.memory import VirtualClock

JOB = asked(Wish(Kind.FILL, {"study": "1.2.3"}), "c1", datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
MACHINE = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"


def test_an_audit_record_is_encrypted_by_the_key_of_the_audit(aws: None) -> None:
    S3Audit("audit", "demo", VirtualClock()).record(
        "images.retrieved", key="1", result="served", who="1", facts={}
    )
    (record,) = clients.s3().list_objects_v2(Bucket="audit", Prefix="demo/")["Contents"]
    head = clients.s3().head_object(Bucket="audit", Key=record["Key"])
    assert head["SSEKMSKeyId"].endswith("alias/drimbox/audit"), "not the tenant's, which may end"


def test_an_object_is_under_its_tenant_and_encrypted_with_its_key(aws: None) -> None:
    S3Blobs("inbox", "demo").put_once("k", b"data", "text/plain")
    head = clients.s3().head_object(Bucket="inbox", Key="demo/k")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"].endswith("alias/drimbox/tenants/demo")
    assert head["ContentType"] == "text/plain"
    assert S3Blobs("inbox", "other").get("k") is None
    assert (S3Blobs("inbox", "demo").size("k"), S3Blobs("inbox", "other").size("k")) == (4, 0)


def test_an_error_of_aws_is_storage_unavailable_and_says_no_value(aws: None) -> None:
    with pytest.raises(StorageUnavailable) as raised:
        S3Blobs("missing", "demo").put("secret-name", b"", "")
    assert raised.value.detail == "s3 put: NoSuchBucket"
    with pytest.raises(StorageUnavailable, match="EndpointConnectionError"), faults.storage("x"):
        raise EndpointConnectionError(endpoint_url="https://x")
    assert faults.code_of(ClientError({}, "Get")) == ""


def test_the_audit_trail_keeps_identifiers_out_of_its_keys(aws: None) -> None:
    S3Audit("audit", "demo", VirtualClock()).record(
        "images.retrieved",
        key="279035121518989",
        result="ok",
        who="80012",
        facts={"ins": "279035121518989"},
    )
    (found,) = clients.s3().list_objects_v2(Bucket="audit")["Contents"]
    assert found["Key"].startswith("demo/audit/2026-11-24/images.retrieved/")
    assert "279035121518989" not in found["Key"]
    body = json.loads(clients.s3().get_object(Bucket="audit", Key=found["Key"])["Body"].read())
    assert body["for_ins"] == "279035121518989"
    assert body["tenant"] == "demo"


def test_the_cache_streams_in_parts_and_signs_for_its_own_region(aws: None) -> None:
    store = S3CacheStore("cache", "demo", 2)
    assert store.get("s/1", max_bytes=10) is None
    store.put("s/1", BytesIO(b"abc"), "application/dicom")
    assert store.get("s/1", max_bytes=3) == b"abc"
    with pytest.raises(StorageUnavailable):
        store.get("s/1", max_bytes=2)
    assert store.get_range("s/1", 1, 2) == b"bc"
    assert store.get_range("s/0", 1, 2) is None
    for offset, size in ((1, 3), (3, 1)):
        with pytest.raises(StorageUnavailable):
            store.get_range("s/1", offset, size)
    upload = store.upload("s/2", "multipart/related")
    upload.add(2, b"end")
    upload.add(1, b"x" * (5 * 1024 * 1024))
    assert store.get("s/2", max_bytes=1 << 30) is None
    upload.complete()
    assert store.get("s/2", max_bytes=1 << 30) == b"x" * (5 * 1024 * 1024) + b"end"
    abandoned = store.upload("s/3", "multipart/related")
    abandoned.abort()
    assert store.get("s/3", max_bytes=1) is None
    url = urlsplit(store.signed_url("s/2", content_type="multipart/related; x=1", seconds=60))
    assert url.netloc == "cache.s3.eu-west-3.amazonaws.com"
    assert url.path == "/demo/s/2"
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["response-content-type"] == ["multipart/related; x=1"]
    of_head = urlsplit(store.signed_url("s/2", content_type="x/y", seconds=60, head=True))
    assert (of_head.netloc, of_head.path) == (url.netloc, url.path)
    assert parse_qs(of_head.query)["response-content-type"] == ["x/y"]
    S3CacheStore("cache", "other", 2).put("s/1", BytesIO(b"o"), "x")
    assert store.delete_under("s/", keep="s/2") == 1
    assert store.delete_under("s/", keep="s/2") == 0
    assert store.delete_under("s/") == 1
    assert store.delete_under("s/") == 0
    assert S3CacheStore("cache", "other", 2).get("s/1", max_bytes=9) == b"o"


def test_an_object_of_the_cache_is_looked_at(aws: None) -> None:
    store = S3CacheStore("cache", "demo", 2)
    place: Any = {"Bucket": "cache", "Key": "demo/s/1"}
    assert store.look("s/1") is None
    clients.s3().put_object(**place, Body=b"abc")
    first = store.look("s/1")
    assert first is not None
    assert (first.size, first.plain) == (3, True)
    store.keep("s/1")
    assert store.look("s/1") == first, "its tags are no other version"
    clients.s3().put_object(**place, Body=b"abd")
    second = store.look("s/1")
    assert second is not None
    assert second.version != first.version
    puts: tuple[dict[str, Any], ...] = ({"ContentEncoding": "deflate"}, {"StorageClass": "GLACIER"})
    for put in puts:
        clients.s3().put_object(**place, Body=b"abc", **put)
        found = store.look("s/1")
        assert found is not None
        assert not found.plain


def test_every_cached_object_carries_the_tenant_s_days(aws: None) -> None:
    store = S3CacheStore("cache", "demo", 7)
    store.put("s/1", BytesIO(b"abc"), "application/dicom")
    upload = store.upload("s/2", "multipart/related")
    upload.add(1, b"x")
    upload.complete()
    for key in ("demo/s/1", "demo/s/2"):
        tags = clients.s3().get_object_tagging(Bucket="cache", Key=key)["TagSet"]
        assert tags == [{"Key": "days", "Value": "7"}]


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "!", "e30=", "WzEsIDJd"),
        base64.urlsafe_b64encode(b'["m", "not a time"]').decode(),
        base64.urlsafe_b64encode(b"[" * 3_000).decode(),
        base64.urlsafe_b64encode(b'["\\ud83d", "2026-11-24T10:00:00+00:00"]').decode(),
    ],
)
def test_a_cursor_that_we_did_not_make_is_refused(aws: None, cursor: str) -> None:
    with pytest.raises(BadRequest):
        DynamoMessageLog("messages", "demo").find("held", limit=1, after=cursor)


def test_the_queue_holds_pointers_only(aws: None) -> None:
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    SqsMessages(url, "demo").send("m1", replay=2, received_at=at)
    (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
    assert json.loads(sent["Body"]) == {
        "tenant": "demo",
        "message_id": "m1",
        "replay": 2,
        "received_at": at.isoformat(),
    }
    with pytest.raises(StorageUnavailable):
        SqsMessages(url + "x", "demo").send("m1", replay=0, received_at=at)


class Machine:
    """Step Functions as far as starting goes: a name is taken for ever."""

    def __init__(self) -> None:
        self.started: dict[str, dict[str, Any]] = {}
        self.code = "ExecutionAlreadyExists"

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        assert stateMachineArn == MACHINE
        if name in self.started:
            raise ClientError({"Error": {"Code": self.code}}, "StartExecution")
        self.started[name] = json.loads(input)


def test_a_change_starts_one_execution_whatever_the_number_of_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    change = Change("demo", "a" * 32, Uid("1.2.3"), 0)
    for _ in range(2):
        PublishWorkflow(MACHINE).start(change, Step.READ_REPORT)
    PublishWorkflow(MACHINE).start(Change("demo", "a" * 32, Uid("1.2.3"), 1), Step.READ_REPORT)
    PublishWorkflow(MACHINE).start(Change("demo", "a" * 32, Uid("1.2.4"), 0), Step.READ_REPORT)
    assert len(machine.started) == 3
    assert all(len(name) <= 80 for name in machine.started)
    first = next(iter(machine.started.values()))
    assert Change.read(first) == change
    assert first["correlation_id"] == "a" * 32
    machine.code = "ThrottlingException"
    with pytest.raises(StorageUnavailable):
        PublishWorkflow(MACHINE).start(change, Step.READ_REPORT)


@pytest.mark.parametrize("code", ["InvalidExecutionInput", "InvalidName", "ValidationException"])
def test_a_start_that_is_refused_for_ever_is_no_outage(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    machine = Machine()
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    change = Change("demo", "a" * 32, Uid("1.2.3"), 0)
    PublishWorkflow(MACHINE).start(change, Step.READ_REPORT)
    machine.code = code
    with pytest.raises(StartRefused, match=code):
        PublishWorkflow(MACHINE).start(change, Step.READ_REPORT)


def test_a_job_s_message_is_a_pointer_in_the_group_of_its_tenant(aws: None) -> None:
    url = clients.sqs().get_queue_url(QueueName="fill-jobs")["QueueUrl"]
    SqsJobs(url, "demo").send(JOB, after=timedelta(0))
    (sent,) = clients.sqs().receive_message(QueueUrl=url, AttributeNames=["MessageGroupId"])[
        "Messages"
    ]
    assert json.loads(sent["Body"]) == {"tenant": "demo", "job": JOB.key}
    assert sent["Attributes"] == {"MessageGroupId": "demo"}


@pytest.mark.parametrize(("after", "seconds"), [(0.0, 0), (1.2, 2), (300.0, 300)])
def test_a_job_s_message_is_never_early(
    monkeypatch: pytest.MonkeyPatch, after: float, seconds: int
) -> None:
    sent: list[dict[str, Any]] = []
    queue = SimpleNamespace(send_message=lambda **facts: sent.append(facts))
    monkeypatch.setattr(clients, "sqs", lambda: queue)
    SqsJobs("https://sqs.example/q", "demo").send(JOB, after=timedelta(seconds=after))
    SqsBell("https://sqs.example/agents-", "demo").ring(JOB.key, after=timedelta(seconds=after))
    assert [one["DelaySeconds"] for one in sent] == [seconds, seconds]


def test_a_site_behind_an_agent_is_rung_until_its_agent_has_said_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []

    def send_message(**facts: Any) -> None:
        sent.append((facts["QueueUrl"], json.loads(facts["MessageBody"])))

    monkeypatch.setattr(clients, "sqs", lambda: SimpleNamespace(send_message=send_message))
    bell = SqsBell("https://sqs.example/agents-", "demo")
    queue = SiteJobs(bell, SqsJobs("https://sqs.example/fills", "demo"))
    queue.send(JOB, after=timedelta(0))
    queue.send(replace(JOB, told="words"), after=timedelta(0))
    name = JOB.key.replace("#", "-")
    pointer = {"tenant": "demo", "job": name, "kind": "fill", "protocol": 1}
    assert sent == [
        ("https://sqs.example/agents-demo", pointer),
        ("https://sqs.example/fills", {"tenant": "demo", "job": JOB.key}),
    ]


def test_the_waits_of_a_tenant_hear_of_its_agents(aws: None) -> None:
    url = clients.sqs().get_queue_url(QueueName="fill-jobs")["QueueUrl"]
    ticks = SqsTicks(url, "demo")
    ticks.answered("m1", "index#0a")
    ticks.back()
    heard = []
    while got := clients.sqs().receive_message(QueueUrl=url).get("Messages"):
        heard.append(json.loads(got[0]["Body"]))
    assert heard == [
        {"tenant": "demo", "answered": "index#0a", "message_id": "m1"},
        {"tenant": "demo", "back": True},
    ]


def test_an_object_that_an_agent_put_is_kept_for_as_long_as_our_own(aws: None) -> None:
    store, key = S3CacheStore("cache", "demo", 7), "incoming/1.2.3/e/s/1.multipart"
    clients.s3().put_object(Bucket="cache", Key=f"demo/{key}", Body=b"x")
    store.keep(key)
    tags = clients.s3().get_object_tagging(Bucket="cache", Key=f"demo/{key}")["TagSet"]
    assert tags == [{"Key": DAYS_TAG, "Value": "7"}]


def test_a_loan_names_its_tenant_and_its_agent(aws: None) -> None:
    role = "arn:aws:iam::123456789012:role/drimbox-agent"
    lent = StsLender(role, "demo").lend("x" * 80)
    assert lent.access_key_id
    assert lent.expires_at > datetime.now(UTC) + timedelta(minutes=59)
    asked: list[dict[str, Any]] = []

    def assume_role(**facts: Any) -> dict[str, Any]:
        asked.append(facts)
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clients, "sts", lambda: SimpleNamespace(assume_role=assume_role))
        with pytest.raises(StorageUnavailable):
            StsLender(role, "demo").lend("x" * 80)
    (facts,) = asked
    assert facts == {
        "RoleArn": role,
        "RoleSessionName": f"demo.{'x' * 59}",
        "DurationSeconds": 3600,
        "Tags": [{"Key": "tenant", "Value": "demo"}],
    }


def test_a_conditional_write_of_several_threads_is_one_step(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As at AWS: of several that saw the same value one writes. Without it two threads of a test
    used one refresh token."""
    check = UpdateExpressionValidator.validate

    def slow(self: Any) -> Any:
        time.sleep(0.01)  # the condition holds, and nothing is written yet
        return check(self)

    monkeypatch.setattr(UpdateExpressionValidator, "validate", slow)
    sessions = DynamoSessions("sessions", "demo")
    sessions.put("key", {"fact": "before"}, datetime(2030, 1, 1, tzinfo=UTC))
    begin = Barrier(4)

    def write(number: int) -> bool:
        begin.wait()
        return sessions.swap("key", "fact", "before", f"{number}")

    with ThreadPoolExecutor(4) as pool:
        wrote = list(pool.map(write, range(4)))
    assert wrote.count(True) == 1
    assert sessions.get("key") == {"fact": f"{wrote.index(True)}"}


def test_a_secret_without_a_value_is_absent_and_a_value_is_kept_a_while(aws: None) -> None:
    manager = clients.secretsmanager()
    assert secrets.text("drimbox/platform/lps") is None
    manager.create_secret(Name="drimbox/platform/lps", SecretString="GeneratedPlaceholder1")
    assert secrets.text("drimbox/platform/lps") is None
    with pytest.raises(ConfigurationError, match="no value"):
        secrets.fields("drimbox/platform/lps", ("id",))
    manager.put_secret_value(SecretId="drimbox/platform/lps", SecretString='{"id": "x"}')
    assert secrets.fields("drimbox/platform/lps", ("id",)) == {"id": "x"}
    with pytest.raises(ConfigurationError, match="lacks name"):
        secrets.fields("drimbox/platform/lps", ("id", "name"))
    manager.put_secret_value(SecretId="drimbox/platform/lps", SecretString='{"id": "y"}')
    assert secrets.fields("drimbox/platform/lps", ("id",)) == {"id": "x"}
    secrets._read.clear()
    assert secrets.fields("drimbox/platform/lps", ("id",)) == {"id": "y"}


def test_turns_are_as_far_apart_as_the_pace_says(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    pace = Pace(4)
    for _ in range(3):
        pace()
    assert slept == [0.0, 0.25, 0.5]
    monkeypatch.setattr("time.monotonic", lambda: 200.0)
    pace()
    assert slept[3:] == [0.0], "unused turns are not saved up"


def test_a_host_without_an_address_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert peers.resolve("127.0.0.1") == ("127.0.0.1",)
    assert peers.resolve(f"{'a' * 64}.example") == ()

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror("no name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert peers.resolve("db.example") == ()
