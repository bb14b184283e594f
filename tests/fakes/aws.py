"""AWS in this process (moto): the tables and buckets that the adapters speak to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import boto3
import pytest
from moto import mock_aws

from functions.aws import clients, secrets, tenants

REGION: Final = "eu-west-3"
BUCKETS = ("inbox", "archive", "audit", "cache", "uploads")
TABLES = {
    "studies": "study_instance_uid",
    "messages": "message_id",
    "patients": "patient",
    "circuits": "circuit",
    "operations": "item",
    "certificates": "certificate",
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account with our buckets, tables and queue; no cached value.

    Clients are kept from test to test, since making one is slow: moto answers at the wire.
    """
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    secrets._read.clear()
    tenants._read.clear()
    with mock_aws():
        _create()
        yield


def _create() -> None:
    for bucket in BUCKETS:
        clients.s3().create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    for table, key in TABLES.items():
        clients.dynamodb().create_table(
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
    clients.dynamodb().create_table(
        TableName="sessions",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "session")
        ],
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "session", "KeyType": "RANGE"},
        ],
    )
    clients.sqs().create_queue(QueueName="messages")
    clients.sqs().create_queue(QueueName="uploads")
    boto3.client("sns").create_topic(Name="alarms")
