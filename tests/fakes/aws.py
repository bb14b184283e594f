"""AWS in this process (moto): the tables and buckets that the adapters speak to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto import backend_index, mock_aws
from moto.backends import get_backend
from moto.core import models as moto_core
from moto.core import responses, serialize
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.request import normalize_request
from moto.core.serialize import XFormedAttributePicker
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoResult
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from werkzeug.exceptions import HTTPException

from functions.aws import (
    calling_peers,
    clients,
    revocation_lists,
    scratch,
    secrets,
    tenant_secrets,
    tenants,
)
from functions.aws.tenant_secrets import Kept
from infra.local.aws import quick

REGION: Final = "eu-west-3"
ACCOUNT: Final = "123456789012"
QUEUES = ("messages", "uploads", "fill-jobs", "ticks", "news")
BUCKETS = (
    "secrets",
    *("inbox", "archive", "audit", "cache", "uploads", "seals", "revocations"),
    *("readings", "exports", "reconciliations"),
)
TABLES = {
    "studies": "study_instance_uid",
    "messages": "message_id",
    "imports": "study_instance_uid",
    "patients": "patient",
    "lookups": "lookup",
    "circuits": "circuit",
    "health": "service",
    "jobs": "job",
    "operations": "item",
    "certificates": "certificate",
    "peers": "item",
    "waits": "wait",
    "news": "item",
    "agents": "agent",
    "tenants": "item",
}


# A small tenant's file.
SITE_FACTS: Final[dict[str, Any]] = {
    "tenant": "demo",
    "name": "Site",
    "source_id": "1.2.3",
    "structures": [{"id": "1750803447", "name": "Site", "sector": "SA08"}],
    "senders": [
        {
            "application": "RIS",
            "facility": "A",
            "certificate_subject": "CN=ris.example,C=FR",
            "certificate_issuer": "CN=AC,C=FR",
        }
    ],
    "link": "public",
    "pacs_url": "https://pacs.example/dicom-web",
    "manufacturer": "DRIMbox",
    "study_wait_seconds": 60,
    "outage_patience_seconds": 3600,
    "cache_on_publication": True,
    "time_zone": "Europe/Paris",
}


# A conditional write of AWS is one step. moto looks at the condition, then writes: another thread
# of the test came between, and both had written.
_ONE_AT_A_TIME: Final = RLock()


def _answer(_: BotocoreStubber, request: AWSPreparedRequest) -> tuple[Any, Any, Any]:
    """moto's answer, without its search among the addresses of two hundred services."""
    asked = normalize_request(request)
    address = request.url.partition("?")[0]
    answers = _answers(urlsplit(request.url).netloc)
    answer = next(answer for pattern, answer in answers if pattern.match(address))
    with _ONE_AT_A_TIME:
        try:
            found: tuple[Any, Any, Any] = answer(asked, asked.raw_url, asked.headers)
        except HTTPException as error:
            return error.code, error.get_headers(), error.get_body()
    return found


@cache
def _answers(host: str) -> list[tuple[re.Pattern[str], Callable[..., Any]]]:
    """The addresses of the service at ``host``, and moto's way to answer each."""
    known = backend_index.backend_url_patterns
    service: Any = next(name for name, pattern in known if pattern.match(f"https://{host}"))
    regions = get_backend(service)[ACCOUNT]
    backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
    return [(re.compile(url), answer) for url, answer in backend.urls.items()]


# The parts of moto that quick.install_answers() replaces.
_SLOW: Final[tuple[tuple[Any, str], ...]] = (
    (responses, "method_names_from_class"),
    (serialize, "parse_to_aware_datetime"),
    (DynamoResult, "execute_result"),
    (XFormedAttributePicker, "get_possible_keys"),
)


@cache
def sns() -> Any:
    """Amazon SNS with every operation; ours knows one. Each mock forgets boto3's own session."""
    return boto3.client("sns")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty account with our buckets, tables and queue; no cached value.

    Clients are kept from test to test, since making one is slow: moto answers at the wire. Nobody
    here asks AWS by the library ``requests``, for which each mock would register a thousand
    addresses.
    """
    monkeypatch.setattr(moto_core, "RESPONSES_METHODS", ())
    for place, name in _SLOW:
        monkeypatch.setattr(place, name, getattr(place, name))
    quick.install_answers()
    monkeypatch.setattr(BotocoreStubber, "process_request", _answer)
    monkeypatch.setattr(scratch, "ROOT", tmp_path / "scratch")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    secrets._read.clear()
    tenant_secrets._read.clear()
    tenants._read.clear()
    revocation_lists._read.clear()
    calling_peers._read.clear()
    with mock_aws():
        _create()
        yield


def put_secret(name: str, text: str) -> None:
    """A new secret of the account, without the wire."""
    secretsmanager_backends[ACCOUNT][REGION].create_secret(
        name=name,
        secret_string=text,
        secret_binary=None,
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=str(uuid4()),
        replica_regions=[],
        force_overwrite=False,
    )


def put_tenant_secret(tenant: str, name: str, value: str, *, former: str = "") -> None:
    """A secret of a tenant, as the staff of the hosting company puts it; the processes that read
    the last one go on with it.
    """
    s3_backends[ACCOUNT]["aws"].put_object(
        "secrets", f"{tenant}/{name}", Kept(value, former).encode()
    )


def forget_tenant_secret(tenant: str, name: str) -> None:
    """It is there no more, and no process knows it."""
    s3_backends[ACCOUNT]["aws"].delete_object("secrets", f"{tenant}/{name}")
    tenant_secrets._read.clear()


def put_tenant(facts: Mapping[str, Any] | str, slug: str = "demo") -> None:
    """The file of a tenant (a text is one as it stands), which no process has read before."""
    text = facts if isinstance(facts, str) else json.dumps(facts)
    item = {"tenant": {"S": slug}, "item": {"S": "file"}, "content": {"S": text}}
    dynamodb_backends[ACCOUNT][REGION].put_item("tenants", item)
    tenants._read.clear()


def tenant_facts(slug: str = "demo") -> dict[str, Any]:
    """The facts of a tenant's file."""
    key = {"tenant": {"S": slug}, "item": {"S": "file"}}
    item = clients.dynamodb().get_item(TableName="tenants", Key=key)["Item"]
    facts: dict[str, Any] = json.loads(item["content"]["S"])
    return facts


# The index of a table by the state and the time of its items.
_BY_STATE: Final = {
    "IndexName": "by_state",
    "KeySchema": [
        {"AttributeName": "tenant_state", "KeyType": "HASH"},
        {"AttributeName": "changed_at", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}


def _create() -> None:
    """By moto's own models: a thousand tests begin with this, and the wire takes thirty times as
    long.
    """
    s3 = s3_backends[ACCOUNT]["aws"]
    for bucket in BUCKETS:
        s3.create_bucket(bucket, REGION)
    for bucket in ("audit", "seals", "secrets"):
        s3.put_bucket_versioning(bucket, "Enabled")
    for table, key in TABLES.items():
        _create_table(table, key, ("tenant_state", "changed_at"), [_BY_STATE])
    _create_table("sessions", "session", (), [])
    for queue in (*QUEUES, "agents-demo", "agent-letters"):
        sqs_backends[ACCOUNT][REGION].create_queue(queue)
    sns_backends[ACCOUNT][REGION].create_topic("alarms")


def _create_table(table: str, key: str, others: Sequence[str], indexes: list[Any]) -> None:
    dynamodb_backends[ACCOUNT][REGION].create_table(
        table,
        schema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": key, "KeyType": "RANGE"},
        ],
        throughput=None,
        attr=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", key, *others)],
        global_indexes=deepcopy(indexes),
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
