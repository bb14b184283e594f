"""The templates and handlers of the small stack that the tests run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulators.pacs.orthanc import free_port
from tests.infra.local.support import LocalStack, write_assembly, write_pki

HANDLERS = """
import base64
import json
import os
import time

import boto3


def _client(service):
    return boto3.client(service)


def authorize(event, context):
    header = event["headers"].get("Authorization", "")
    word = header.removeprefix("Bearer ")
    if word == "raise":
        raise Exception("Unauthorized")
    if word == "crash":
        raise ValueError("broken")
    if word == "malformed":
        return {"principalId": "somebody"}
    effect = "Deny" if word == "deny" else "Allow"
    return {
        "principalId": "somebody",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
            ],
        },
        "context": {"word": word, "number": 3, "flag": True, "code": "why"},
    }


def echo(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": json.dumps(event),
    }


def behave(event, context):
    how = (event.get("queryStringParameters") or {}).get("how") or event.get("how")
    if how == "binary":
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "application/octet-stream"},
            "body": base64.b64encode(bytes(range(256))).decode(),
            "isBase64Encoded": True,
        }
    if how == "malformed":
        return {"status": 200}
    if how == "crash":
        raise ValueError("broken")
    if how == "exit":
        os._exit(3)
    if how == "sleep":
        time.sleep(30)
    if how == "memory":
        return {"statusCode": 200, "body": str(len(bytearray(1 << 30)))}
    if how == "big":
        return {"statusCode": 200, "body": "x" * ((6 << 20) + 100)}
    if how == "challenge":
        return {"statusCode": 401, "headers": {"WWW-Authenticate": "Bearer"}, "body": ""}
    if how == "environment":
        return {"statusCode": 200, "body": json.dumps(dict(os.environ))}
    if how == "pid":
        return {"statusCode": 200, "body": str(os.getpid())}
    if how == "hold":
        time.sleep(1)
        return {"statusCode": 200, "body": str(os.getpid())}
    return {"statusCode": 204, "body": None}


def receive(event, context):
    body = event["body"]
    if event["isBase64Encoded"]:
        body = base64.b64decode(body).decode()
    message = json.loads(body)
    key = "inbox/" + message["id"]
    _client("s3").put_object(
        Bucket=os.environ["INBOX"], Key=key, Body=body.encode(), IfNoneMatch="*"
    )
    _client("sqs").send_message(
        QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps({"id": message["id"], "key": key})
    )
    return {"statusCode": 202, "body": ""}


def start(event, context):
    failures = []
    for record in event["Records"]:
        message = json.loads(record["body"])
        if message["id"].startswith("poison"):
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        states = _client("stepfunctions")
        try:
            states.start_execution(
                stateMachineArn=os.environ["MACHINE"],
                name=message["id"],
                input=json.dumps({"id": message["id"], "key": message["key"], "parts": [1, 2, 3]}),
            )
        except states.exceptions.ExecutionAlreadyExists:
            pass
    return {"batchItemFailures": failures}


class NotYet(Exception):
    pass


class Refused(Exception):
    pass


def read(event, context):
    body = _client("s3").get_object(Bucket=os.environ["INBOX"], Key=event["key"])["Body"].read()
    message = json.loads(body)
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    item = table.update_item(
        Key={"tenant": "t", "id": event["id"]},
        UpdateExpression="ADD attempts :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="ALL_NEW",
    )["Attributes"]
    time.sleep(message.get("pause", 0))
    if message.get("refuse"):
        raise Refused("no")
    if item["attempts"] <= message.get("fail", 0):
        raise NotYet("later")
    return {**event, "go": not message.get("skip", False)}


def part(event, context):
    return {"part": event["part"] * 10}


def settle(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.update_item(
        Key={"tenant": "t", "id": event["id"]},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": "held" if "error" in event else "done"},
    )
    return event


def tick(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.update_item(
        Key={"tenant": "t", "id": "ticks"},
        UpdateExpression="ADD attempts :one",
        ExpressionAttributeValues={":one": 1},
    )
"""

FUNCTIONS = (
    "authorize",
    "echo",
    "behave",
    "receive",
    "start",
    "read",
    "part",
    "settle",
    "tick",
)


def stateful() -> dict[str, Any]:
    """Buckets, a table, queues, a key, a secret, a parameter."""
    resources: dict[str, Any] = {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {}, "EnableKeyRotation": True},
        },
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/mini/data",
                "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            },
        },
        "Inbox": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "VersioningConfiguration": {"Status": "Enabled"},
                "ObjectLockEnabled": True,
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
                },
            },
        },
        "Cache": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": "mini-cache",
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Status": "Enabled",
                            "ExpirationInDays": 30,
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        }
                    ]
                },
                "CorsConfiguration": {
                    "CorsRules": [
                        {
                            "AllowedOrigins": ["https://vi.example"],
                            "AllowedMethods": ["GET", "HEAD"],
                            "AllowedHeaders": ["range"],
                            "ExposedHeaders": ["ETag"],
                            "MaxAge": 600,
                        }
                    ]
                },
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::GlobalTable",
            "Properties": {
                "AttributeDefinitions": [
                    {"AttributeName": "tenant", "AttributeType": "S"},
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "state", "AttributeType": "S"},
                ],
                "KeySchema": [
                    {"AttributeName": "tenant", "KeyType": "HASH"},
                    {"AttributeName": "id", "KeyType": "RANGE"},
                ],
                "BillingMode": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "by_state",
                        "KeySchema": [
                            {"AttributeName": "tenant", "KeyType": "HASH"},
                            {"AttributeName": "state", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True},
                "Replicas": [{"Region": {"Ref": "AWS::Region"}}],
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue"},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 2,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                    "maxReceiveCount": 3,
                },
            },
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": "mini/secret", "GenerateSecretString": {}},
        },
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/mini/one", "Type": "String", "Value": '{"a": 1}'},
        },
    }
    exports = {
        name: {"Value": value, "Export": {"Name": f"Mini:{name}"}}
        for name, value in {
            "Inbox": {"Ref": "Inbox"},
            "Cache": {"Ref": "Cache"},
            "Table": {"Ref": "Table"},
            "QueueUrl": {"Ref": "Queue"},
            "QueueArn": {"Fn::GetAtt": ["Queue", "Arn"]},
        }.items()
    }
    return {"Resources": resources, "Outputs": exports}


def _function(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "assets", "S3Key": "c0de.zip"},
            "FunctionName": f"mini-{name}",
            "Handler": f"handlers.{name}",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "MemorySize": 256,
            "Timeout": 20,
            "Environment": {
                "Variables": {
                    "INBOX": {"Fn::ImportValue": "Mini:Inbox"},
                    "TABLE": {"Fn::ImportValue": "Mini:Table"},
                    "QUEUE": {"Fn::ImportValue": "Mini:QueueUrl"},
                    # The function and the machine name each other: by name, as in the cloud.
                    "MACHINE": {
                        "Fn::Sub": (
                            "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
                            ":stateMachine:mini-publish"
                        )
                    },
                }
            },
            **properties,
        },
    }


def _uri(name: str) -> dict[str, Any]:
    return {
        "Fn::Sub": (
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
            f"${{{name.capitalize()}.Arn}}/invocations"
        )
    }


def _task(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": f"mini-{name}", "Payload.$": "$"},
        "OutputPath": "$.Payload",
        **more,
    }


def machine() -> dict[str, Any]:
    """The workflow: a task with retries and a catch, a choice, a map, an end."""
    retry = {
        "ErrorEquals": ["NotYet"],
        "IntervalSeconds": 1,
        "BackoffRate": 2,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
        "MaxAttempts": 5,
    }
    lost = {
        "ErrorEquals": ["Lambda.TooManyRequestsException", "Runtime.ExitError"],
        "IntervalSeconds": 1,
        "MaxAttempts": 5,
    }
    return {
        "StartAt": "Read",
        "TimeoutSeconds": 600,
        "States": {
            "Read": _task(
                "read",
                Retry=[lost, retry],
                Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Hold"}],
                TimeoutSeconds=60,
                Next="Wanted",
            ),
            "Wanted": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.go", "BooleanEquals": True, "Next": "Parts"}],
                "Default": "Done",
            },
            "Parts": {
                "Type": "Map",
                "ItemsPath": "$.parts",
                "MaxConcurrency": 2,
                "ItemSelector": {"part.$": "$$.Map.Item.Value"},
                "ResultPath": "$.results",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Part",
                    "States": {"Part": _task("part", Retry=[lost], End=True)},
                },
                "Next": "Done",
            },
            "Hold": _task("settle", Next="Held"),
            "Held": {"Type": "Succeed"},
            "Done": _task("settle", Retry=[lost], End=True),
        },
    }


def _refusal(api: str, kind: str, status: str | None, code: str, **headers: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": f"{api}Api"},
            "ResponseType": kind,
            **({} if status is None else {"StatusCode": status}),
            "ResponseParameters": {
                "gatewayresponse.header.Content-Type": "'application/problem+json'",
                **{f"gatewayresponse.header.{n}": v for n, v in headers.items()},
            },
            "ResponseTemplates": {
                "application/json": (
                    '{"code":"' + code + '","request_id":"$context.requestId"'
                    ',"why":"$context.authorizer.code","text":$context.error.messageString}'
                )
            },
        },
    }


def _api(host: str, *, mutual: bool) -> dict[str, Any]:
    """One API: /echo/{tenant}/{rest+}, /open, /behave, /messages."""
    truststore = {"MutualTlsAuthentication": {"TruststoreUri": "s3://t/ca.pem"}}
    name = host.capitalize()
    api = {"Ref": f"{name}Api"}
    resources: dict[str, Any] = {
        f"{name}Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Name": f"mini-{host}",
                "BinaryMediaTypes": ["*/*"],
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
            },
        },
        f"{name}Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": api},
        },
        f"{name}Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": api,
                "StageName": "live",
                "DeploymentId": {"Ref": f"{name}Deployment"},
                "Variables": {"colour": "blue"},
            },
        },
        f"{name}Authorizer": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": {
                "RestApiId": api,
                "Name": "authorize",
                "Type": "REQUEST",
                "AuthorizerUri": _uri("authorize"),
                "AuthorizerResultTtlInSeconds": 0,
                "IdentitySource": "" if mutual else "method.request.header.Authorization",
            },
        },
        f"{name}Domain": {
            "Type": "AWS::ApiGateway::DomainName",
            "Properties": {
                "DomainName": f"{host}.example",
                **(truststore if mutual else {}),
            },
        },
        f"{name}Mapping": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Properties": {
                "DomainName": {"Ref": f"{name}Domain"},
                "RestApiId": api,
                "Stage": {"Ref": f"{name}Stage"},
            },
        },
    }
    tree = {
        "Echo": ("Root", "echo"),
        "Tenant": ("Echo", "{tenant}"),
        "Rest": ("Tenant", "{rest+}"),
        "Open": ("Root", "open"),
        "Behave": ("Root", "behave"),
        "Messages": ("Root", "messages"),
    }
    for part, (parent, segment) in tree.items():
        resources[f"{name}{part}"] = {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": api,
                "ParentId": (
                    {"Fn::GetAtt": [f"{name}Api", "RootResourceId"]}
                    if parent == "Root"
                    else {"Ref": f"{name}{parent}"}
                ),
                "PathPart": segment,
            },
        }
    methods = {
        "Tenant": ("ANY", "echo", True),
        "Rest": ("ANY", "echo", True),
        "Open": ("GET", "echo", False),
        "Behave": ("GET", "behave", False),
        "Messages": ("POST", "receive", False),
    }
    for part, (method, function, guarded) in methods.items():
        resources[f"{name}{part}Method"] = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": api,
                "ResourceId": {"Ref": f"{name}{part}"},
                "HttpMethod": method,
                "AuthorizationType": "CUSTOM" if guarded else "NONE",
                **({"AuthorizerId": {"Ref": f"{name}Authorizer"}} if guarded else {}),
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "Uri": _uri(function),
                    "TimeoutInMillis": 3000 if part == "Behave" else 29000,
                },
            },
        }
    if not mutual:
        refusals = {
            "Absent": ("MISSING_AUTHENTICATION_TOKEN", "404", "absent", {}),
            "Unauthorized": (
                "UNAUTHORIZED",
                "401",
                "not_authenticated",
                {"WWW-Authenticate": "'Bearer'"},
            ),
            "Denied": ("ACCESS_DENIED", "403", "forbidden", {}),
            "Other5": ("DEFAULT_5XX", None, "internal_error", {"X-Kind": "context.requestId"}),
        }
        for label, (kind, status, code, headers) in refusals.items():
            resources[f"{name}{label}"] = _refusal(name, kind, status, code, **headers)
    return resources


def service(in_port: int, db_port: int) -> dict[str, Any]:
    """Functions, a workflow, an event source, a schedule, two APIs."""
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
        **{
            name.capitalize(): _function(
                name,
                **({"ReservedConcurrentExecutions": 2, "Timeout": 5} if name == "behave" else {}),
            )
            for name in FUNCTIONS
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "mini-publish",
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "DefinitionString": {"Fn::ToJsonString": machine()},
            },
        },
        "Source": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::ImportValue": "Mini:QueueArn"},
                "FunctionName": {"Ref": "Start"},
                "BatchSize": 10,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": 2},
            },
        },
        "Hourly": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
                "Targets": [{"Id": "one", "Arn": {"Fn::GetAtt": ["Tick", "Arn"]}}],
            },
        },
        **_api("in", mutual=True),
        **_api("db", mutual=False),
    }
    return {
        "Resources": resources,
        "Outputs": {
            "InUrl": {"Value": f"https://127.0.0.1:{in_port}"},
            "DbUrl": {"Value": f"https://127.0.0.1:{db_port}"},
        },
    }


def mini_stack(folder: Path) -> tuple[LocalStack, str, str]:
    """The stack (not started) and the base URLs of its hosts ``in`` and ``db``."""
    in_port, db_port = free_port(), free_port()
    assembly = write_assembly(
        folder / "cdk.out",
        {"MiniService": service(in_port, db_port), "MiniStateful": stateful()},
        {"MiniService": ["MiniStateful"]},
        {"c0de": {"handlers.py": HANDLERS}},
    )
    write_pki(folder / "pki")
    stack = LocalStack(folder, assembly, free_port())
    return stack, f"https://127.0.0.1:{in_port}", f"https://127.0.0.1:{db_port}"
