"""Small good templates; each test spoils one thing in one of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from infra.rules.assembly import Assembly, StackTemplate
from infra.rules.stores import KEPT

Template = dict[str, Any]
ARN = "Arn"
# Every authorizer of the account and region.
AUTHORIZERS = "arn:aws:execute-api:eu-west-3:123456789012:*/authorizers/*"


# The TLS of a host without client certificates.
MODERN = {
    "SecurityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "EndpointAccessMode": "STRICT",
}


# Of a network's address.
OUTPUTS: Template = {"Told": {"Value": {"Fn::GetAtt": ["Address", "PublicIp"]}}}


def assembly(
    resources: Template, region: str = "eu-west-3", outputs: Template | None = None
) -> Assembly:
    """One stack of these resources."""
    template = {
        "Resources": resources,
        "Outputs": outputs or OUTPUTS,
        "Parameters": {"Subnets": {"Default": "/subnets"}, "Other": {"Default": "/other"}},
    }
    return Assembly((StackTemplate("S", region, template),))


def spoiled(resources: Template, change: Callable[[Template], object]) -> Assembly:
    """The same, changed."""
    copied = copy.deepcopy(resources)
    change(copied)
    return assembly(copied)


def ref(name: str) -> Template:
    return {"Ref": name}


def arn(name: str) -> Template:
    return {"Fn::GetAtt": [name, ARN]}


def join(*parts: object) -> Template:
    return {"Fn::Join": ["", list(parts)]}


def resource(kind: str, properties: Template, *, kept: bool = False) -> Template:
    made: Template = {"Type": kind, "Properties": properties}
    return made | KEPT if kept else made


def entry_points() -> Template:
    """The API of senders and that of images, each behind its domain and firewall."""
    made: Template = {
        "Log": resource("AWS::Logs::LogGroup", {}),
        "Decide": resource("AWS::Lambda::Function", {}),
        "Shared": resource(
            "AWS::Lambda::Function", {"FunctionName": "drimbox-authorize-professional"}
        ),
        "SharedPermission": resource(
            "AWS::Lambda::Permission",
            {
                "Principal": "apigateway.amazonaws.com",
                "FunctionName": arn("Shared"),
                "SourceArn": AUTHORIZERS,
            },
        ),
    }
    for name in ("in", "db"):
        key = name.capitalize()
        made |= {
            f"{key}Api": resource(
                "AWS::ApiGateway::RestApi",
                {
                    "Name": f"drimbox-{name}",
                    "DisableExecuteApiEndpoint": True,
                    "EndpointConfiguration": {"Types": ["REGIONAL"]},
                },
            ),
            f"{key}Tenants": resource(
                "AWS::ApiGateway::Resource",
                {
                    "PathPart": "tenants",
                    "ParentId": {"Fn::GetAtt": [f"{key}Api", "RootResourceId"]},
                },
            ),
            f"{key}Tenant": resource(
                "AWS::ApiGateway::Resource",
                {"PathPart": "{tenant}", "ParentId": ref(f"{key}Tenants")},
            ),
            f"{key}Dicomweb": resource(
                "AWS::ApiGateway::Resource",
                {"PathPart": "dicomweb", "ParentId": ref(f"{key}Tenant")},
            ),
            f"{key}Authorizer": resource(
                "AWS::ApiGateway::Authorizer",
                {"Type": "REQUEST", "AuthorizerResultTtlInSeconds": 0},
            ),
            f"{key}Method": resource(
                "AWS::ApiGateway::Method",
                {
                    "RestApiId": ref(f"{key}Api"),
                    "ResourceId": ref(f"{key}Tenant"),
                    "HttpMethod": "GET",
                    "AuthorizationType": "CUSTOM",
                    "AuthorizerId": ref(f"{key}Authorizer"),
                },
            ),
            f"{key}Permission": resource(
                "AWS::Lambda::Permission",
                {
                    "Principal": "apigateway.amazonaws.com",
                    "FunctionName": arn("Decide"),
                    "SourceArn": join("arn:", ref(f"{key}Api"), "/live/*/*"),
                },
            ),
            f"{key}Stage": resource(
                "AWS::ApiGateway::Stage",
                {
                    "RestApiId": ref(f"{key}Api"),
                    "AccessLogSetting": {"Format": '{"id":"$context.requestId"}'},
                    "MethodSettings": [{"DataTraceEnabled": False, "LoggingLevel": "ERROR"}],
                },
            ),
            f"{key}Domain": resource("AWS::ApiGateway::DomainName", dict(MODERN)),
            f"{key}Mapping": resource(
                "AWS::ApiGateway::BasePathMapping",
                {"RestApiId": ref(f"{key}Api"), "DomainName": ref(f"{key}Domain")},
            ),
            f"{key}Acl": resource(
                "AWS::WAFv2::WebACL",
                {
                    "Rules": [
                        {
                            "Action": {"Block": {}},
                            "Statement": {"SingleHeader": {"Name": "content-length"}},
                        },
                        {
                            "Action": {"Block": {}},
                            "Statement": {"RateBasedStatement": {"Limit": 100}},
                        },
                    ]
                },
            ),
            f"{key}Association": resource(
                "AWS::WAFv2::WebACLAssociation",
                {
                    "WebACLArn": arn(f"{key}Acl"),
                    "ResourceArn": join(
                        "arn::/restapis/", ref(f"{key}Api"), "/stages/", ref(f"{key}Stage")
                    ),
                },
            ),
        }
    made["InDomain"]["Properties"] = {"SecurityPolicy": "TLS_1_2"}
    made["DbApi"]["Properties"].update(MODERN)
    made["InDomain"]["Properties"]["MutualTlsAuthentication"] = {
        "TruststoreUri": "s3://bucket/in.pem",
        "TruststoreVersion": "1",
    }
    made["Health"] = resource(
        "AWS::ApiGateway::Method",
        {
            "RestApiId": ref("DbApi"),
            "ResourceId": ref("DbDicomweb"),
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
        },
    )
    return made


def rights() -> Template:
    """A role that writes to the audit, reads a bucket, deletes from the cache, and decrypts;
    another one that seals the audit, and one that reads a secret of the tenants."""
    return {
        "Seals": resource("AWS::S3::Bucket", {}),
        "Sealer": resource(
            "AWS::Lambda::Function",
            {
                "Role": arn("SealerRole"),
                "Environment": {
                    "Variables": {"AUDIT_BUCKET": ref("Audit"), "SEALS_BUCKET": ref("Seals")}
                },
            },
        ),
        "SealerRole": resource("AWS::IAM::Role", {}),
        "Secrets": resource("AWS::S3::Bucket", {}),
        "Reader": resource(
            "AWS::Lambda::Function",
            {
                "Role": arn("ReaderRole"),
                "Environment": {"Variables": {"TRAITS_SECRETS": ref("Secrets")}},
            },
        ),
        "ReaderRole": resource("AWS::IAM::Role", {}),
        "ReaderPolicy": resource(
            "AWS::IAM::Policy",
            {
                "Roles": [ref("ReaderRole")],
                "PolicyDocument": {
                    "Statement": [
                        _allow("s3:GetObject", join(arn("Secrets"), "/*/traits")),
                        _allow("s3:ListBucket", arn("Secrets")),
                    ]
                },
            },
        ),
        "SealerPolicy": resource(
            "AWS::IAM::Policy",
            {
                "Roles": [ref("SealerRole")],
                "PolicyDocument": {
                    "Statement": [
                        _allow("s3:GetObjectVersion", join(arn("Audit"), "/*")),
                        _allow("s3:PutObject", join(arn("Seals"), "/*")),
                    ]
                },
            },
        ),
        "Audit": resource("AWS::S3::Bucket", {}),
        "Inbox": resource("AWS::S3::Bucket", {}),
        "Function": resource(
            "AWS::Lambda::Function",
            {
                "Environment": {
                    "Variables": {"AUDIT_BUCKET": ref("Audit"), "CACHE_BUCKET": ref("Cache")}
                }
            },
        ),
        "Cache": resource("AWS::S3::Bucket", {}),
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        _allow("s3:PutObject", join(arn("Audit"), "/*")),
                        _allow("s3:GetObject", join(arn("Inbox"), "/*")),
                        _allow(["xray:PutTraceSegments"], "*"),
                        _allow("kms:Decrypt", "arn:aws:kms:eu-west-3:1:key/*")
                        | {
                            "Condition": {
                                "ForAnyValue:StringLike": {
                                    "kms:ResourceAliases": "alias/drimbox/tenants/*"
                                }
                            }
                        },
                        _allow("s3:DeleteObject", join(arn("Cache"), "/*")),
                    ]
                }
            },
        ),
        "Role": resource(
            "AWS::IAM::Role",
            {
                "Policies": [
                    {"PolicyDocument": {"Statement": [_allow("sqs:SendMessage", arn("Queue"))]}}
                ]
            },
        ),
        "Key": resource(
            "AWS::KMS::Key",
            {
                "EnableKeyRotation": True,
                "KeyPolicy": {
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}},
                        {"Effect": "Deny", "Principal": "*"},
                    ]
                },
            },
        ),
    }


def loans() -> Template:
    """A role that is lent under a tag, and the role of a function, which has rights of its own."""
    trust = {
        "StringLike": {"aws:RequestTag/tenant": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": "tenant"},
    }
    tag = "${aws:PrincipalTag/tenant}"
    lender = {"Effect": "Allow", "Principal": {"AWS": arn("Lender")}, "Condition": trust}
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    return {
        "Lender": resource(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": {"Statement": [service | {"Action": "sts:AssumeRole"}]}},
        ),
        "LenderPolicy": resource(
            "AWS::IAM::Policy",
            {
                "Roles": [ref("Lender")],
                "PolicyDocument": {"Statement": [_allow("s3:GetObject", "arn:aws:s3:::cache/*")]},
            },
        ),
        "Lent": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {**lender, "Action": "sts:AssumeRole"},
                        {**lender, "Action": "sts:TagSession"},
                    ]
                }
            },
        ),
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "Roles": [ref("Lent")],
                "PolicyDocument": {
                    "Statement": [
                        _allow("sqs:ReceiveMessage", f"arn:aws:sqs:eu-west-3:1:agents-{tag}"),
                        _allow("s3:PutObject", f"arn:aws:s3:::cache/{tag}/incoming/*"),
                        _allow("kms:Decrypt", "arn:aws:kms:eu-west-3:1:key/*")
                        | {
                            "Condition": {
                                "ForAnyValue:StringLike": {
                                    "kms:ResourceAliases": f"alias/drimbox/tenants/{tag}"
                                }
                            }
                        },
                    ]
                },
            },
        ),
    }


def signing(role: str) -> Template:
    """A function that signs as our authority, with that role."""
    return resource(
        "AWS::Lambda::Function",
        {
            "FunctionName": f"drimbox-issue-certificate-{role.lower()}",
            "Role": arn(role),
            "Environment": {"Variables": {"AGENT_AUTHORITY_KEY_ARN": _PAIR}},
        },
    )


def authority() -> Template:
    """The function that signs, the one that enrols and calls it, and another one."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = {"AssumeRolePolicyDocument": {"Statement": [trust | {"Action": "sts:AssumeRole"}]}}

    def policy(of: str, action: list[str], where: object) -> Template:
        document = {"Statement": [_allow(action, where)]}
        return resource("AWS::IAM::Policy", {"Roles": [ref(of)], "PolicyDocument": document})

    def function(name: str, of: str) -> Template:
        return resource("AWS::Lambda::Function", {"FunctionName": name, "Role": arn(of)})

    return {
        **{one: resource("AWS::IAM::Role", role) for one in ("SignerRole", "CallerRole", "Other")},
        "Signer": signing("SignerRole"),
        "Caller": function("drimbox-enrol-agent", "CallerRole"),
        "Another": function("drimbox-serve-agents", "Other"),
        "SignerPolicy": policy("SignerRole", ["kms:Sign", "kms:GetPublicKey"], _PAIR),
        "CallerPolicy": policy("CallerRole", ["lambda:InvokeFunction"], arn("Signer")),
        "OtherPolicy": policy("Other", ["s3:GetObject"], "arn:aws:s3:::cache/*"),
    }


_PAIR = "arn:aws:kms:eu-west-3:1:key/1"


def _allow(action: object, where: object) -> Template:
    return {"Effect": "Allow", "Action": action, "Resource": where}


def statement(made: Template, index: int = 1, policy: str = "Policy") -> Template:
    """One statement of a policy of ``rights``."""
    found: Template = made[policy]["Properties"]["PolicyDocument"]["Statement"][index]
    return found


def stores() -> Template:
    """The locked buckets, a table, a secret and a topic, as they must be."""
    lock = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    encryption = {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        ]
    }
    public = dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    made: Template = {
        "Logs": resource(
            "AWS::S3::Bucket",
            {
                "PublicAccessBlockConfiguration": dict(public),
                "BucketEncryption": json.loads(json.dumps(encryption).replace("aws:kms", "AES256")),
            },
            kept=True,
        )
    }
    for name in ("Inbox", "Archive", "Audit"):
        made[name] = resource(
            "AWS::S3::Bucket",
            {
                "ObjectLockEnabled": True,
                "ObjectLockConfiguration": lock,
                "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": encryption,
                "PublicAccessBlockConfiguration": dict(public),
                "LoggingConfiguration": {"DestinationBucketName": ref("Logs")},
            },
            kept=True,
        )
    made["Cache"] = resource(
        "AWS::S3::Bucket",
        {
            "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]},
            "BucketEncryption": encryption,
            "PublicAccessBlockConfiguration": dict(public),
            "LoggingConfiguration": {"DestinationBucketName": ref("Logs")},
        },
        kept=True,
    )
    for name in ("Logs", "Inbox", "Archive", "Audit", "Cache"):
        old = {"NumericGreaterThan": {"s3:signatureAge": 300000}} if name == "Cache" else {}
        made[f"{name}Policy"] = resource(
            "AWS::S3::BucketPolicy",
            {
                "Bucket": ref(name),
                "PolicyDocument": {
                    "Statement": [
                        _deny({"Bool": {"aws:SecureTransport": "false"}}),
                        _deny({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}, **old}),
                    ]
                },
            },
        )
    made["Table"] = resource(
        "AWS::DynamoDB::GlobalTable",
        {
            "SSESpecification": {"SSEType": "KMS"},
            "Replicas": [
                {
                    "Region": "eu-west-3",
                    "DeletionProtectionEnabled": True,
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                }
            ],
        },
        kept=True,
    )
    made["Secret"] = resource("AWS::SecretsManager::Secret", {"KmsKeyId": "key"}, kept=True)
    for name, kind in (
        ("Alias", "AWS::KMS::Alias"),
        ("Key", "AWS::KMS::Key"),
        ("Log", "AWS::Logs::LogGroup"),
        ("Machine", "AWS::StepFunctions::StateMachine"),
        ("Queue", "AWS::SQS::Queue"),
    ):
        made[name] = resource(kind, {}, kept=True)
    made["Topic"] = resource("AWS::SNS::Topic", {"KmsMasterKeyId": "key"})
    made["Function"] = resource(
        "AWS::Lambda::Function",
        {
            "KmsKeyArn": "key",
            "Environment": {
                "Variables": {
                    "SIGNED_URL_SECONDS": "300",
                    **{
                        f"{name.upper()}_BUCKET": ref(name)
                        for name in ("Inbox", "Archive", "Audit", "Cache")
                    },
                }
            },
        },
    )
    return made


def _deny(condition: Template) -> Template:
    return {"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": condition}


def flow() -> Template:
    """A queue with its dead letters, its consumer, and a workflow that the consumer starts; and one
    that programs elsewhere read, whose dead letters the same consumer treats.
    """
    common = {"KmsMasterKeyId": "key", "MessageRetentionPeriod": 1209600}
    ours: Template = {
        **common,
        "VisibilityTimeout": 180,
        "RedrivePolicy": {"maxReceiveCount": 1000, "deadLetterTargetArn": arn("Dead")},
    }
    return {
        "Dead": resource("AWS::SQS::Queue", dict(common)),
        "Queue": resource("AWS::SQS::Queue", {**ours, "RedrivePolicy": {**ours["RedrivePolicy"]}}),
        "Policy": _over_tls("Queue", "Dead"),
        "Far": resource(
            "AWS::SQS::Queue",
            {
                **common,
                "VisibilityTimeout": 120,
                "RedrivePolicy": {"maxReceiveCount": 5, "deadLetterTargetArn": arn("Letters")},
            },
        ),
        "Letters": resource("AWS::SQS::Queue", {**ours, "VisibilityTimeout": 360}),
        "FarPolicy": _over_tls("Far", "Letters"),
        "Function": resource("AWS::Lambda::Function", {"Timeout": 30}),
        "Mapping": _mapping("Queue"),
        "LettersMapping": _mapping("Letters"),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            {
                "StateMachineType": "STANDARD",
                "LoggingConfiguration": {"IncludeExecutionData": False, "Level": "ALL"},
                "DefinitionString": join(json.dumps(definition())),
            },
        ),
    }


def _over_tls(*queues: str) -> Template:
    return resource(
        "AWS::SQS::QueuePolicy",
        {
            "Queues": [ref(one) for one in queues],
            "PolicyDocument": {"Statement": [_deny({"Bool": {"aws:SecureTransport": "false"}})]},
        },
    )


def _mapping(queue: str) -> Template:
    return resource(
        "AWS::Lambda::EventSourceMapping",
        {
            "EventSourceArn": arn(queue),
            "FunctionName": ref("Function"),
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        },
    )


def concurrency() -> Template:
    """A function that an API calls, one in the background, and one that shares the rest."""
    return {
        "Called": resource("AWS::Lambda::Function", {"ReservedConcurrentExecutions": 10}),
        "Permission": resource(
            "AWS::Lambda::Permission",
            {"FunctionName": arn("Called"), "Principal": "apigateway.amazonaws.com"},
        ),
        "Fill": resource(
            "AWS::Lambda::Function",
            {"FunctionName": "drimbox-fill-cache", "ReservedConcurrentExecutions": 80},
        ),
        "Step": resource("AWS::Lambda::Function", {}),
    }


def tagged() -> Template:
    """A key of one tenant, and a table and a bucket of all."""
    data = [{"Key": "data-class", "Value": "health"}]
    return {
        "Key": resource(
            "AWS::KMS::Key",
            {"Tags": [*data, {"Key": "tenant", "Value": "demo"}]},
        ),
        "Table": resource("AWS::DynamoDB::GlobalTable", {"Replicas": [{"Tags": data}]}),
        "Bucket": resource("AWS::S3::Bucket", {"Tags": data}),
    }


def definition() -> Template:
    """A workflow of one task in a Map, one beside it, and the last resort of the latter."""
    retry = [
        {"ErrorEquals": ["StudyBusy"], "MaxAttempts": 5, "JitterStrategy": "FULL"}
        | {"IntervalSeconds": 3, "MaxDelaySeconds": 15}
    ]
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Hold"}]
    task: Template = {"Type": "Task", "TimeoutSeconds": 30, "Retry": retry}
    inner = {**task, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Cold"}]}
    return {
        "StartAt": "Each",
        "TimeoutSeconds": 3600,
        "States": {
            "Each": {
                "Type": "Map",
                "ItemProcessor": {"States": {"Fill": inner, "Cold": {"Type": "Pass"}}},
            },
            "Both": {"Type": "Parallel", "Branches": [{"States": {"One": {**inner}}}]},
            "Send": {**task, "Catch": caught},
            "Hold": {**task},
        },
    }


def redefined(made: Template, change: Callable[[Template], object]) -> None:
    """Change the workflow's definition in place."""
    new = definition()
    change(new)
    made["Machine"]["Properties"]["DefinitionString"] = json.dumps(new)


def logging() -> Template:
    """Logs without data, a variable that names a secret."""
    return {
        "Log": resource("AWS::Logs::LogGroup", {"KmsKeyId": "key", "RetentionInDays": 365}),
        "Function": resource(
            "AWS::Lambda::Function",
            {
                "LoggingConfig": {"LogGroup": ref("Log")},
                "Environment": {
                    "Variables": {
                        "LPS_SECRET": "drimbox/platform/lps",
                        "TRAITS_SECRETS": ref("Secrets"),
                    }
                },
            },
        ),
        "Secrets": resource("AWS::S3::Bucket", {}),
        "Parameter": resource("AWS::SSM::Parameter", {"Value": "{}"}),
        "Custom": resource("Custom::TenantFile", {"File": "{}"}),
        "Acl": resource(
            "AWS::WAFv2::WebACL", {"VisibilityConfig": {"SampledRequestsEnabled": False}}
        ),
    }


INTERFACES = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"]


def network() -> Template:
    """A network with one private subnet, the function that opens a PACS there, others outside; two
    sites that are reached from the cloud and one behind an agent."""
    own = {"ArnEquals": {"lambda:SourceFunctionArn": arn("Opens")}}
    files = {
        "Public": {
            "link": "public",
            "pacs_url": "https://pacs.example/rs",
            "pacs_store_url": "https://pacs.example:8443/rs",
        },
        "Vpn": {
            "link": "vpn",
            "pacs_url": "https://pacs.example:9443/rs",
            "pacs_range": "100.64.3.0/28",
        },
        "Far": {"link": "agent"},
    }
    out = (("0.0.0.0/0", 443), ("0.0.0.0/0", 8443), ("100.64.3.0/28", 9443))
    return {
        **{
            name: resource("Custom::TenantFile", {"File": json.dumps(facts)})
            for name, facts in files.items()
        },
        "Vpc": resource("AWS::EC2::VPC", {}),
        "Flows": resource("AWS::EC2::FlowLog", {"ResourceId": ref("Vpc")}),
        "Address": resource("AWS::EC2::EIP", {}, kept=True),
        "Nat": resource(
            "AWS::EC2::NatGateway", {"AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}
        ),
        "Inner": resource("AWS::EC2::Subnet", {}),
        "Table": resource("AWS::EC2::RouteTable", {}),
        "Association": resource(
            "AWS::EC2::SubnetRouteTableAssociation",
            {"RouteTableId": ref("Table"), "SubnetId": ref("Inner")},
        ),
        "Route": resource(
            "AWS::EC2::Route", {"RouteTableId": ref("Table"), "NatGatewayId": ref("Nat")}
        ),
        "Names": resource(
            "AWS::SSM::Parameter",
            {"Name": "/subnets", "Value": {"Fn::Join": [",", [ref("Inner")]]}},
        ),
        "Group": resource(
            "AWS::EC2::SecurityGroup",
            {
                "SecurityGroupEgress": [
                    {"CidrIp": where, "FromPort": port, "ToPort": port, "IpProtocol": "tcp"}
                    for where, port in out
                ]
            },
        ),
        "Opens": resource(
            "AWS::Lambda::Function",
            {
                "Role": arn("Role"),
                "Environment": {"Variables": {"PACS_ACCESS_SECRETS": "secrets"}},
                "VpcConfig": {"SubnetIds": ref("Subnets"), "SecurityGroupIds": [ref("Group")]},
            },
        ),
        "Role": resource("AWS::IAM::Role", {}),
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "Roles": [ref("Role")],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": [*INTERFACES, "xray:PutTraceSegments"],
                            "Resource": "*",
                        },
                        {
                            "Effect": "Deny",
                            "Action": INTERFACES,
                            "Resource": "*",
                            "Condition": own,
                        },
                    ]
                },
            },
        ),
        "OtherRole": resource("AWS::IAM::Role", {}),
        "OtherPolicy": resource(
            "AWS::IAM::Policy",
            {"Roles": [ref("OtherRole")], "PolicyDocument": {"Statement": []}},
        ),
        "Signs": resource(
            "AWS::Lambda::Function",
            {
                "Role": arn("OtherRole"),
                "Environment": {"Variables": {"STRUCTURE_SECRETS": "secrets"}},
            },
        ),
    }


def outside() -> Template:
    """The hosts of a deployment, and a function that reaches no private address."""
    variables = {"PRIVATE_PACS": "-", "PRIVATE_PEERS": "-"}
    return {
        "Domain": resource("AWS::ApiGateway::DomainName", {"DomainName": "in.drimbox.example"}),
        "Vi": resource("AWS::ApiGateway::DomainName", {"DomainName": "127.0.0.1"}),
        "Function": resource("AWS::Lambda::Function", {"Environment": {"Variables": variables}}),
        "Other": resource("AWS::Lambda::Function", {}),
    }


def alarms() -> Template:
    """A function, a workflow, an API, a certificate and a queue, each with its alarms; and a queue
    that programs elsewhere read, whose dead letters the function treats.
    """
    made: Template = {
        "Function": resource("AWS::Lambda::Function", {}),
        "Machine": resource("AWS::StepFunctions::StateMachine", {}),
        "Api": resource("AWS::ApiGateway::RestApi", {"Name": "drimbox-in"}),
        "Certificate": resource("AWS::CertificateManager::Certificate", {}),
        "Dead": resource("AWS::SQS::Queue", {}),
        "Queue": resource("AWS::SQS::Queue", {"RedrivePolicy": {}}),
        "Far": resource(
            "AWS::SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": arn("Queue")}}
        ),
        "Mapping": resource(
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": arn("Queue"), "FunctionName": ref("Function")},
        ),
        "TopicPolicy": resource(
            "AWS::SNS::TopicPolicy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish"},
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "cloudwatch.amazonaws.com"},
                            "Action": "sns:Publish",
                        },
                    ]
                }
            },
        ),
        "FunctionAlarm": resource(
            "AWS::CloudWatch::Alarm",
            {
                "AlarmActions": [ref("Topic")],
                "Metrics": [
                    {"Expression": "throttles * 1"},
                    {"MetricStat": {"Metric": _metric("Throttles", ref("Function"))}},
                ],
            },
        ),
    }
    made["Keys"] = resource(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": ["aws.kms"],
                "detail": {
                    "eventSource": ["kms.amazonaws.com"],
                    "eventName": ["ScheduleKeyDeletion", "DisableKey"],
                },
            },
            "Targets": [{"Arn": ref("Topic")}],
        },
    )
    for name, metric, value in (
        ("Failed", "ExecutionsFailed", ref("Machine")),
        ("TimedOut", "ExecutionsTimedOut", ref("Machine")),
        ("Aborted", "ExecutionsAborted", ref("Machine")),
        ("Errors", "5XXError", "drimbox-in"),
        ("Letters", "ApproximateNumberOfMessagesVisible", arn("Dead")),
        ("Age", "ApproximateAgeOfOldestMessage", arn("Queue")),
        ("Ending", "DaysToExpiry", ref("Certificate")),
    ):
        made[name] = resource(
            "AWS::CloudWatch::Alarm", {"AlarmActions": [ref("Topic")], **_metric(metric, value)}
        )
    for metric in ("ControlIdReused", "InternalFailures"):
        made[metric] = resource(
            "AWS::CloudWatch::Alarm", {"AlarmActions": [ref("Topic")], "MetricName": metric}
        )
    return made


def schedules() -> Template:
    """A function on a schedule, and all three ways to hear of its faults."""
    function = {"Name": "FunctionName", "Value": "drimbox-nightly"}
    calls = {"MetricName": "Invocations", "Dimensions": [function]}
    return {
        "Function": resource("AWS::Lambda::Function", {"FunctionName": "drimbox-nightly"}),
        "Schedule": resource(
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 day)", "Targets": [{"Arn": arn("Function")}]},
        ),
        "Told": resource(
            "AWS::Lambda::EventInvokeConfig",
            {
                "FunctionName": ref("Function"),
                "DestinationConfig": {"OnFailure": {"Destination": "arn:topic"}},
            },
        ),
        "Failed": resource(
            "AWS::CloudWatch::Alarm", {"MetricName": "Errors", "Dimensions": [function]}
        ),
        "NoSuccess": resource(
            "AWS::CloudWatch::Alarm",
            {
                "TreatMissingData": "breaching",
                "Metrics": [{"Expression": "calls"}, {"MetricStat": {"Metric": calls}}],
            },
        ),
    }


def _metric(name: str, value: object) -> Template:
    return {"MetricName": name, "Dimensions": [{"Name": "any", "Value": value}]}
