"""The return values of ``Ref`` and ``Fn::GetAtt`` for each resource type.

Every physical name is a pure function of the installation's seed, the stack, the logical id and
the properties. A resource can be referred to before it exists, and every process that reads the
same assembly with the same seed sees the same names.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.install import Install

BUCKET_NAME_LIMIT: Final = 63
NAME_LIMIT: Final = 64


@dataclass(frozen=True, slots=True)
class Named:
    """The parts of one resource that its names are made of. ``properties`` are resolved."""

    install: Install
    endpoint: str  # base URL of the local AWS endpoint
    account: str
    region: str
    stack: str
    logical_id: str
    properties: Mapping[str, Any]

    def name(self, property_name: str, limit: int = NAME_LIMIT) -> str:
        """The name given by the template, or one made as CloudFormation makes it."""
        given = self.properties.get(property_name)
        if isinstance(given, str):
            return given
        suffix = self.install.token("name", self.stack, self.logical_id)
        stem = f"{self.stack}-{self.logical_id}"[: limit - len(suffix) - 1]
        return f"{stem}-{suffix}"

    def identifier(self, length: int = 10) -> str:
        """An opaque id of lower-case letters and digits."""
        return self.install.token("id", self.stack, self.logical_id, length=length).lower()

    def uuid(self) -> str:
        """An opaque id in UUID form."""
        return str(uuid.UUID(bytes=self.install.derive("id", self.stack, self.logical_id)[:16]))

    def arn(self, service: str, resource: str) -> str:
        """``arn:aws:service:region:account:resource``."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Text = Callable[[Named], str]


@dataclass(frozen=True, slots=True)
class ReturnValues:
    """The return values of one type: ``reference`` for Ref, ``attributes`` for GetAtt."""

    reference: Text
    attributes: Mapping[str, Text]


def _bucket(named: Named) -> str:
    return named.name("BucketName", BUCKET_NAME_LIMIT).lower()


def _queue_name(named: Named) -> str:
    return named.name("QueueName")


def _queue_url(named: Named) -> str:
    return f"{named.endpoint}/{named.account}/{_queue_name(named)}"


def _function_arn(named: Named) -> str:
    return named.arn("lambda", f"function:{named.name('FunctionName')}")


def _layer_arn(named: Named) -> str:
    return named.arn("lambda", f"layer:{named.name('LayerName')}:1")


def _version_arn(named: Named) -> str:
    return _qualified(named, "1")


def _alias_arn(named: Named) -> str:
    return _qualified(named, str(named.properties["Name"]))


def _qualified(named: Named, qualifier: str) -> str:
    function = str(named.properties["FunctionName"])
    arn = function if function.startswith("arn:") else named.arn("lambda", f"function:{function}")
    return f"{arn}:{qualifier}"


def _state_machine_arn(named: Named) -> str:
    return named.arn("states", f"stateMachine:{named.name('StateMachineName')}")


def _secret_arn(named: Named) -> str:
    suffix = named.install.token("secret", named.stack, named.logical_id, length=6).lower()
    return named.arn("secretsmanager", f"secret:{named.name('Name', 512)}-{suffix}")


def _topic_arn(named: Named) -> str:
    return named.arn("sns", named.name("TopicName"))


def _web_acl_id(named: Named) -> str:
    return named.uuid()


def _web_acl_arn(named: Named) -> str:
    return named.arn("wafv2", f"regional/webacl/{named.name('Name')}/{named.uuid()}")


def _role_arn(named: Named) -> str:
    return f"arn:aws:iam::{named.account}:role/{named.name('RoleName')}"


def _managed_policy_arn(named: Named) -> str:
    return f"arn:aws:iam::{named.account}:policy/{named.name('ManagedPolicyName')}"


def _by_name(property_name: str, **attributes: Text) -> ReturnValues:
    return ReturnValues(lambda named: named.name(property_name), attributes)


def _by_identifier(*attributes: str) -> ReturnValues:
    return ReturnValues(Named.identifier, dict.fromkeys(attributes, Named.identifier))


def _table() -> ReturnValues:
    return _by_name(
        "TableName",
        Arn=lambda named: named.arn("dynamodb", f"table/{named.name('TableName')}"),
        TableId=Named.uuid,
    )


RETURN_VALUES: Final[Mapping[str, ReturnValues]] = {
    "AWS::ApiGateway::Authorizer": _by_identifier("AuthorizerId"),
    "AWS::ApiGateway::Deployment": _by_identifier("DeploymentId"),
    # By identifier, not by name: all the hosts of a local run have the name 127.0.0.1.
    "AWS::ApiGateway::DomainName": ReturnValues(
        Named.identifier,
        {
            "RegionalDomainName": lambda named: f"d-{named.identifier()}.execute-api.local",
            "RegionalHostedZoneId": Named.identifier,
            "DomainNameArn": lambda named: named.arn(
                "apigateway", f"/domainnames/{named.identifier()}"
            ),
        },
    ),
    "AWS::ApiGateway::Resource": _by_identifier("ResourceId"),
    "AWS::ApiGateway::RestApi": ReturnValues(
        Named.identifier,
        {
            "RestApiId": Named.identifier,
            "RootResourceId": lambda named: "root" + named.identifier(),
        },
    ),
    "AWS::ApiGateway::Stage": _by_name("StageName"),
    "AWS::CertificateManager::Certificate": ReturnValues(
        lambda named: named.arn("acm", f"certificate/{named.uuid()}"), {}
    ),
    "AWS::CloudWatch::Alarm": _by_name(
        "AlarmName", Arn=lambda named: named.arn("cloudwatch", f"alarm:{named.name('AlarmName')}")
    ),
    "AWS::CloudWatch::CompositeAlarm": _by_name(
        "AlarmName", Arn=lambda named: named.arn("cloudwatch", f"alarm:{named.name('AlarmName')}")
    ),
    "AWS::CloudWatch::Dashboard": _by_name("DashboardName"),
    "AWS::DynamoDB::GlobalTable": _table(),
    "AWS::DynamoDB::Table": _table(),
    "AWS::Events::Rule": _by_name(
        "Name", Arn=lambda named: named.arn("events", f"rule/{named.name('Name')}")
    ),
    "AWS::IAM::ManagedPolicy": ReturnValues(
        _managed_policy_arn, {"PolicyArn": _managed_policy_arn}
    ),
    "AWS::IAM::Role": _by_name(
        "RoleName", Arn=_role_arn, RoleId=lambda named: "AROA" + named.identifier(16).upper()
    ),
    "AWS::KMS::Alias": _by_name("AliasName"),
    "AWS::KMS::Key": ReturnValues(
        Named.uuid,
        {"Arn": lambda named: named.arn("kms", f"key/{named.uuid()}"), "KeyId": Named.uuid},
    ),
    "AWS::Lambda::Alias": ReturnValues(_alias_arn, {"AliasArn": _alias_arn}),
    "AWS::Lambda::EventSourceMapping": ReturnValues(Named.uuid, {"Id": Named.uuid}),
    "AWS::Lambda::Function": _by_name("FunctionName", Arn=_function_arn),
    "AWS::Lambda::LayerVersion": ReturnValues(_layer_arn, {"LayerVersionArn": _layer_arn}),
    "AWS::Lambda::Version": ReturnValues(
        _version_arn, {"Version": lambda _: "1", "FunctionArn": _version_arn}
    ),
    "AWS::Logs::LogGroup": _by_name(
        "LogGroupName",
        Arn=lambda named: named.arn("logs", f"log-group:{named.name('LogGroupName')}:*"),
    ),
    "AWS::S3::Bucket": ReturnValues(
        _bucket,
        {
            "Arn": lambda named: f"arn:aws:s3:::{_bucket(named)}",
            "DomainName": lambda named: f"{_bucket(named)}.s3.amazonaws.com",
            "RegionalDomainName": lambda named: f"{_bucket(named)}.s3.{named.region}.amazonaws.com",
        },
    ),
    "AWS::SNS::Topic": ReturnValues(
        _topic_arn, {"TopicArn": _topic_arn, "TopicName": lambda named: named.name("TopicName")}
    ),
    "AWS::SQS::Queue": ReturnValues(
        _queue_url,
        {
            "Arn": lambda named: named.arn("sqs", _queue_name(named)),
            "QueueName": _queue_name,
            "QueueUrl": _queue_url,
        },
    ),
    "AWS::SSM::Parameter": _by_name(
        "Name",
        Type=lambda named: str(named.properties["Type"]),
        Value=lambda named: str(named.properties["Value"]),
    ),
    "AWS::SecretsManager::Secret": ReturnValues(_secret_arn, {"Id": _secret_arn}),
    "AWS::StepFunctions::StateMachine": ReturnValues(
        _state_machine_arn,
        {
            "Arn": _state_machine_arn,
            "Name": lambda named: named.name("StateMachineName"),
        },
    ),
    "AWS::WAFv2::WebACL": ReturnValues(
        lambda named: f"{named.name('Name')}|{named.uuid()}|REGIONAL",
        {"Arn": _web_acl_arn, "Id": _web_acl_id},
    ),
}

# For the other types of the catalogue an opaque id is enough.
OPAQUE: Final = _by_identifier("Id", "Arn")
