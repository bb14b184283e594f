"""The adapters' requests to AWS: tenant first, the tenant's key, errors under our names."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.aws import clients, faults, secrets, tenants
from functions.aws.audit import S3Audit
from functions.aws.blobs import S3Blobs
from functions.aws.cache_store import S3CacheStore
from functions.aws.message_log import DynamoMessageLog
from functions.aws.pacing import Pace
from functions.aws.queues import FillWorkflow, PublishWorkflow, SqsMessages
from functions.aws.stores import for_tenant
from functions.drimbox.errors import (
    Absent,
    BadRequest,
    ConfigurationError,
    StorageUnavailable,
)
from functions.drimbox.oid import Uid
from functions.drimbox.publication.ports import Change
from tests.fakes.memory import VirtualClock
from tests.fakes.world import STRUCTURE

FACTS = {
    "tenant": "demo",
    "name": "Site",
    "source_id": "1.2.3",
    "structures": [{"id": STRUCTURE, "name": "Site", "sector": "SA08"}],
    "senders": [
        {"application": "RIS", "facility": "A", "certificate_subject": "CN=ris.example,C=FR"}
    ],
    "pacs_url": "https://pacs.example/dicom-web",
    "manufacturer": "DRIMbox",
    "study_wait_seconds": 5,
    "outage_patience_seconds": 60,
    "cache_on_publication": True,
    "time_zone": "Europe/Paris",
}
MACHINE = "arn:aws:states:eu-west-3:123456789012:stateMachine:m"


def test_an_object_is_under_its_tenant_and_encrypted_with_its_key(aws: None) -> None:
    S3Blobs("inbox", "demo").put_once("k", b"data", "text/plain")
    head = clients.s3().head_object(Bucket="inbox", Key="demo/k")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"].endswith("alias/drimbox/tenants/demo")
    assert head["ContentType"] == "text/plain"
    assert S3Blobs("inbox", "other").get("k") is None


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
    assert found["Key"].startswith("demo/audit/images.retrieved/")
    assert "279035121518989" not in found["Key"]
    body = json.loads(clients.s3().get_object(Bucket="audit", Key=found["Key"])["Body"].read())
    assert body["for_ins"] == "279035121518989"
    assert body["tenant"] == "demo"


def test_the_cache_streams_in_parts_and_signs_for_its_own_region(aws: None) -> None:
    store = S3CacheStore("cache", "demo")
    assert store.get("s/1", max_bytes=10) is None
    store.put("s/1", BytesIO(b"abc"), "application/dicom")
    assert store.get("s/1", max_bytes=3) == b"abc"
    with pytest.raises(StorageUnavailable):
        store.get("s/1", max_bytes=2)
    upload = store.upload("s/2", "multipart/related")
    upload.add(b"x" * (5 * 1024 * 1024))
    upload.add(b"end")
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
    S3CacheStore("cache", "other").put("s/1", BytesIO(b"o"), "x")
    assert store.delete_under("s/") == 2
    assert store.delete_under("s/") == 0
    assert S3CacheStore("cache", "other").get("s/1", max_bytes=9) == b"o"


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "e30=", base64.urlsafe_b64encode(b'["m", "not a time"]').decode(), "WzEsIDJd"],
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
        PublishWorkflow(MACHINE).start(change)
    PublishWorkflow(MACHINE).start(Change("demo", "a" * 32, Uid("1.2.3"), 1))
    PublishWorkflow(MACHINE).start(Change("demo", "a" * 32, Uid("1.2.4"), 0))
    assert len(machine.started) == 3
    assert all(len(name) <= 80 for name in machine.started)
    first = next(iter(machine.started.values()))
    assert Change.read(first) == change
    assert first["correlation_id"] == "a" * 32
    machine.code = "ThrottlingException"
    with pytest.raises(StorageUnavailable):
        PublishWorkflow(MACHINE).start(change)


def test_a_fill_is_started_once_per_window_for_the_same_series_of_a_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine()
    monkeypatch.setattr(clients, "stepfunctions", lambda: machine)
    one, two = Uid("1.2.3.1"), Uid("1.2.3.2")
    asked: list[tuple[str, str, list[Uid], str, int]] = [
        ("demo", "1.2.3", [one], "m/0", 7),
        ("demo", "1.2.3", [one], "m/0", 8),
        ("demo", "1.2.3", [one], "m/1", 7),
        ("demo", "1.2.3", [two], "m/0", 7),
        ("demo", "1.2.3", [one, two], "m/0", 7),
        ("demo", "1.2.4", [one], "m/0", 7),
        ("other", "1.2.3", [one], "m/0", 7),
    ]
    for number, (tenant, study, series, edition, window) in enumerate(asked, start=1):
        for who in ("first", "second"):
            FillWorkflow(MACHINE, tenant).start(
                Uid(study), series, correlation_id=who, edition=edition, window=window
            )
        assert len(machine.started) == number
    assert list(machine.started.values()) == [
        {
            "tenant": tenant,
            "study_instance_uid": study,
            "series": [str(uid) for uid in series],
            "correlation_id": "first",
        }
        for tenant, study, series, _, _ in asked
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name) for name in machine.started)


def test_a_secret_without_a_value_is_absent_and_a_value_is_kept_a_while(aws: None) -> None:
    manager = clients.secretsmanager()
    assert secrets.text("drimbox/platform/lps") is None
    manager.create_secret(Name="drimbox/platform/lps", SecretString="GeneratedPlaceholder1")
    assert secrets.text("drimbox/platform/lps") is None
    with pytest.raises(ConfigurationError, match="no value"):
        secrets.required_text("drimbox/platform/lps")
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


def test_a_tenant_is_read_from_its_own_parameter(aws: None) -> None:
    clients.ssm().put_parameter(
        Name="/drimbox/tenants/demo", Value=json.dumps(FACTS), Type="String"
    )
    assert tenants.find("/drimbox/tenants/", "demo").name == "Site"
    settings = SimpleNamespace(tenant_parameters="/drimbox/tenants/")
    assert for_tenant(settings, "demo").slug == "demo"
    clients.ssm().delete_parameter(Name="/drimbox/tenants/demo")
    assert tenants.find("/drimbox/tenants/", "demo").name == "Site"  # kept for a minute
    tenants._read.clear()
    for slug in ("demo", "Demo", "../demo", "d", "", "demo/../x"):
        with pytest.raises(Absent):
            tenants.find("/drimbox/tenants/", slug)


def test_every_tenant_is_listed_and_a_wrong_file_is_told(aws: None) -> None:
    prefix = "/drimbox/tenants/"
    for number in range(12):
        clients.ssm().put_parameter(Name=f"{prefix}t-{number}", Value="{", Type="String")
    clients.ssm().put_parameter(Name="/drimbox/other", Value="{}", Type="String")
    assert dict(tenants.every(prefix)) == {f"t-{number}": None for number in range(12)}


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
