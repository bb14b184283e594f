"""boto3 clients: one per service and process, regional, with bounded retries and time limits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Protocol, cast

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

# Seconds: the two attempts of a call take 12 at most, less than any function's own time limit.
_CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# Virtual addressing makes presigned URLs name the bucket's region, never the global host.
_S3: Final = _CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, max_pool_connections=16)
)


@cache
def s3() -> S3Client:
    """Amazon S3."""
    return boto3.client("s3", config=_S3)


@cache
def dynamodb() -> DynamoDBClient:
    """Amazon DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def sqs() -> SQSClient:
    """Amazon SQS."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def stepfunctions() -> SFNClient:
    """AWS Step Functions."""
    return boto3.client("stepfunctions", config=_CONFIG)


@cache
def secretsmanager() -> SecretsManagerClient:
    """AWS Secrets Manager."""
    return boto3.client("secretsmanager", config=_CONFIG)


class Notifications(Protocol):
    """What we use of Amazon SNS."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> object:  # noqa: N803
        """Tell the topic's subscribers."""
        ...


@cache
def sns() -> Notifications:
    """Amazon SNS."""
    return cast(Notifications, boto3.client("sns", config=_CONFIG))


@cache
def ssm() -> SSMClient:
    """AWS Systems Manager Parameter Store."""
    return boto3.client("ssm", config=_CONFIG)
