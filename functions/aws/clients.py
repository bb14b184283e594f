"""boto3 clients: one per service and process, regional, with bounded retries and time limits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, cast

import boto3
from botocore.config import Config

from functions.aws import short_calls
from functions.aws.clock import SystemClock
from functions.aws.http_session import HttpSession

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# Seconds: the two attempts of a call take 12 at most, less than any function's own time limit.
_CONNECT: Final = 1
_READ: Final = 5
_CONFIG: Final = Config(
    connect_timeout=_CONNECT,
    read_timeout=_READ,
    retries={"mode": "standard", "total_max_attempts": 2},
    # The services check the parameters; mypy has checked our calls.
    parameter_validation=False,
)
# Virtual addressing makes presigned URLs name the bucket's region, never the global host.
_S3: Final = _CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual"}, max_pool_connections=16)
)
# A function may work for two minutes (``infra.functions.find_study``).
_WORK: Final = 125
_WORKING: Final = _CONFIG.merge(
    Config(read_timeout=_WORK, retries={"mode": "standard", "total_max_attempts": 1})
)
_Service = Literal[
    "s3", "dynamodb", "sqs", "stepfunctions", "secretsmanager", "sns", "sts", "kms", "lambda"
]


def _open(service: _Service, config: Config = _CONFIG, read: int = _READ) -> Any:
    client: Any = boto3.client(service, config=config)
    # botocore lets nobody name another session; a test sees that ours is the one in use.
    endpoint = client._endpoint
    session = HttpSession(endpoint.http_session, connect=_CONNECT, read=read)
    short_calls.shorten(client, session, SystemClock())
    return client


@cache
def s3() -> S3Client:
    """Amazon S3."""
    return cast("S3Client", _open("s3", _S3))


@cache
def dynamodb() -> DynamoDBClient:
    """Amazon DynamoDB."""
    return cast("DynamoDBClient", _open("dynamodb"))


@cache
def sqs() -> SQSClient:
    """Amazon SQS."""
    return cast("SQSClient", _open("sqs"))


@cache
def stepfunctions() -> SFNClient:
    """AWS Step Functions."""
    return cast("SFNClient", _open("stepfunctions"))


@cache
def secretsmanager() -> SecretsManagerClient:
    """AWS Secrets Manager."""
    return cast("SecretsManagerClient", _open("secretsmanager"))


class Roles(Protocol):
    """The operations of AWS STS that we use."""

    def assume_role(
        self,
        *,
        RoleArn: str,  # noqa: N803
        RoleSessionName: str,  # noqa: N803
        DurationSeconds: int,  # noqa: N803
        Tags: list[dict[str, str]],  # noqa: N803
    ) -> dict[str, Any]:
        """The credentials of a session of that role."""
        ...


@cache
def sts() -> Roles:
    """AWS STS."""
    return cast(Roles, _open("sts"))


class Notifications(Protocol):
    """The operations of Amazon SNS that we use."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> object:  # noqa: N803
        """Tell the topic's subscribers."""
        ...


@cache
def sns() -> Notifications:
    """Amazon SNS."""
    return cast(Notifications, _open("sns"))


class SigningKeys(Protocol):
    """The operations of AWS KMS that we use."""

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        """The public key of a pair."""
        ...

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> dict[str, Any]:
        """A signature by the private key."""
        ...


@cache
def kms() -> SigningKeys:
    """AWS KMS."""
    return cast(SigningKeys, _open("kms"))


class Functions(Protocol):
    """The operations of AWS Lambda that we use."""

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """The answer of a function."""
        ...


@cache
def lambda_() -> Functions:
    """AWS Lambda."""
    return cast(Functions, _open("lambda"))


@cache
def working_functions() -> Functions:
    """AWS Lambda, for functions that may work for two minutes before they answer. One attempt: the
    second would wait behind work that goes on."""
    return cast(Functions, _open("lambda", _WORKING, _WORK))
