"""AWS in this process (moto): the tables and buckets that the adapters speak to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import boto3
import pytest
from moto import mock_aws

from functions.aws import clients, secrets, tenants

REGION: Final = "eu-west-3"
BUCKETS = ("inbox", "archive", "audit", "cache")
TABLES = {"studies": "study_instance_uid", "messages": "message_id"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account with our buckets, tables and queue; no cached client or value."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("s3", "dynamodb", "sqs", "stepfunctions", "secretsmanager", "ssm"):
        getattr(clients, name).cache_clear()
    secrets._read.clear()
    tenants._read.clear()
    with mock_aws():
        _create()
        yield
    for name in ("s3", "dynamodb", "sqs", "stepfunctions", "secretsmanager", "ssm"):
        getattr(clients, name).cache_clear()


def _create() -> None:
    s3 = boto3.client("s3", region_name=REGION)
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    for table, key in TABLES.items():
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("tenant", key, "tenant_state", "changed_at")
            ],
            KeySchema=[
                {"AttributeName": "tenant", "KeyType": "HASH"},
                {"AttributeName": key, "KeyType": "RANGE"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_state",
                    "KeySchema": [
                        {"AttributeName": "tenant_state", "KeyType": "HASH"},
                        {"AttributeName": "changed_at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
    boto3.client("sqs", region_name=REGION).create_queue(QueueName="messages")
